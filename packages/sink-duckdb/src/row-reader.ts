import type { DuckDBValue } from '@duckdb/node-api';
import type { StoredRow, Table } from '@tdp-sync/sink';
import type { Connection } from './connection.ts';
import { isOutOfMemory } from './errors.ts';
import { PortionSize } from './portion-size.ts';
import type { Room } from './room.ts';
import { storedColumns } from './schema.ts';
import { countRows, measureTexts, type Place, type RowsPlan, readRows } from './sql.ts';
import { decode } from './values.ts';

/** Any other id has no rows. */
const ID = /^[0-9a-f]{32}$/;

/**
 * Reads the rows of some documents, portion by portion. A document is never divided: one statement
 * reads all of it, so that its rows are of one commit.
 */
export class RowReader {
  readonly #place: Place;
  readonly #plan: RowsPlan;
  readonly #size: PortionSize;
  readonly #ids: readonly string[];
  readonly #room: () => Room;
  #at = 0;

  private constructor(
    place: Place,
    plan: RowsPlan,
    ids: readonly string[],
    tableRows: number,
    room: () => Room,
  ) {
    this.#place = place;
    this.#plan = plan;
    this.#ids = ids;
    this.#size = new PortionSize(tableRows);
    this.#room = room;
  }

  /** Looks at the stored table, which must match. `undefined` when there is none. `room` makes some for large documents. */
  static async prepare(
    connection: Connection,
    place: Place,
    table: Table,
    ids: readonly string[],
    room: () => Room,
  ): Promise<RowReader | undefined> {
    const stored = await storedColumns(connection, place, table);
    if (stored === undefined) return undefined;
    const [count] = await connection.rows(countRows(place, table.name));
    const sorted = [...new Set(ids)].filter((id) => ID.test(id)).sort();
    return new RowReader(place, { table, ...stored }, sorted, Number(count?.[0]), room);
  }

  /** Whether there are documents that have not been read. */
  get hasMore(): boolean {
    return this.#at < this.#ids.length;
  }

  /** Reads the rows of the next documents. */
  async next(connection: Connection): Promise<readonly StoredRow[]> {
    const ids = this.#ids.slice(this.#at, this.#at + this.#size.documents);
    try {
      return this.#took(ids, await this.#read(connection, ids));
    } catch (error) {
      if (!isOutOfMemory(error)) throw error;
      const [only = '', ...others] = ids;
      if (others.length === 0) return this.#took(ids, await this.#readLarge(connection, only));
      this.#size.becomeSmallest();
      return this.next(connection);
    }
  }

  #took(ids: readonly string[], rows: readonly StoredRow[]): readonly StoredRow[] {
    this.#at += ids.length;
    this.#size.read(ids.length, rows);
    return rows;
  }

  /** Reads a document that takes more than the memory limit. */
  async #readLarge(connection: Connection, id: string): Promise<readonly StoredRow[]> {
    const [row] = await connection.rows(measureTexts(this.#place, this.#plan), [id]);
    await using room = this.#room();
    await room.fit(Number(row?.[0]));
    return await this.#read(connection, [id]);
  }

  async #read(connection: Connection, ids: readonly string[]): Promise<readonly StoredRow[]> {
    const [only = '', ...others] = ids;
    const query =
      others.length === 0
        ? connection.query(readRows(this.#place, this.#plan, 'one'), [only])
        : connection.query(readRows(this.#place, this.#plan, 'many'), [JSON.stringify(ids)]);
    const rows: StoredRow[] = [];
    for await (const portion of query) {
      for (const values of portion) rows.push(this.#decoded(values));
    }
    return rows;
  }

  #decoded([id, ...values]: readonly DuckDBValue[]): StoredRow {
    const row = this.#plan.table.columns.map(({ type }, at) => decode(type, values[at] ?? null));
    return { id: String(id), row };
  }
}
