import { realpath, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { unlessMissing } from './put.ts';

/** What DuckDB and tdp-sync keep beside a database under its name. */
const BESIDE = ['', '.wal', '.tmp', '.publish'];

/**
 * Whether a copy at this place would be put onto the database, or onto what belongs to it, or would take it for the log of a copy: by whatever
 * links, or letters of another case, both are named.
 */
export async function touchesDatabase(target: string, database: string): Promise<boolean> {
  const held = new Set<string>();
  for (const end of BESIDE) for (const key of await keysOf(database + end)) held.add(key);
  const touched = [...(await keysOf(target)), ...(await keysOf(`${target}.wal`))];
  return touched.some((key) => held.has(key));
}

/** What a file is known by: its place, which needs no file, and where there is one, the file itself. */
async function keysOf(path: string): Promise<readonly string[]> {
  const keys: string[] = [];
  const folder = await unlessMissing(realpath(dirname(path)));
  // Some file systems tell no case from another. Nobody needs two such names beside each other.
  if (folder !== undefined) keys.push(join(folder, basename(path)).toLowerCase());
  const found = await unlessMissing(stat(path, { bigint: true }));
  // Some network drives number no files.
  if (found !== undefined && found.ino !== 0n) keys.push(`${found.dev}:${found.ino}`);
  return keys;
}
