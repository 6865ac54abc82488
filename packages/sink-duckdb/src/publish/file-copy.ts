import { rm, stat } from 'node:fs/promises';
import { DuckDBInstance } from '@duckdb/node-api';
import { Database } from '../database.ts';
import { logSize } from '../log-size.ts';
import { copyFiles } from './copy-process.ts';
import { clearNext, nextTo, putInPlace, syncFile } from './put.ts';
import type { Origin, PublishTarget } from './target.ts';
import { PublishTrouble } from './trouble.ts';

/** A DuckDB file for readers: a copy of the database file, byte by byte, so that neither its size nor its documents cost memory. */
export class FileCopy implements PublishTarget {
  readonly name: string;

  constructor(path: string) {
    this.name = path;
  }

  async isThere(): Promise<boolean> {
    return await exists(this.name);
  }

  async put(origin: Origin, isKnown: boolean): Promise<void> {
    await this.#refuseOthers(origin, isKnown);
    await clearNext(this.name);
    const next = nextTo(this.name);
    try {
      await copyCommitted(origin, next);
      if (await exists(`${next}.wal`)) await foldLog(origin, next);
      // Whoever opened the copy to write into it has left a log that belongs to no other file.
      await rm(`${this.name}.wal`, { force: true });
      await putInPlace(next, this.name);
    } catch (error) {
      // What cannot be taken away now, the next time takes.
      await clearNext(this.name).catch(() => undefined);
      throw error;
    }
  }

  /** A file that tdp-sync has not put there may be somebody's only one. */
  async #refuseOthers({ database }: Origin, isKnown: boolean): Promise<void> {
    if (this.name === database.file) throw new PublishTrouble('it is the database itself');
    if (isKnown || !(await exists(this.name)) || (await isCopy(this.name))) return;
    throw new PublishTrouble(
      'there is something of that name that tdp-sync has not put there. Move it away, or give another path in "publish"',
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

/** Readers are to open one file, which is replaced at once, and not two. */
async function foldLog({ config, context }: Origin, next: string): Promise<void> {
  const { publish: _, tempDirectory: __, ...rest } = config;
  const copy = await Database.open({ ...rest, path: next }, context);
  try {
    const connection = await copy.connect();
    try {
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

/** Whether a file is a database of tdp-sync's: a copy of before the database was begun anew. */
async function isCopy(path: string): Promise<boolean> {
  try {
    const instance = await DuckDBInstance.create(path, { access_mode: 'READ_ONLY' });
    const connection = await instance.connect();
    try {
      const found = await connection.runAndReadAll(
        "SELECT count(*) > 0 FROM duckdb_tables() WHERE table_name = '_tdp_sync_published' OR table_name = '_tdp_sync_state'",
      );
      return found.getRows()[0]?.[0] === true;
    } finally {
      connection.closeSync();
      instance.closeSync();
    }
  } catch {
    return false;
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
}
