import { randomBytes } from 'node:crypto';
import { open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** The name of what is to take the place of a path, beside it. No other process writes there, not even an orphan of one that was killed. */
export function nextTo(path: string): string {
  return `${path}.next-${randomBytes(6).toString('hex')}`;
}

/** Takes away what processes that were killed had begun to put in the place of this path, with all that DuckDB keeps beside a file. */
export async function clearNext(path: string): Promise<void> {
  const begun = `${basename(path)}.next-`;
  const folder = dirname(path);
  for (const name of await readdir(folder))
    if (name.startsWith(begun) && /^[0-9a-f]{12}(?:$|\.)/.test(name.slice(begun.length)))
      await rm(join(folder, name), { recursive: true, force: true });
}

/** Puts a file that is on the disk in the place of another, at once and for good. */
export async function putInPlace(next: string, path: string): Promise<void> {
  await rename(next, path);
  await syncFolder(dirname(path));
}

/** Waits until what a file holds is on the disk. */
export async function syncFile(path: string): Promise<void> {
  const handle = await open(path, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Waits until the names in a folder are on the disk. Windows opens no folder, and keeps its names by itself. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** What is asked of a file; `undefined` where there is none. Any other error is no sign that there is none. */
export async function unlessMissing<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
