import { SyncError } from '../errors.ts';
import type { FileHit } from '../file.ts';
import { type PageSizes, pages } from '../source/pages.ts';
import type { FileQuery } from '../source/source.ts';
import { oneAhead } from './one-ahead.ts';
import { isStopped, type Run } from './run.ts';

/** Times that a query is read while TDP counts more than it shows. */
const MAX_PASSES = 10;

/** The hits of a query behind `after`, page by page, the next one asked for while one is worked on. `pass` counts its readings. */
export function page(
  run: Run,
  query: FileQuery,
  after: string | undefined,
  pass: number,
  signal: AbortSignal,
): AsyncIterable<readonly FileHit[]> {
  return oneAhead(pages(run.source, query, after, sizesOfPass(run.pageSizes, pass), signal));
}

/**
 * Slightly other sizes for each reading: of two hits with one fileId, which some search clusters may hold
 * for a while, a page that ends between them hides the second.
 */
export function sizesOfPass(sizes: PageSizes, pass: number): PageSizes {
  return { ...sizes, max: Math.max((sizes.max ?? 1000) + 1 - pass, 1) };
}

/** How a query is read until its reading is proven. */
export interface Proof {
  /** Reads it once and gives the number of hits seen; `undefined` for a reading that did not begin at the start. */
  readonly read: (pass: number) => Promise<number | undefined>;
  /** Told of a reading that has shown less than TDP counts. */
  readonly onHole?: (pass: number, seen: number) => void;
  /** What the user is told of what was done until then, when no reading shows all. */
  readonly isSafe: string;
}

/**
 * Reads a query until it is proven complete: a reading from its very start to an empty page must have shown as
 * many hits as TDP counts afterwards. Files may become searchable behind a reading, and go on doing so as long as one
 * likes; so of a further reading it is enough that it has shown as many as TDP counted before it began. What has become
 * searchable meanwhile is late, and that is what `lookback` and sweeps are for. Gives the number of hits; `undefined`
 * when the run was asked to stop before.
 *
 * @throws SyncError `WINDOW_NOT_PROVEN` when TDP goes on counting more than it shows.
 */
export async function untilProven(
  run: Run,
  query: FileQuery,
  { read, onHole, isSafe }: Proof,
): Promise<number | undefined> {
  let countedBefore = Number.POSITIVE_INFINITY;
  for (let pass = 1; pass <= MAX_PASSES; pass += 1) {
    const seen = await read(pass);
    if (isStopped(run)) return undefined;
    if (seen === undefined) continue;
    const { count } = await run.source.survey(query, run.signal);
    if (Math.min(count, countedBefore) <= seen) return seen;
    countedBefore = count;
    onHole?.(pass, seen);
  }
  throw new SyncError(
    'WINDOW_NOT_PROVEN',
    `TDP counts more files than its pages show, after ${MAX_PASSES} readings. ${isSafe}`,
    { retryable: true },
  );
}
