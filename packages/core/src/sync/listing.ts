import { type FileHit, fileKey } from '../file.ts';
import { isEarlier, type Stamp, stampOf } from '../position/order.ts';
import { notStamped } from '../source/query.ts';
import type { FileQuery } from '../source/source.ts';
import { isCurrent } from './look.ts';
import { untilProven } from './page.ts';
import type { Run } from './run.ts';
import { syncPages } from './steps.ts';

/** What TDP shows. */
export interface Listing {
  /** Keys of the files, in short. */
  readonly keys: ReadonlySet<string>;
  /** Versions that are earlier than those held, by file key; of several, the latest. */
  readonly earlier: ReadonlyMap<string, Stamp>;
  /** fileIds of a few files that TDP shows. */
  readonly examples: readonly string[];
}

const EXAMPLES = 5;
/** Nearly all of what is listed is held, so nothing waits for what is gathered. */
const AT_ONCE = 16_000;

/**
 * All files that TDP shows, proven complete by its own count. They are listed up to a moment that has settled, as
 * windows are, so that files which keep coming cannot hold it up: what is indexed anew meanwhile is for the next run. Files
 * stamped in the future do not keep coming, and no run would see them for long.
 */
export async function list(run: Run, sinceMs: number | undefined): Promise<Listing> {
  const keys = new Set<string>();
  const earlier = new Map<string, Stamp>();
  const examples: string[] = [];
  const onHits = (hits: readonly FileHit[]): void => {
    for (const hit of hits.filter(isCurrent)) {
      keys.add(compact(fileKey(hit)));
      if (examples.length < EXAMPLES) examples.push(hit.fileId);
    }
  };
  const onEarlier = (hit: FileHit): void => {
    const [key, stamp] = [fileKey(hit), stampOf(hit)];
    const other = earlier.get(key);
    if (other === undefined || isEarlier(other, stamp)) earlier.set(key, stamp);
  };
  for (const query of settledQueries(run, sinceMs)) {
    await untilProven(run, query, {
      read: (pass) => syncPages(run, { query, pass, onHits, onEarlier, atOnce: AT_ONCE }),
      isSafe: 'Nothing was marked as deleted; the next sweep tries again.',
    });
  }
  return { keys, earlier, examples };
}

function settledQueries(run: Run, sinceMs: number | undefined): readonly FileQuery[] {
  const { filter, windows, clocks } = run;
  const settledMs = windows.nowMs - windows.settleMs;
  // Where clocks are in doubt, what TDP has shown is listed all the same.
  const toMs = clocks.isBarred ? Math.max(settledMs, (clocks.newestMs ?? 0) + 1) : settledMs;
  const { future } = clocks;
  const queries: FileQuery[] =
    future === undefined ? [] : [{ filter, indexed: { fromMs: future.fromMs } }];
  if (sinceMs === undefined) queries.push({ filter: [...filter, notStamped] });
  const fromMs = sinceMs === undefined ? {} : { fromMs: sinceMs };
  return [{ filter, indexed: { ...fromMs, toMs } }, ...queries];
}

/** Sixteen characters of one byte in place of 32: the listing of a million files has to fit into memory. */
export function compact(key: string): string {
  return Buffer.from(key, 'hex').toString('latin1');
}
