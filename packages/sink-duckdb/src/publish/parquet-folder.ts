import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Connection } from '../connection.ts';
import { isOutOfMemory } from '../errors.ts';
import { qualified, text } from '../sql.ts';
import {
  type Manifest,
  type PublishedTable,
  readManifest,
  removeOthers,
  writeManifest,
} from './manifest.ts';
import { syncFile, syncFolder } from './put.ts';
import type { Origin, PublishTarget } from './target.ts';

/** Tables that syncs have made: those of others in the same schema are not tdp-sync's to publish. $1 database, $2 schema. */
const TABLES =
  'SELECT table_name FROM duckdb_columns() WHERE database_name = $1 AND schema_name = $2 ' +
  "AND column_name IN ('_file_key', '_row') GROUP BY table_name HAVING count(*) = 2 ORDER BY table_name";
/** Rows that are written together where one of them may be long: as few as DuckDB takes. */
const FEWEST_ROWS = 2_048;

/** A folder with Parquet files, one folder per table, and a manifest that says which of them are the newest version. */
export class ParquetFolder implements PublishTarget {
  readonly name: string;
  readonly #keepMs: number;

  constructor(path: string, keepMs: number) {
    this.name = path;
    this.#keepMs = keepMs;
  }

  async isThere(): Promise<boolean> {
    return (await readManifest(this.name)) !== undefined;
  }

  async put(origin: Origin): Promise<void> {
    const nowMs = Date.now();
    const release = `${stampOf(nowMs)}-${randomBytes(4).toString('hex')}`;
    await mkdir(this.name, { recursive: true });
    const before = await readManifest(this.name);
    // What a killed process had begun would otherwise stay until this one has come to its end.
    await removeOthers(this.name, before);
    const tables = await this.#write(origin, release);
    const manifest: Manifest = {
      format: 1,
      release,
      publishedAt: new Date(nowMs).toISOString(),
      tables: Object.fromEntries(tables),
      superseded: supersededBy(before, nowMs, nowMs + this.#keepMs),
    };
    await writeManifest(this.name, manifest);
    await removeOthers(this.name, manifest);
  }

  /** All tables as of one moment. Where the memory does not suffice, all of them once more with more of it. */
  async #write(origin: Origin, release: string): Promise<[string, PublishedTable][]> {
    const { connection, database } = origin;
    await using room = database.room();
    for (;;) {
      try {
        await connection.run('BEGIN TRANSACTION');
        const tables = await this.#writeTables(origin, release);
        await connection.run('COMMIT');
        return tables;
      } catch (error) {
        await connection.run('ROLLBACK').catch(() => undefined);
        if (!isOutOfMemory(error) || !(await room.grow())) throw error;
      }
    }
  }

  async #writeTables(origin: Origin, release: string): Promise<[string, PublishedTable][]> {
    const { connection, place } = origin;
    const found = await connection.rows(TABLES, [place.database, place.schema]);
    const tables: [string, PublishedTable][] = [];
    for (const [name] of found) tables.push(await this.#writeTable(origin, String(name), release));
    await syncFolder(this.name);
    return tables;
  }

  async #writeTable(
    { connection, place, database, config }: Origin,
    table: string,
    release: string,
  ): Promise<[string, PublishedTable]> {
    const folder = folderOf(table);
    const file = join(this.name, folder, `${release}.parquet`);
    await mkdir(join(this.name, folder), { recursive: true });
    const { areApart } = database.rowGroups;
    const rows = await writeParquet(connection, {
      from: qualified(place, table),
      file,
      rowGroupSize: areApart ? FEWEST_ROWS : config.rowGroupSize,
    });
    await syncFile(file);
    await syncFolder(join(this.name, folder));
    return [table, { rows, files: [`${folder}/${release}.parquet`] }];
  }
}

async function writeParquet(
  connection: Connection,
  { from, file, rowGroupSize }: { from: string; file: string; rowGroupSize: number },
): Promise<number> {
  return await connection.run(
    `COPY ${from} TO ${text(file)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${rowGroupSize})`,
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
