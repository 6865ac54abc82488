import type { DuckDBAppender, DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import type { SinkError } from '@tdp-sync/sink';
import { sinkError } from './errors.ts';
import { DATABASE } from './sql.ts';

/** One row of a result: values in the order of its columns. */
export type ResultRow = readonly DuckDBValue[];

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
