import type { Column, StoredRow, Table } from '@tdp-sync/sink';
import type { Connections } from './connection.ts';
import { driver } from './driver.ts';
import { type Fold, storedColumns } from './schema.ts';
import type { Server } from './server.ts';
import { readRows } from './sql.ts';
import { decode } from './values.ts';

/** Any other id has no rows. */
export const ID: RegExp = /^[0-9a-f]{32}$/;

/** What a portion should hold, counted in characters. */
const CHARACTERS = 8_388_608;
/** What a cell that is no text counts for. */
const CELL = 16;
const FIRST = 16;
const MOST = 2_048;
const GROWTH = 4;

/**
 * Reads the rows of some documents, portion by portion. A document is never divided: one statement
 * reads all of it, so that its rows are of one commit.
 */
export class RowReader {
  readonly #statement: string;
  readonly #table: Table;
  readonly #ids: readonly string[];
  #documents = FIRST;
  #at = 0;

  private constructor(
    schema: string,
    table: Table,
    found: ReadonlySet<Column>,
    { readsSnapshots }: Server,
    ids: readonly string[],
  ) {
    this.#statement = readRows(schema, table, found, readsSnapshots);
    this.#table = table;
    this.#ids = ids;
  }

  /** Looks at the stored table, which must match. `undefined` when there is none. */
  static async prepare(
    connection: Connections,
    schema: string,
    { fold, server }: { readonly fold: Fold; readonly server: Server },
    table: Table,
    ids: readonly string[],
  ): Promise<RowReader | undefined> {
    const found = await storedColumns(connection, schema, fold, table);
    return found && new RowReader(schema, table, found, server, sortedIds(ids));
  }

  /** Whether there are documents that have not been read. */
  get hasMore(): boolean {
    return this.#at < this.#ids.length;
  }

  /** Reads the rows of the next documents. */
  async next(connection: Connections): Promise<readonly StoredRow[]> {
    const ids = this.#ids.slice(this.#at, this.#at + this.#documents);
    const [found = []] = await connection.query(this.#statement, {
      ids: [driver.NVarChar(driver.MAX), JSON.stringify(ids)],
    });
    const rows = found.map((values) => this.#decoded(values));
    this.#at += ids.length;
    this.#resize(ids.length, rows);
    return rows;
  }

  #decoded([id, ...values]: readonly unknown[]): StoredRow {
    const row = this.#table.columns.map(({ type }, at) => decode(type, values[at] ?? null));
    return { id: String(id), row };
  }

  #resize(documents: number, rows: readonly StoredRow[]): void {
    let characters = 1;
    for (const { row } of rows) {
      for (const value of row) characters += typeof value === 'string' ? value.length : CELL;
    }
    const fitting = Math.floor((CHARACTERS * documents) / characters);
    this.#documents = Math.max(1, Math.min(fitting, documents * GROWTH, MOST));
  }
}

/** Those that can be stored, each once, in the order of the database. */
export function sortedIds(ids: readonly string[]): readonly string[] {
  return [...new Set(ids)].filter((id) => ID.test(id)).sort();
}
