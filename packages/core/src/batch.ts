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
}

/** The default {@link BatchLimits}. */
export const defaultBatchLimits: BatchLimits = {
  documents: 8192,
  bytes: 32 * 1024 * 1024,
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

/** Gathers steps into batches. */
export async function* batches(
  steps: AsyncIterable<Step>,
  limits: BatchLimits,
  clock: Clock,
): AsyncGenerator<Batch, void, undefined> {
  let gathered: Step[] = [];
  let bytes = 0;
  let sinceMs = clock.now();
  let after: string | undefined;
  for await (const step of steps) {
    after = step.after;
    if (step.draft !== undefined) gathered.push(step);
    bytes += step.bytes;
    const isFull = gathered.length >= limits.documents || bytes >= limits.bytes;
    if (!isFull && clock.now() - sinceMs < limits.ageMs) continue;
    yield { steps: gathered, after, gatheredMs: clock.now() - sinceMs };
    gathered = [];
    bytes = 0;
    sinceMs = clock.now();
  }
  if (gathered.length > 0) yield { steps: gathered, after, gatheredMs: clock.now() - sinceMs };
}
