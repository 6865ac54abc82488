import { link, rm } from 'node:fs/promises';
import { DuckDBInstance } from '@duckdb/node-api';
import { SinkError } from '@tdp-sync/sink';
import type { Connection } from '../connection.ts';
import { sinkError } from '../errors.ts';
import { DATABASE, qualified } from '../sql.ts';
import { copyFiles } from './copy-process.ts';
import { nextTo } from './put.ts';

/** What a copy says of itself. Nothing that lacks it is ever replaced. */
export interface Mark {
  /** Whose copy it is: the id of the database. */
  readonly database: string;
  /** What the database held. */
  readonly version: string;
}

const NAME = '_tdp_sync_copy';
const TABLE = qualified({ database: DATABASE, schema: 'main' }, NAME);

/** Whether the database says that it is a copy. */
export const IS_COPY: string = `SELECT 1 FROM duckdb_tables() WHERE database_name = '${DATABASE}' AND schema_name = 'main' AND table_name = '${NAME}'`;
/** A copy that was put in the place of the database, as one goes back to a backup, is none from then on: it must not be replaced. */
export const NO_COPY: string = `DROP TABLE ${TABLE}`;

/** Marks a database file as a copy, before anybody can take it for one. */
export async function writeMark(connection: Connection, mark: Mark): Promise<void> {
  await connection.run(
    `CREATE OR REPLACE TABLE ${TABLE} AS SELECT $1::VARCHAR AS "database", $2::VARCHAR AS "version"`,
    [mark.database, mark.version],
  );
}

/** What a file says that it is a copy of; `undefined` for whatever is no copy. @throws SinkError `SINK_LOCKED` while a program has it open for writing. */
export async function readMark(path: string): Promise<Mark | undefined> {
  // Under a name without a log: one that somebody has left beside the copy may belong to an earlier one, and could not be read with it.
  const alone = nextTo(path);
  const isLinked = await link(path, alone).then(
    () => true,
    () => false,
  );
  try {
    return await markIn(isLinked ? alone : path);
  } finally {
    if (isLinked) await rm(alone, { force: true });
  }
}

/** As {@link readMark}, also while a program has it open for writing, as DuckDB's clients do unless they are told otherwise: that costs a copy. */
export async function readHeldMark(path: string): Promise<Mark | undefined> {
  try {
    return await readMark(path);
  } catch (error) {
    if (!(error instanceof SinkError)) throw error;
    const alone = nextTo(path);
    try {
      await copyFiles([[path, alone]]);
      return await markIn(alone);
    } finally {
      await rm(alone, { force: true });
    }
  }
}

async function markIn(path: string): Promise<Mark | undefined> {
  try {
    const instance = await DuckDBInstance.create(path, { access_mode: 'READ_ONLY', threads: '1' });
    const connection = await instance.connect();
    try {
      const found = await connection.runAndReadAll(
        `SELECT "database", "version" FROM main.${NAME} LIMIT 1`,
      );
      const [database, version] = found.getRows()[0] ?? [];
      return database === undefined
        ? undefined
        : { database: String(database), version: String(version) };
    } finally {
      // Both, or the file stays open.
      connection.closeSync();
      instance.closeSync();
    }
  } catch (error) {
    const known = sinkError(error, path);
    if (known.code === 'SINK_LOCKED') throw known;
    return undefined;
  }
}
