import type { Document } from '@tdp-sync/sink';
import type { CatalogSnapshot } from './catalog.ts';
import type { Clock } from './clock.ts';
import type { SyncError } from './errors.ts';
import type { Order } from './order.ts';

/** How much goes into one commit. A batch is closed as soon as one of them is reached. */
export interface BatchLimits {
  /**
   * Documents that may be lost in a crash, since they are on their way into the database. One half of them is
   * committed while the other is gathered. Default 8,192.
   */
  readonly documents: number;
  /** Content in bytes. Default 32 MiB. */
  readonly bytes: number;
  /** Age in milliseconds, so that a slow source does not lose much, nor a long way through known files. Default 20,000. */
  readonly ageMs: number;
  /** Data tables. Default 90: a transaction of BigQuery changes at most 100. */
  readonly tables: number;
}

/** The default {@link BatchLimits}. */
export const defaultBatchLimits: BatchLimits = {
  documents: 8192,
  bytes: 32 * 1024 * 1024,
  ageMs: 20_000,
  tables: 90,
};

/** One step through the files of a query, in order of fileId. */
export interface Step {
  /** Every file up to this fileId has been dealt with. */
  readonly after: string;
  readonly draft: Draft | undefined;
  readonly outcome: 'known' | 'loaded' | 'refreshed' | 'deleted' | 'failed';
  /** Size of its content. */
  readonly bytes: number;
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

/** Gathers steps into batches. `tablesOf`: the tables of a layout. */
export async function* batches(
  steps: AsyncIterable<Step>,
  limits: BatchLimits,
  clock: Clock,
  tablesOf: (layout: number) => Iterable<string>,
): AsyncGenerator<Batch, void, undefined> {
  let gathered = new Gathering(clock.now());
  for await (const step of steps) {
    const tables = (step.draft?.layouts ?? []).flatMap((layout) => [...tablesOf(layout)]);
    if (gathered.wouldReach(tables) > limits.tables && gathered.steps.length > 0) {
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
  readonly #tables = new Set<string>();
  readonly #sinceMs: number;
  #bytes = 0;
  #after: string | undefined;

  constructor(sinceMs: number) {
    this.#sinceMs = sinceMs;
  }

  /** How many tables it would have with these. */
  wouldReach(tables: readonly string[]): number {
    const isNew = (table: string): boolean => !this.#tables.has(table);
    return this.#tables.size + new Set(tables.filter(isNew)).size;
  }

  add(step: Step, tables: readonly string[]): void {
    this.#after = step.after;
    this.#bytes += step.bytes;
    if (step.draft !== undefined) this.steps.push(step);
    for (const table of tables) this.#tables.add(table);
  }

  isFull(limits: BatchLimits, nowMs: number): boolean {
    const isLarge = this.steps.length >= limits.documents || this.#bytes >= limits.bytes;
    return isLarge || nowMs - this.#sinceMs >= limits.ageMs;
  }

  batch(nowMs: number): Batch {
    return { steps: this.steps, after: this.#after, gatheredMs: nowMs - this.#sinceMs };
  }
}
