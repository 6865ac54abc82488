import { randomUUID } from 'node:crypto';
import { readFileSync, renameSync } from 'node:fs';
import { lstat, open, readlink, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/** The file does not hold any more what it was read to hold. Nothing was written. */
export class ChangedMeanwhile extends Error {
  override readonly name = 'ChangedMeanwhile';
}

/**
 * Puts bytes in the place of a file that holds `before`, whole or not at all; the file behind a link, and with the mode that it had.
 *
 * @throws ChangedMeanwhile if it holds something else.
 */
export async function replaceFile(file: string, bytes: Buffer, before: Buffer): Promise<void> {
  const found = await lstat(file);
  if (found.isSymbolicLink())
    return replaceFile(resolve(dirname(file), await readlink(file)), bytes, before);
  const beside = `${file}.${randomUUID().slice(0, 8)}`;
  const handle = await open(beside, 'wx', found.mode);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
    await handle.close();
    replaceUnchanged(file, beside, before);
  } catch (error) {
    await handle.close().catch(() => undefined);
    await rm(beside, { force: true });
    throw error;
  }
}

/** One after the other without anything between: no file system replaces a file only if it holds what it should. */
function replaceUnchanged(file: string, beside: string, before: Buffer): void {
  if (!readFileSync(file).equals(before)) throw new ChangedMeanwhile(`${file} has been changed`);
  renameSync(beside, file);
}
