import { randomBytes } from 'node:crypto';
import { access, constants, mkdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { SinkError } from '@tdp-sync/sink';
import { isOutOfMemory, sinkError } from '../errors.ts';
import { qualified, text } from '../sql.ts';
import { MANIFEST, type Manifest, type PublishedTable } from './manifest.ts';
import type { Mark } from './mark.ts';
import type { ParquetStore } from './store.ts';
import type { Origin, PublishTarget } from './target.ts';
import { PublishTrouble } from './trouble.ts';

/** Tables that syncs have made: those of others in the same schema are not tdp-sync's to publish. $1 database, $2 schema. */
const TABLES =
  'SELECT table_name FROM duckdb_columns() WHERE database_name = $1 AND schema_name = $2 ' +
  "AND column_name IN ('_file_key', '_row') GROUP BY table_name HAVING count(*) = 2 ORDER BY table_name";
/** Rows that are written together where one of them may be long: as few as DuckDB takes. */
const FEWEST_ROWS = 2_048;

/** Parquet files, one folder per table, and a manifest that says which of them are the newest version. */
export class ParquetCopy implements PublishTarget {
  readonly name: string;
  readonly #open: () => Promise<ParquetStore>;
  readonly #keepMs: number;

  constructor(name: string, open: () => Promise<ParquetStore>, keepMs: number) {
    this.name = name;
    this.#open = open;
    this.#keepMs = keepMs;
  }

  async isThere({ database, version }: Mark): Promise<boolean> {
    await using store = await this.#open();
    const found = await store.readManifest();
    if (found?.database !== database || found.version !== version) return false;
    const tables = Object.values(found.tables);
    const sizes = await store.sizesOf(tables.flatMap(({ files }) => files));
    const bytes = tables.reduce((sum, table) => sum + table.bytes, 0);
    return (
      !sizes.includes(undefined) && sizes.reduce((sum = 0, size = 0) => sum + size, 0) === bytes
    );
  }

  async check(_: string, id: string | undefined): Promise<void> {
    await using store = await this.#open();
    await store.check();
    refuseOthers(await store.readManifest(), id);
  }

  async put(origin: Origin, mark: Mark): Promise<void> {
    const nowMs = Date.now();
    await using store = await this.#open();
    const release = `${stampOf(nowMs)}-${randomBytes(4).toString('hex')}`;
    const folder = await store.begin();
    const before = await store.readManifest();
    refuseOthers(before, mark.database);
    // What a killed process had begun would otherwise stay until this one has come to its end.
    await store.removeOthers(before);
    const tables = await write(origin, folder, release);
    await store.keep(tables.flatMap(([, { files }]) => files));
    const manifest: Manifest = {
      format: 1,
      ...mark,
      release,
      publishedAt: new Date(nowMs).toISOString(),
      tables: Object.fromEntries(tables),
      superseded: supersededBy(before, nowMs, nowMs + this.#keepMs),
    };
    await store.writeManifest(manifest);
    await store.removeOthers(manifest);
  }
}

/** Files that another database's manifest names are its own. */
function refuseOthers(found: Manifest | undefined, id: string | undefined): void {
  if (found !== undefined && found.database !== id)
    throw new PublishTrouble(
      `its ${MANIFEST} is of the copy of another database. Give another place in "publish"; or delete what is there, if that database is no more`,
    );
}

type Written = [table: string, PublishedTable][];

/** All tables as of one moment. Where the memory does not suffice, all of them once more with more of it. */
async function write(origin: Origin, folder: string, release: string): Promise<Written> {
  const { connection, database } = origin;
  await using room = database.room();
  for (;;) {
    try {
      await connection.run('BEGIN TRANSACTION');
      const tables = await writeTables(origin, folder, release);
      await connection.run('COMMIT');
      return tables;
    } catch (error) {
      await connection.run('ROLLBACK').catch(() => undefined);
      if (!isOutOfMemory(error) || !(await room.grow())) throw error;
    }
  }
}

async function writeTables(origin: Origin, folder: string, release: string): Promise<Written> {
  const { connection, place } = origin;
  const found = await connection.rows(TABLES, [place.database, place.schema]);
  const tables: Written = [];
  for (const [name] of found) {
    const table = String(name);
    const file = `${folderOf(table)}/${release}.parquet`;
    const { rows, bytes } = await writeTable(origin, table, join(folder, file));
    tables.push([table, { rows, bytes, files: [file] }]);
  }
  return tables;
}

async function writeTable(
  { connection, place, database, config }: Origin,
  table: string,
  file: string,
): Promise<{ readonly rows: number; readonly bytes: number }> {
  await mkdir(dirname(file), { recursive: true });
  // Of a disk that is read-only DuckDB says the same as of a right that is missing.
  await access(dirname(file), constants.W_OK | constants.X_OK);
  const group = database.rowGroups.areApart ? FEWEST_ROWS : config.rowGroupSize;
  try {
    const rows = await connection.run(
      `COPY ${qualified(place, table)} TO ${text(file)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${group})`,
    );
    return { rows, bytes: (await stat(file)).size };
  } catch (error) {
    // It is not the database that cannot be written.
    const cause = error instanceof SinkError ? error.cause : undefined;
    throw cause instanceof Error && cause.message.includes(file) ? sinkError(cause, file) : error;
  }
}

/** What readers may be in the midst of: the version that is replaced now, and those before that are kept yet. */
function supersededBy(
  before: Manifest | undefined,
  nowMs: number,
  untilMs: number,
): Manifest['superseded'] {
  if (before === undefined) return [];
  const files = Object.values(before.tables).flatMap((table) => table.files);
  const kept = before.superseded.filter(({ until }) => Date.parse(until) > nowMs);
  return [...kept, { release: before.release, until: new Date(untilMs).toISOString(), files }];
}

/** A name that every file system takes, and that differs where tables differ. */
function folderOf(table: string): string {
  return table.replaceAll(/[^\p{L}\p{N}_-]|^$/gu, (sign) =>
    [...Buffer.from(sign)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''),
  );
}

function stampOf(timeMs: number): string {
  return new Date(timeMs).toISOString().replaceAll(/[-:]|\.\d+/g, '');
}
