import { randomUUID } from 'node:crypto';
import { readFileSync, renameSync, type Stats } from 'node:fs';
import { type FileHandle, lstat, open, readlink, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/** The file does not hold any more what it was read to hold. Nothing was written. */
export class ChangedMeanwhile extends Error {
  override readonly name = 'ChangedMeanwhile';
}

/**
 * Puts bytes in the place of a file that holds `before`, whole or not at all; the file behind a link. It stays whose it was, with the mode that it had.
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
    await keepAccess(handle, found);
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

/** What root replaces, its service must go on reading. */
async function keepAccess(handle: FileHandle, { uid, gid, mode }: Stats): Promise<void> {
  const made = await handle.stat();
  if (made.uid !== uid || made.gid !== gid) await handle.chown(uid, gid);
  // Of the mode that a file is made with, the mask may have taken something.
  if (made.mode !== mode) await handle.chmod(mode);
}

/** One after the other without anything between: no file system replaces a file only if it holds what it should. */
function replaceUnchanged(file: string, beside: string, before: Buffer): void {
  if (!readFileSync(file).equals(before)) throw new ChangedMeanwhile(`${file} has been changed`);
  renameSync(beside, file);
}
