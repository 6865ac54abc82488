import { type FileHit, fileKey } from '../file.ts';
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
  /** The fileIds of earlier versions than those held, by file key. */
  readonly earlier: ReadonlyMap<string, string>;
  /** A file that TDP shows. */
  readonly example: FileHit | undefined;
}

/**
 * All files that TDP shows, proven complete by its own count. They are listed up to a moment that has settled, as
 * windows are, so that files which keep coming cannot hold it up: what is indexed anew meanwhile is for the next run.
 */
export async function list(run: Run, sinceMs: number | undefined): Promise<Listing> {
  const keys = new Set<string>();
  const earlier = new Map<string, string>();
  let example: FileHit | undefined;
  const onHits = (hits: readonly FileHit[]): void => {
    for (const hit of hits.filter(isCurrent)) {
      keys.add(compact(fileKey(hit)));
      example ??= hit;
    }
  };
  const onEarlier = (hit: FileHit): unknown => earlier.set(fileKey(hit), hit.fileId);
  for (const query of settledQueries(run, sinceMs)) {
    await untilProven(run, query, {
      read: (pass) => syncPages(run, { query, pass, onHits, onEarlier }),
      isSafe: 'Nothing was marked as deleted; the next sweep tries again.',
    });
  }
  return { keys, earlier, example };
}

function settledQueries(run: Run, sinceMs: number | undefined): readonly FileQuery[] {
  const { filter } = run;
  const toMs = run.windows.nowMs - run.windows.settleMs;
  if (sinceMs !== undefined) return [{ filter, indexed: { fromMs: sinceMs, toMs } }];
  return [{ filter, indexed: { toMs } }, { filter: [...filter, notStamped] }];
}

/** Sixteen characters of one byte in place of 32: the listing of a million files has to fit into memory. */
export function compact(key: string): string {
  return Buffer.from(key, 'hex').toString('latin1');
}
