import { realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import {
  type DuckDBAppender,
  type DuckDBConnection,
  DuckDBInstance,
  type DuckDBValue,
} from '@duckdb/node-api';
import type { SinkError } from '@tdp-sync/sink';
import type { DuckdbConfig } from './config.ts';
import { Deletions } from './deletions.ts';
import { isOutOfMemory, sinkError } from './errors.ts';
import { logSize } from './log-size.ts';
import { Room } from './room.ts';
import { RowGroups } from './row-groups.ts';
import { type Serial, writersOf } from './serial.ts';
import { DATABASE } from './sql.ts';

/** One row of a result: values in the order of its columns. */
export type ResultRow = readonly DuckDBValue[];

/** An open database file. */
export class Database {
  /** The real path of the file. */
  readonly file: string;
  /** Runs whatever writes to the file, through any sink of this process, one after the other. */
  readonly writers: Serial;
  /** Whether DuckDB may merge what is stored. */
  readonly rowGroups: RowGroups;
  readonly deletions: Deletions;
  readonly #instance: DuckDBInstance;
  readonly #memoryLimit: string;

  private constructor(
    file: string,
    instance: DuckDBInstance,
    rowGroups: RowGroups,
    { memoryLimit }: DuckdbConfig,
  ) {
    this.file = file;
    this.writers = writersOf(file);
    this.rowGroups = rowGroups;
    this.deletions = new Deletions(rowGroups);
    this.#instance = instance;
    this.#memoryLimit = memoryLimit;
  }

  /** Opens the file, or creates it. A file that is open in this process already is shared. */
  static async open(config: DuckdbConfig, baseDir: string): Promise<Database> {
    const named = resolve(baseDir, config.path);
    try {
      const { file, isNew } = await realFile(named);
      const instance = await instanceFor(file, config, baseDir);
      const rowGroups = await writersOf(file).run(() => attach(instance, file, config, isNew));
      return new Database(file, instance, rowGroups, config);
    } catch (error) {
      throw sinkError(error, named);
    }
  }

  /** A connection of its own: its transactions and temporary tables are nobody else's. */
  async connect(): Promise<Connection> {
    try {
      return new Connection(await this.#instance.connect(), this.file);
    } catch (error) {
      throw sinkError(error, this.file);
    }
  }

  /** More memory than the limit, for as long as a load or a reading wants it. */
  room(): Room {
    return new Room(this.file, this.#memoryLimit, async (sql) => {
      const connection = await this.connect();
      try {
        await connection.run(sql);
      } finally {
        connection.close();
      }
    });
  }

  close(): void {
    this.#instance.closeSync();
  }
}

/** A connection whose statements run one after the other and whose errors are SinkErrors. */
export class Connection {
  readonly raw: DuckDBConnection;
  readonly #file: string;

  constructor(raw: DuckDBConnection, file: string) {
    this.raw = raw;
    this.#file = file;
  }

  /** Runs a statement and tells how many rows it changed. */
  async run(sql: string, values: DuckDBValue[] = []): Promise<number> {
    try {
      return (await this.raw.run(sql, values)).rowsChanged;
    } catch (error) {
      throw sinkError(error, this.#file);
    }
  }

  /**
   * Folds the write-ahead log into the file, and tells whether it did. When another connection of this process is in the midst
   * of a transaction DuckDB refuses; then the log is kept, which is as safe, and folded in later.
   */
  async checkpoint(): Promise<boolean> {
    try {
      await this.raw.run(`CHECKPOINT ${DATABASE}`);
      return true;
    } catch (error) {
      if (error instanceof Error && /Cannot CHECKPOINT/.test(error.message)) return false;
      throw sinkError(error, this.#file);
    }
  }

  /** Runs a query and gives its rows in portions of at most 2,048, so that no long list holds up the rest. */
  async *query(sql: string, values: DuckDBValue[] = []): AsyncGenerator<readonly ResultRow[]> {
    try {
      const result = await this.raw.run(sql, values);
      for (
        let chunk = await result.fetchChunk();
        chunk?.rowCount;
        chunk = await result.fetchChunk()
      ) {
        yield chunk.getRows();
      }
    } catch (error) {
      throw sinkError(error, this.#file);
    }
  }

  /** The SinkError for what DuckDB threw outside of these methods. */
  failure(error: unknown): SinkError {
    return sinkError(error, this.#file);
  }

  /** Opens the fast way into a temporary table of this connection. */
  async appender(table: string): Promise<DuckDBAppender> {
    try {
      return await this.raw.createAppender(table, 'main', 'temp');
    } catch (error) {
      throw sinkError(error, this.#file);
    }
  }

  /** Runs a query and gives all rows. */
  async rows(sql: string, values: DuckDBValue[] = []): Promise<readonly ResultRow[]> {
    const rows: ResultRow[] = [];
    for await (const portion of this.query(sql, values)) rows.push(...portion);
    return rows;
  }

  /** Makes the statement that runs fail, if there is one. */
  interrupt(): void {
    this.raw.interrupt();
  }

  close(): void {
    this.raw.closeSync();
  }
}

/**
 * The instance for a file, shared within the process: two instances on one file would lose data. It is
 * in memory and the file attached to it, since only so the size of row groups can be chosen.
 */
function instanceFor(file: string, config: DuckdbConfig, baseDir: string): Promise<DuckDBInstance> {
  const { memoryLimit, threads, checkpointThreshold, tempDirectory } = config;
  return DuckDBInstance.fromCache(`:memory:${file}`, {
    memory_limit: memoryLimit,
    threads: String(threads),
    checkpoint_threshold: checkpointThreshold,
    temp_directory: tempDirectory === undefined ? `${file}.tmp` : resolve(baseDir, tempDirectory),
    // json, icu and parquet are part of the package. Nothing is ever fetched at run time.
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
}

async function attach(
  instance: DuckDBInstance,
  file: string,
  config: DuckdbConfig,
  isNew: boolean,
): Promise<RowGroups> {
  const connection = new Connection(await instance.connect(), file);
  try {
    const statement = attachStatement(file, config, isNew);
    return await RowGroups.attach(connection, file, config.rowGroupSize, () =>
      attachWithLog(connection, file, config, statement),
    );
  } catch (error) {
    instance.closeSync();
    throw error;
  } finally {
    connection.close();
  }
}

function attachStatement(file: string, { rowGroupSize }: DuckdbConfig, isNew: boolean): string {
  const options = [`ROW_GROUP_SIZE ${rowGroupSize}`];
  // The format of a file that is there is left alone. For a new one: the oldest that compresses long texts, and small
  // blocks, since each column that a commit writes to holds a block in memory until the log is folded in.
  if (isNew) options.push("STORAGE_VERSION 'v1.2.0'", 'BLOCK_SIZE 16384');
  const literal = `'${file.replaceAll("'", "''")}'`;
  return `ATTACH IF NOT EXISTS ${literal} AS ${DATABASE} (${options.join(', ')})`;
}

/**
 * A process that was killed may have left in the log what was committed with more memory than the limit. Attaching it
 * takes as much again; then it is folded in, so that the next time it does not.
 */
async function attachWithLog(
  connection: Connection,
  file: string,
  { memoryLimit }: DuckdbConfig,
  statement: string,
): Promise<void> {
  await using room = new Room(file, memoryLimit, (sql) => connection.run(sql));
  for (;;) {
    try {
      await connection.run(statement);
      if (room.wantsFolding) await connection.checkpoint();
      return;
    } catch (error) {
      if (!isOutOfMemory(error)) throw error;
      if (!(await room.fit(await logSize(file))) && !(await room.grow())) throw error;
    }
  }
}

/** The path that all sinks on one file agree on, however they name it. */
async function realFile(named: string): Promise<{ file: string; isNew: boolean }> {
  const folder = await realpath(dirname(named));
  const joined = join(folder, basename(named));
  try {
    return { file: await realpath(joined), isNew: false };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return { file: joined, isNew: true };
  }
}
