import type { Sink } from '@tdp-sync/sink';
import type { Clock } from '../clock.ts';
import type { Redact } from '../errors.ts';
import type { SinkRetryPolicy } from '../position/retrying.ts';
import type { FailureBudget } from '../source/failures.ts';
import type { PageSizes } from '../source/pages.ts';
import type { HistogramSource, QueryClause, Source } from '../source/source.ts';
import type { SchemaPolicy } from '../tables/resolve.ts';
import type { Transform } from '../transform/transform.ts';
import type { SyncEvent } from './events.ts';

/** Which files have content that becomes rows: IDS files, all, or none. Every file gets its row in the files table. */
export type ContentPolicy = 'ids' | 'all' | 'none';

/**
 * What becomes of a file that was deleted in TDP: `mark` sets its row in the files table to `deleted` and
 * keeps its data, `remove` takes its data away too, `ignore` leaves all as it is.
 */
export type DeletePolicy = 'mark' | 'remove' | 'ignore';

/** How much goes into one batch, and into one commit of it. */
export interface BatchLimits {
  /**
   * Documents that may be lost in a crash, since they are on their way into the database. One half of them is
   * committed while the other is gathered. Default 4,096.
   */
  readonly documents: number;
  /** Content in bytes. Default 32 MiB. */
  readonly bytes: number;
  /** Rows in the data tables: short documents may become many. Default 100,000. */
  readonly rows: number;
  /**
   * Columns of all tables that one commit writes to, since a database has to hold something for each of them, however few
   * the rows. A batch that has more needs several commits, and the position moves with the last. Only a file that has more by
   * itself goes beyond. Default 3,000.
   */
  readonly columns: number;
  /**
   * Age in milliseconds, so that a slow source does not lose much, nor a long way through known files. Files that are there
   * are not held up by one that takes longer than half of it. Default 20,000.
   */
  readonly ageMs: number;
}

/** The default {@link BatchLimits}. */
export const defaultBatchLimits: BatchLimits = {
  documents: 4096,
  bytes: 32 * 1024 * 1024,
  rows: 100_000,
  columns: 3_000,
  ageMs: 20_000,
};

/** One sync, and what it works with. */
export interface SyncOptions {
  /** Name of the sync and of its data table; `<name>_files` is its files table. */
  readonly name: string;
  /** What reports, events and traces call the sync. Default: its name. */
  readonly label?: string;
  readonly source: Source;
  /** Names the source, so that a sync that is pointed at another one starts from the beginning. */
  readonly sourceId: string;
  readonly sink: Sink;
  /** Clauses of TDP's query language that a file must match, every one. Default none: all files. */
  readonly filter?: readonly QueryClause[];
  /** Only files indexed since then, in milliseconds since 1970. Default: from the oldest. */
  readonly sinceMs?: number | undefined;
  /** Windows end at least this long ago. Default 60,000: a file is searchable some seconds after its stamp. */
  readonly settleMs?: number;
  /** TDP's clock and this machine's may differ by so much. Default 300,000; beyond, TDP's own stamps decide, and else the earlier one counts. */
  readonly clockToleranceMs?: number;
  /** Windows begin this long before the watermark. Default 3,600,000: files were seen to become searchable 15 minutes late. */
  readonly lookbackMs?: number;
  /**
   * A run that finds nothing new stores nothing, as long as the stored position is no older than this: a database that is paid by the time
   * that it is awake can sleep. The next run then looks at a window that is longer by as much. 0 stores the position of every run. Default 3,600,000.
   */
  readonly idleMs?: number;
  /** Longest window. Default 30 days. */
  readonly maxWindowMs?: number;
  /** Which files' content is retrieved. Default `ids`. */
  readonly content?: ContentPolicy;
  /** What becomes of files that were deleted in TDP. Default `mark`. */
  readonly deletes?: DeletePolicy;
  /** Default: the whole document as JSON. */
  readonly transform?: Transform;
  /** What becomes of data that the tables have no place for. Default `evolve`. */
  readonly schema?: SchemaPolicy;
  /** Keeps a line of each change of a file, in `<name>_history`. Default `false`. */
  readonly history?: boolean;
  /** Names of tables that this sync must not give to its own. */
  readonly reservedTables?: readonly string[];
  readonly batch?: Partial<BatchLimits>;
  readonly pageSizes?: PageSizes;
  readonly failureBudget?: Partial<FailureBudget>;
  /** Most files retrieved at once; asked before each one. Default 16. */
  readonly concurrency?: () => number;
  /** How patiently the database is asked again when it fails in passing. */
  readonly sinkRetry?: Partial<SinkRetryPolicy>;
  /**
   * For `sync`: a backlog that has at least twice as many files as this is cut into slices of about so many, and slices are left to whoever brings them in
   * (`syncSlices`). Default: nothing is cut, and slices that nobody seems to be at work on are brought in.
   */
  readonly slices?: { readonly source: HistogramSource; readonly files: number };
  /** Names the run, in the position, in traces and in the history. No two may have the same but one after the other. Default: a new name. */
  readonly run?: string;
  /** A number in [0, 1), for the jitter of waits. Default: by chance. */
  readonly random?: () => number;
  readonly clock?: Clock;
  /** Takes secrets out of what is stored, told or traced of errors. Default: takes out nothing. */
  readonly redact?: Redact;
  /** Asks the run to commit what it has in hand and end. */
  readonly signal?: AbortSignal;
  /** Files that have not come so long after that are given up, and left to the next run. Default 15,000. */
  readonly drainMs?: number;
  /** Content that may be under way or wait for its turn, in bytes, besides that of one file. Default 64 MiB. */
  readonly aheadBytes?: number;
  readonly emit?: (event: SyncEvent) => void;
}
