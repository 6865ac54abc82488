import { access, constants, lstat, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Database } from '../database.ts';
import { logSize } from '../log-size.ts';
import { copyFiles } from './copy-process.ts';
import { type Mark, readHeldMark, readMark, writeMark } from './mark.ts';
import { clearNext, nextTo, putInPlace, syncFile, unlessMissing } from './put.ts';
import { touchesDatabase } from './same-file.ts';
import type { Origin, PublishTarget } from './target.ts';
import { PublishTrouble } from './trouble.ts';

/** A DuckDB file for readers: a copy of the database file, byte by byte, so that neither its size nor its documents cost memory. */
export class FileCopy implements PublishTarget {
  readonly name: string;

  constructor(path: string) {
    this.name = path;
  }

  async isThere({ database, version }: Mark, file: string): Promise<boolean> {
    // Closing the database, by whatever name, would cost this process its lock on it.
    if ((await kindOf(this.name)) !== 'file' || (await touchesDatabase(this.name, file)))
      return false;
    const found = await readMark(this.name);
    return found?.database === database && found.version === version;
  }

  async check(file: string, id: string | undefined): Promise<void> {
    await access(dirname(this.name), constants.W_OK | constants.X_OK);
    if (await touchesDatabase(this.name, file))
      throw new PublishTrouble('it is the database itself');
    await this.#refuseOthers(id);
  }

  async put(origin: Origin, mark: Mark): Promise<void> {
    await this.check(origin.database.file, mark.database);
    await clearNext(this.name);
    const next = nextTo(this.name);
    try {
      await copyCommitted(origin, next);
      await finish(origin, next, mark);
      // Whoever opened the copy to write into it has left a log that belongs to no other file.
      await rm(`${this.name}.wal`, { force: true });
      await putInPlace(next, this.name);
    } catch (error) {
      // What cannot be taken away now, the next time takes.
      await clearNext(this.name).catch(() => undefined);
      throw error;
    }
  }

  /** A file that is no copy of this database may be somebody's only one, whatever was there before. */
  async #refuseOthers(id: string | undefined): Promise<void> {
    const kind = await kindOf(this.name);
    if (kind === 'nothing') return;
    if (kind === 'link')
      throw new PublishTrouble('it is a link. Give the path that it leads to in "publish"');
    const found = kind === 'file' ? await readHeldMark(this.name) : undefined;
    if (found === undefined)
      throw new PublishTrouble(
        'there is something of that name that tdp-sync has not put there. Move it away, or give another path in "publish"',
      );
    if (found.database !== id)
      throw new PublishTrouble(
        'it is the copy of another database. Give another path in "publish"; or delete it, if that database is no more',
      );
  }
}

/** Copies the file as it is between two commits: whatever writes to it waits meanwhile. */
async function copyCommitted({ database, connection }: Origin, next: string): Promise<void> {
  const { file } = database;
  await database.writers.run(async () => {
    await database.rowGroups.fold(connection);
    const log = (await logSize(file)) > 0 ? [[`${file}.wal`, `${next}.wal`] as const] : [];
    await copyFiles([[file, next], ...log]);
  });
}

/** Says in the copy whose it is. Readers are to open one file, which is replaced at once, and not two: its log is folded in. */
async function finish({ config, context }: Origin, next: string, mark: Mark): Promise<void> {
  const { publish: _, tempDirectory: __, ...rest } = config;
  const copy = await Database.open({ ...rest, path: next }, context);
  try {
    const connection = await copy.connect();
    try {
      await writeMark(connection, mark);
      await connection.checkpoint();
    } finally {
      connection.close();
    }
  } finally {
    copy.close();
  }
  if ((await logSize(next)) > 0) throw new PublishTrouble('its log could not be folded in');
  await rm(`${next}.wal`, { force: true });
  await syncFile(next);
}

async function kindOf(path: string): Promise<'nothing' | 'file' | 'link' | 'else'> {
  const found = await unlessMissing(lstat(path));
  if (found === undefined) return 'nothing';
  if (found.isSymbolicLink()) return 'link';
  return found.isFile() ? 'file' : 'else';
}
