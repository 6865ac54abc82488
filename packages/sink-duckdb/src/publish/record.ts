import { randomUUID } from 'node:crypto';
import type { Connection } from '../connection.ts';
import { LEDGER, type Place, qualified } from '../sql.ts';

/** What is noted of one place. */
export interface PublishRecord {
  /** What the database held that was put there; `undefined` before the first time. */
  readonly version: string | undefined;
  readonly atMs: number | undefined;
  /** Why the last try failed. */
  readonly trouble: string | undefined;
}

const NOTHING: PublishRecord = { version: undefined, atMs: undefined, trouble: undefined };
const NAME = '_tdp_sync_published';
/** The id is noted beside the places, none of which is called so. */
const ID = '#id';

/** Whether there are notes at all. $1 database, $2 schema. */
const IS_THERE = `SELECT count(*) > 0 FROM duckdb_tables() WHERE database_name = $1 AND schema_name = $2 AND table_name = '${NAME}'`;

/**
 * What the database holds, in a word that changes with every document that does, by its order and by the fingerprints of its rows: after a reset orders
 * come back that there were. The lines of runs, under names with a `#`, are left
 * out: a run that only failed changes nothing that is worth a copy.
 */
export async function versionOf(connection: Connection, place: Place): Promise<string> {
  const [row] = await connection.rows(
    `SELECT count(*) || '-' || coalesce(bit_xor(hash("sync", "id", "order", "status", "tables", "rows")), 0) ` +
      `FROM ${qualified(place, LEDGER)} WHERE NOT contains("sync", '#')`,
  );
  return String(row?.[0]);
}

/** The id of the database, by which its copies are known; `undefined` where nothing was published yet. Reads only. */
export async function readId(connection: Connection, place: Place): Promise<string | undefined> {
  return (await readRecord(connection, place, ID)).version;
}

/** The id of the database. To be called by one writer at a time. */
export async function makeId(connection: Connection, place: Place): Promise<string> {
  const found = await readId(connection, place);
  if (found !== undefined) return found;
  const version = randomUUID();
  await writeRecord(connection, place, ID, { ...NOTHING, version });
  return version;
}

/** What is noted of a place. Reads only. */
export async function readRecord(
  connection: Connection,
  place: Place,
  target: string,
): Promise<PublishRecord> {
  const [found] = await connection.rows(IS_THERE, [place.database, place.schema]);
  if (found?.[0] !== true) return NOTHING;
  const [row] = await connection.rows(
    `SELECT "version", epoch_ms("published_at"), "trouble" FROM ${qualified(place, NAME)} WHERE "target" = $1`,
    [target],
  );
  if (row === undefined) return NOTHING;
  const [version, atMs, trouble] = row;
  return {
    version: textOr(version),
    atMs: atMs === null || atMs === undefined ? undefined : Number(atMs),
    trouble: textOr(trouble),
  };
}

/** Notes what has become of a place. To be called by one writer at a time. */
export async function writeRecord(
  connection: Connection,
  place: Place,
  target: string,
  { version, atMs, trouble }: PublishRecord,
): Promise<void> {
  const table = qualified(place, NAME);
  const [found] = await connection.rows(IS_THERE, [place.database, place.schema]);
  if (found?.[0] !== true) {
    await connection.run(
      `CREATE TABLE IF NOT EXISTS ${table} ("target" VARCHAR NOT NULL, "version" VARCHAR, "published_at" TIMESTAMP WITH TIME ZONE, "trouble" VARCHAR)`,
    );
    await connection.checkpoint();
  }
  await connection.run('BEGIN TRANSACTION');
  try {
    await connection.run(`DELETE FROM ${table} WHERE "target" = $1`, [target]);
    await connection.run(
      `INSERT INTO ${table} SELECT $1, $2, to_timestamp($3::DOUBLE / 1000), $4`,
      [target, version ?? null, atMs ?? null, trouble ?? null],
    );
    await connection.run('COMMIT');
  } catch (error) {
    // The first error is the one that matters.
    await connection.run('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

function textOr(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
