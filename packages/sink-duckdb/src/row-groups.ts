import type { Connection } from './connection.ts';
import { logSize } from './log-size.ts';
import { DATABASE, IS_MARKED, mark, type Place } from './sql.ts';

/** From how many characters on a row is long. 2,048 of them are 32 MB, or 96 MB at three bytes each. */
export const LONG_ROW = 16_384;
/** How large a log may stay behind: it is replayed in about 50 ms. */
const SMALL_LOG = 8_388_608;
/** As few rows as a log of this size is expected to add to a table. */
const FEW_ROWS = 64;
const MERGE_NONE = 'SET GLOBAL max_vacuum_tasks = 0';
/** DuckDB's own default. */
const MERGE = 'SET GLOBAL max_vacuum_tasks = 100';
/** Otherwise DuckDB folds the log in by itself when the last connection is closed. */
const KEEP_LOG = 'PRAGMA disable_checkpoint_on_shutdown';

/**
 * Whether DuckDB may merge the row groups of a file.
 *
 * Every checkpoint writes the rows that are new into row groups of their own, and merges small ones with
 * their neighbours. It does so with 2,048 rows in memory at once, in every table: of long
 * rows these are more than it may use, and then it closes the database for good. So before the first long row
 * is stored, merging ends for this file, and a comment on a table tells later processes.
 */
export class RowGroups {
  readonly #file: string;
  readonly #size: number;
  #areApart: boolean;

  private constructor(file: string, size: number, areApart: boolean) {
    this.#file = file;
    this.#size = size;
    this.#areApart = areApart;
  }

  /** Whether the file holds long rows, and merging has ended for it. */
  get areApart(): boolean {
    return this.#areApart;
  }

  /** How few rows to expect in a row group. Where they are merged, two that lie side by side make more than one. */
  get fewestRows(): number {
    return this.#areApart ? FEW_ROWS : this.#size / 2;
  }

  /** Attaches a file, with `size` rows in new row groups, and looks for the mark in it. To be called by one writer at a time. */
  static async attach(
    connection: Connection,
    file: string,
    size: number,
    attach: () => Promise<void>,
  ): Promise<RowGroups> {
    // Should the file's log be folded in while it is attached, nobody has seen the mark yet.
    await connection.run(MERGE_NONE);
    await attach();
    const [row] = await connection.rows(IS_MARKED, [DATABASE]);
    const areApart = row?.[0] === true;
    await connection.run(areApart ? KEEP_LOG : MERGE);
    return new RowGroups(file, size, areApart);
  }

  /** Ends merging. To be called by one writer at a time, before the first long row is committed. */
  async keepApart(connection: Connection, place: Place): Promise<void> {
    if (this.#areApart) return;
    await connection.run(MERGE_NONE);
    await connection.run(KEEP_LOG);
    await connection.run(mark(place));
    await connection.checkpoint();
    this.#areApart = true;
  }

  /**
   * Folds the log in at the end. Not a small one if row groups are kept apart: each run would add
   * one to every table for good, and after a thousand runs of five files a commit takes several times as long.
   */
  async fold(connection: Connection): Promise<void> {
    if (this.#areApart && (await logSize(this.#file)) < SMALL_LOG) return;
    await connection.checkpoint();
  }
}
