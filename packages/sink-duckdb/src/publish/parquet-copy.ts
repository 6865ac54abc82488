import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isOutOfMemory } from '../errors.ts';
import { qualified, text } from '../sql.ts';
import type { Manifest, PublishedTable } from './manifest.ts';
import type { ParquetStore } from './store.ts';
import type { Origin, PublishTarget } from './target.ts';

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

  async isThere(): Promise<boolean> {
    await using store = await this.#open();
    return (await store.readManifest()) !== undefined;
  }

  async put(origin: Origin): Promise<void> {
    const nowMs = Date.now();
    await using store = await this.#open();
    const release = `${stampOf(nowMs)}-${randomBytes(4).toString('hex')}`;
    const folder = await store.begin();
    const before = await store.readManifest();
    // What a killed process had begun would otherwise stay until this one has come to its end.
    await store.removeOthers(before);
    const tables = await write(origin, folder, release);
    await store.keep(tables.flatMap(([, { files }]) => files));
    const manifest: Manifest = {
      format: 1,
      release,
      publishedAt: new Date(nowMs).toISOString(),
      tables: Object.fromEntries(tables),
      superseded: supersededBy(before, nowMs, nowMs + this.#keepMs),
    };
    await store.writeManifest(manifest);
    await store.removeOthers(manifest);
  }
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
    const rows = await writeTable(origin, table, join(folder, file));
    tables.push([table, { rows, files: [file] }]);
  }
  return tables;
}

async function writeTable(
  { connection, place, database, config }: Origin,
  table: string,
  file: string,
): Promise<number> {
  await mkdir(dirname(file), { recursive: true });
  const rows = database.rowGroups.areApart ? FEWEST_ROWS : config.rowGroupSize;
  return await connection.run(
    `COPY ${qualified(place, table)} TO ${text(file)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${rows})`,
  );
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
