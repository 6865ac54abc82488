import type { SinkAdapter, SinkContext, Value } from '../sink.ts';

/** What the suite needs in order to try a sink. */
export interface SinkHarness {
  readonly adapter: SinkAdapter;
  /** A new, empty database, disposed after one case. */
  fresh(): Promise<TestDatabase>;
  /**
   * The same, where sinks reach the database over a connection that the suite can break: `breakableLine` makes one of any server.
   * Left out where there is none, as for a file; then the cases that need it are left out, too.
   */
  freshBreakable?(): Promise<BreakableDatabase>;
}

/** A database whose sinks, but not the suite's own connection, can be cut off. */
export interface BreakableDatabase extends TestDatabase {
  /**
   * Breaks every connection, and refuses new ones, once so many more messages have gone to the database: the last one gets there, and no
   * answer comes back. What is sent as one piece counts as one.
   */
  breakAfter(messages: number): BrokenLine;
}

/** A line that breaks, or has broken. */
export interface BrokenLine {
  /** Whether it came to that. To be asked before it is mended. */
  isBroken(): boolean;
  /** From now on connections stand again. */
  mend(): void;
}

/**
 * One database as its users see it. Reads with plain SQL on a connection of its own, never through the
 * sink, and sees only what is committed: each time all of one moment.
 */
export interface TestDatabase extends AsyncDisposable {
  /** What `adapter.open` gets: a config that has been checked. */
  readonly config: unknown;
  readonly context: SinkContext;
  /** Every table and view that a user can see, to prove that nothing is left behind. */
  tables(): Promise<readonly string[]>;
  /**
   * Every row of a table, ordered by `_file_key`, then `_row`; keys are the column names as the database
   * has them, in its order. Values are in the contract's forms: `_row` a bigint; decimals in any spelling;
   * timestamps and dates as the contract writes them.
   */
  read(table: string): Promise<readonly Record<string, Value>[]>;
  /** What the database's own JSON function finds as text under a key of a json column, row by row in the same order. */
  jsonText(table: string, column: string, key: string): Promise<readonly (string | null)[]>;
  /** Does to a table, with one statement of plain SQL, what the sink must find out by itself. */
  damage(table: string, damage: Damage): Promise<void>;
}

/** What may happen to a table behind the sink's back. A row is named by its `_file_key` and its `_row`. */
export type Damage =
  /** `DELETE FROM table WHERE …` */
  | { readonly how: 'delete'; readonly id: string; readonly row: number }
  /** `INSERT INTO table SELECT … FROM table WHERE …`: all its cells once more, with another `_row`. */
  | { readonly how: 'copy'; readonly id: string; readonly row: number; readonly as: number }
  /**
   * `UPDATE table SET column = value WHERE …`. The value is in the contract's form, as text, and becomes what the column is. The
   * column may be `_file_key`.
   */
  | {
      readonly how: 'edit';
      readonly id: string;
      readonly row: number;
      readonly column: string;
      readonly value: string | null;
    }
  /** `DROP TABLE table` */
  | { readonly how: 'drop' };

/** One obligation, tried. */
export interface SinkCase {
  /** The obligation in words; unique within the suite. */
  readonly name: string;
  /** Resolves when the obligation is kept, rejects with what was seen otherwise. */
  run(): Promise<void>;
}
