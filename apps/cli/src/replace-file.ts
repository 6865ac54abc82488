import { randomUUID } from 'node:crypto';
import { lstat, open, readlink, rename, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/** Puts a text in the place of a file, whole or not at all; the file behind a link, and with the mode that it had. */
export async function replaceFile(file: string, text: string): Promise<void> {
  const found = await lstat(file);
  if (found.isSymbolicLink())
    return replaceFile(resolve(dirname(file), await readlink(file)), text);
  const beside = `${file}.${randomUUID().slice(0, 8)}`;
  const handle = await open(beside, 'wx', found.mode);
  try {
    await handle.writeFile(text);
    await handle.sync();
    await handle.close();
    await rename(beside, file);
  } catch (error) {
    await handle.close().catch(() => undefined);
    await rm(beside, { force: true });
    throw error;
  }
}
