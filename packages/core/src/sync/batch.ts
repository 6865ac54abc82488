import type { Document } from '@tdp-sync/sink';
import type { Clock } from '../clock.ts';
import type { SyncError } from '../errors.ts';
import type { Order } from '../position/order.ts';
import type { CatalogSnapshot } from '../tables/catalog.ts';

/** How much goes into one commit. */
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
   * Columns of all tables that it writes to, since a database has to hold something for each of them, however few
   * the rows. Only a file that has more by itself goes beyond. Default 3,000.
   */
  readonly columns: number;
  /** Age in milliseconds, so that a slow source does not lose much, nor a long way through known files. Default 20,000. */
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

/** One step through the files of a query, in order of fileId. */
export interface Step {
  /** Every file up to this fileId has been dealt with. */
  readonly after: string;
  readonly draft: Draft | undefined;
  readonly outcome: 'known' | 'loaded' | 'refreshed' | 'deleted' | 'failed';
  /** Size of its content. */
  readonly bytes: number;
  /** Rows that its content has become. Default 0. */
  readonly rows?: number;
  /** How its retrieval went; absent when none was needed. */
  readonly retrieval?: 'succeeded' | SyncError;
  /** It failed as it had before. */
  readonly again?: boolean;
}

/** Which rows of a file are in the data tables. */
export type HeldRows = Pick<Order, 'layout' | 'loadedFileId'>;

/** A document but for what only its commit knows. */
export interface Draft {
  readonly id: string;
  /** In the tables of these layouts its rows are replaced. */
  readonly layouts: readonly number[];
  /** Whether it depends on the rows that the file has: an older version may have been committed since it was made. */
  readonly needsHeld: boolean;
  /** The document, for the tables as they are by now and, where it needs them, the rows that the file has by now. */
  readonly document: (catalog: CatalogSnapshot, held: HeldRows | undefined) => Document;
}

/** What goes into one commit, and how far it brings the sync. */
export interface Batch {
  /** Only steps that have a draft; none, when it is closed for its age. */
  readonly steps: readonly Step[];
  readonly after: string | undefined;
  /** How long it took until it was full. */
  readonly gatheredMs: number;
}

/** What the files of a batch have become. */
export interface BatchCounts {
  readonly loaded: number;
  readonly refreshed: number;
  readonly deleted: number;
  readonly failed: number;
  /** Their content. */
  readonly bytes: number;
}

/** Counts what the files of a batch have become. */
export function countSteps(steps: readonly Step[]): BatchCounts & { readonly known: number } {
  const counts = { known: 0, loaded: 0, refreshed: 0, deleted: 0, failed: 0, bytes: 0 };
  for (const { outcome, bytes } of steps) {
    counts[outcome] += 1;
    counts.bytes += bytes;
  }
  return counts;
}

/** The limits of a batch, and how many tables the database takes in one load. */
export type BatchBounds = BatchLimits & { readonly tables: number };

/** A table that a batch writes to. */
export type WrittenTable = readonly [name: string, columns: number];

/** Gathers steps into batches. `tablesOf`: the tables of a layout. */
export async function* batches(
  steps: AsyncIterable<Step>,
  limits: BatchBounds,
  clock: Clock,
  tablesOf: (layout: number) => Iterable<WrittenTable>,
): AsyncGenerator<Batch, void, undefined> {
  let gathered = new Gathering(clock.now());
  for await (const step of steps) {
    const tables = (step.draft?.layouts ?? []).flatMap((layout) => [...tablesOf(layout)]);
    if (gathered.steps.length > 0 && gathered.wouldExceed(limits, tables)) {
      yield gathered.batch(clock.now());
      gathered = new Gathering(clock.now());
    }
    gathered.add(step, tables);
    if (!gathered.isFull(limits, clock.now())) continue;
    yield gathered.batch(clock.now());
    gathered = new Gathering(clock.now());
  }
  if (gathered.steps.length > 0) yield gathered.batch(clock.now());
}

/** A batch while it is being gathered. */
class Gathering {
  readonly steps: Step[] = [];
  /** Columns by table. */
  readonly #tables = new Map<string, number>();
  readonly #sinceMs: number;
  #columns = 0;
  #bytes = 0;
  #rows = 0;
  #after: string | undefined;

  constructor(sinceMs: number) {
    this.#sinceMs = sinceMs;
  }

  /** Whether it would write to too much with these tables. */
  wouldExceed({ tables, columns }: BatchBounds, given: readonly WrittenTable[]): boolean {
    const added = new Map(given.filter(([name]) => !this.#tables.has(name)));
    if (added.size === 0) return false;
    const more = [...added.values()].reduce((sum, width) => sum + width, 0);
    return this.#tables.size + added.size > tables || this.#columns + more > columns;
  }

  add(step: Step, tables: readonly WrittenTable[]): void {
    this.#after = step.after;
    this.#bytes += step.bytes;
    this.#rows += step.rows ?? 0;
    if (step.draft !== undefined) this.steps.push(step);
    for (const [name, columns] of tables) {
      this.#columns += columns - (this.#tables.get(name) ?? 0);
      this.#tables.set(name, columns);
    }
  }

  isFull({ documents, bytes, rows, ageMs }: BatchLimits, nowMs: number): boolean {
    const isLarge = this.steps.length >= documents || this.#bytes >= bytes || this.#rows >= rows;
    return isLarge || nowMs - this.#sinceMs >= ageMs;
  }

  batch(nowMs: number): Batch {
    return { steps: this.steps, after: this.#after, gatheredMs: nowMs - this.#sinceMs };
  }
}
