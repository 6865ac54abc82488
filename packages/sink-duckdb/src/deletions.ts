import type { Connection } from './connection.ts';
import type { Room } from './room.ts';
import type { RowGroups } from './row-groups.ts';
import { countRows, type Place } from './sql.ts';

/** In a row group the deletions of so many rows are marked in one block. */
const ROWS_PER_BLOCK = 30_720;
/** Rows of a document lie side by side: at times across the end of a row group, hardly across two. */
const BLOCKS_PER_DOCUMENT = 2;

/** A statement that deletes the rows of so many documents, at most. */
export interface Deletion {
  readonly table: string;
  readonly documents: number;
  readonly statement: string;
}

/**
 * Deletes with as much memory as it takes. DuckDB holds a block for each row group in which it deletes, until the log is
 * folded in. A deletion that finds none leaves marks that no ROLLBACK removes: DuckDB then sees a conflict with itself for
 * as long as the process has the file open. So it must never come to that.
 */
export class Deletions {
  readonly #rowGroups: RowGroups;
  /** How many rows a table has, by those that were there when this process first deleted and what it has inserted since. */
  readonly #rows = new Map<string, number>();

  constructor(rowGroups: RowGroups) {
    this.#rowGroups = rowGroups;
  }

  /** Runs the statement. Its connection may be in the midst of a transaction. */
  async run(
    connection: Connection,
    place: Place,
    room: Room,
    { table, documents, statement }: Deletion,
  ): Promise<void> {
    const rows = this.#rows.get(table) ?? (await countIn(connection, place, table));
    this.#rows.set(table, rows);
    const size = Math.min(this.#rowGroups.fewestRows, ROWS_PER_BLOCK);
    const most = Math.min(documents * BLOCKS_PER_DOCUMENT, Math.ceil(rows / size));
    await room.fitBlocks(most);
    room.hold(Math.min(await connection.run(statement), most));
  }

  /** Rows were inserted into a table. As long as nothing was deleted from it, the first deletion counts them. */
  inserted(table: string, rows: number): void {
    const known = this.#rows.get(table);
    if (known !== undefined) this.#rows.set(table, known + rows);
  }
}

async function countIn(connection: Connection, place: Place, table: string): Promise<number> {
  const [row] = await connection.rows(countRows(place, table));
  return Number(row?.[0]);
}
