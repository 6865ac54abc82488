import {
  type DuckDBAppender,
  DuckDBDataChunk,
  type DuckDBType,
  type DuckDBValue,
} from '@duckdb/node-api';
import type { Connection } from './connection.ts';
import { LONG_ROW } from './row-groups.ts';

/** What a DataChunk holds at most. */
const CHUNK_ROWS = 2_048;
/** Small enough that writing one chunk does not hold up the event loop for long. */
const CHUNK_CELLS = 32_768;
const CHUNK_CHARACTERS = 4_194_304;

/** One staging table and the rows that wait to be written to it, column by column. */
export class StagingTable {
  readonly #connection: Connection;
  readonly #name: string;
  readonly #types: readonly DuckDBType[];
  readonly #columns: DuckDBValue[][];
  readonly #limit: number;
  #appender: DuckDBAppender | undefined;
  #rows = 0;
  #characters = 0;
  #longestRow = 0;
  #longestText = 0;

  constructor(connection: Connection, name: string, types: readonly DuckDBType[]) {
    this.#connection = connection;
    this.#name = name;
    this.#types = types;
    this.#columns = types.map(() => []);
    this.#limit = Math.min(CHUNK_ROWS, Math.ceil(CHUNK_CELLS / types.length));
  }

  /** The bytes of text in the longest of all its rows, or 0 while none is long. */
  get longestRow(): number {
    return this.#longestRow;
  }

  /** The UTF-16 units of the longest text. */
  get longestText(): number {
    return this.#longestText;
  }

  /** Takes a row into the buffer. Tells whether it must be flushed before the next. */
  add(values: readonly DuckDBValue[]): boolean {
    let characters = 0;
    for (let at = 0; at < this.#columns.length; at += 1) {
      const value = values[at] ?? null;
      if (typeof value === 'string') {
        characters += value.length;
        if (value.length > this.#longestText) this.#longestText = value.length;
      }
      this.#columns[at]?.push(value);
    }
    if (characters > LONG_ROW) this.#longestRow = Math.max(this.#longestRow, bytesOf(values));
    this.#characters += characters;
    this.#rows += 1;
    return this.#rows >= this.#limit || this.#characters >= CHUNK_CHARACTERS;
  }

  /** Writes what is in the buffer to the staging table. */
  async flush(): Promise<void> {
    if (this.#rows === 0) return;
    this.#appender ??= await this.#connection.appender(this.#name);
    try {
      const chunk = DuckDBDataChunk.create(this.#types, this.#rows);
      chunk.setColumns(this.#columns);
      this.#appender.appendDataChunk(chunk);
      this.#appender.flushSync();
    } catch (error) {
      throw this.#connection.failure(error);
    }
    for (const column of this.#columns) column.length = 0;
    this.#rows = 0;
    this.#characters = 0;
  }

  close(): void {
    try {
      this.#appender?.closeSync();
    } catch {
      // It failed before, and says so again. The rows that it holds are thrown away anyway.
    }
    this.#appender = undefined;
  }
}

function bytesOf(values: readonly DuckDBValue[]): number {
  let bytes = 0;
  for (const value of values) if (typeof value === 'string') bytes += Buffer.byteLength(value);
  return bytes;
}
