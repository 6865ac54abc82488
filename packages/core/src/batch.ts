import type { Document } from '@tdp-sync/sink';
import type { Clock } from './clock.ts';
import type { SyncError } from './errors.ts';

/** How much goes into one commit. A batch is closed as soon as one of them is reached. */
export interface BatchLimits {
  /** Default 4,096 documents. */
  readonly documents: number;
  /** Content in bytes. Default 32 MiB. */
  readonly bytes: number;
  /** Age in milliseconds, so that a slow source does not lose much, nor a long way through known files. Default 20,000. */
  readonly ageMs: number;
}

/** The default {@link BatchLimits}. */
export const defaultBatchLimits: BatchLimits = {
  documents: 4096,
  bytes: 32 * 1024 * 1024,
  ageMs: 20_000,
};

/** One step through the files of a query, in order of fileId. */
export interface Step {
  /** Every file up to this fileId has been dealt with. */
  readonly after: string;
  readonly document: Document | undefined;
  /**
   * For a document that keeps the rows of its file and says which version they are of: the same one for
   * another version. An older version may have been committed since the document was made.
   */
  readonly asOf?: (loadedFileId: string | undefined) => Document;
  readonly outcome: 'known' | 'loaded' | 'refreshed' | 'deleted' | 'failed';
  /** Size of its content. */
  readonly bytes: number;
  /** How its retrieval went; absent when none was needed. */
  readonly retrieval?: 'succeeded' | SyncError;
  /** It failed as it had before. */
  readonly again?: boolean;
}

/** What goes into one commit, and how far it brings the sync. */
export interface Batch {
  /** Only steps that have a document; none, when it is closed for its age. */
  readonly steps: readonly Step[];
  readonly after: string | undefined;
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
    if (step.document !== undefined) gathered.push(step);
    bytes += step.bytes;
    const isFull = gathered.length >= limits.documents || bytes >= limits.bytes;
    if (!isFull && clock.now() - sinceMs < limits.ageMs) continue;
    yield { steps: gathered, after };
    gathered = [];
    bytes = 0;
    sinceMs = clock.now();
  }
  if (gathered.length > 0) yield { steps: gathered, after };
}
