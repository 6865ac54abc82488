import { realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import {
  type DuckDBAppender,
  type DuckDBConnection,
  DuckDBInstance,
  type DuckDBValue,
} from '@duckdb/node-api';
import type { DuckdbConfig } from './config.ts';
import { sinkError } from './errors.ts';
import { type Serial, writersOf } from './serial.ts';

/** One row of a result: values in the order of its columns. */
export type ResultRow = readonly DuckDBValue[];

/** An open database file. */
export class Database {
  /** The real path of the file. */
  readonly file: string;
  /** Runs whatever writes to the file, through any sink of this process, one after the other. */
  readonly writers: Serial;
  readonly #instance: DuckDBInstance;

  private constructor(file: string, instance: DuckDBInstance) {
    this.file = file;
    this.writers = writersOf(file);
    this.#instance = instance;
  }

  /** Opens the file, or creates it. A file that is open in this process already is shared. */
  static async open(config: DuckdbConfig, baseDir: string): Promise<Database> {
    const named = resolve(baseDir, config.path);
    try {
      const file = await realFile(named);
      return new Database(
        file,
        await DuckDBInstance.fromCache(file, databaseOptions(config, baseDir)),
      );
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
   * Folds the write-ahead log into the file. When another connection of this process is in the midst
   * of a transaction DuckDB refuses; then the log is kept, which is as safe, and folded in later.
   */
  async checkpoint(): Promise<void> {
    try {
      await this.raw.run('CHECKPOINT');
    } catch (error) {
      if (error instanceof Error && /Cannot CHECKPOINT/.test(error.message)) return;
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

  close(): void {
    this.raw.closeSync();
  }
}

/** How DuckDB is set up for a file. One file must be opened with the same settings everywhere in a process. */
export function databaseOptions(config: DuckdbConfig, baseDir: string): Record<string, string> {
  const { memoryLimit, threads, checkpointThreshold, tempDirectory } = config;
  return {
    memory_limit: memoryLimit,
    threads: String(threads),
    checkpoint_threshold: checkpointThreshold,
    // json, icu and parquet are part of the package. Nothing is ever fetched at run time.
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    ...(tempDirectory === undefined ? {} : { temp_directory: resolve(baseDir, tempDirectory) }),
  };
}

/** Two instances on one file in one process would lose data, and instances are told apart by this path. */
async function realFile(file: string): Promise<string> {
  const folder = await realpath(dirname(file));
  const joined = join(folder, basename(file));
  return realpath(joined).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return joined;
    throw error;
  });
}
