import type { FileHit } from '../file.ts';
import type { SyncState } from '../position/state.ts';
import type { FileQuery } from '../source/source.ts';
import { batch } from './batch.ts';
import { commit } from './commit.ts';
import { draft } from './draft.ts';
import { page } from './page.ts';
import { type Planning, plan } from './plan.ts';
import { type Planned, retrieve } from './retrieve.ts';
import type { Run } from './run.ts';
import { Uncommitted } from './uncommitted.ts';

/** How files are brought into the sink. */
export interface Way {
  /** How each commit moves the position, given the last fileId dealt with. Default: not at all. */
  readonly advance?: (after: string | undefined) => Partial<SyncState>;
  /** Files that had failed before: their failures say nothing new of the source. Default `false`. */
  readonly isRetry?: boolean;
}

/** One way through the hits of a query. */
export interface Reading extends Way, Planning {
  readonly query: FileQuery;
  /** Where to begin: behind this fileId. Default: at the first one. */
  readonly after?: string | undefined;
  /** Which reading of the same query it is, from 1. */
  readonly pass?: number;
  /** Told of every page. */
  readonly onHits?: (hits: readonly FileHit[]) => void;
}

/** Pages through a query, brings what is new into the sink, and returns the number of hits seen. */
export async function syncPages(run: Run, reading: Reading): Promise<number> {
  const { query, after, pass = 1, onHits } = reading;
  let seen = 0;
  const counted = async function* (signal: AbortSignal): AsyncGenerator<readonly FileHit[]> {
    for await (const hits of page(run, query, after, pass, signal)) {
      seen += hits.length;
      onHits?.(hits);
      yield hits;
    }
  };
  await syncPlanned(run, (signal) => plan(run, counted(signal), reading), reading, after);
  return seen;
}

/**
 * Brings what is planned into the sink. Each step works ahead of the next one as far as memory allows:
 * files are retrieved and transformed many at once, and gathered into a batch while the one before is staged and committed.
 */
export async function syncPlanned(
  run: Run,
  planned: Planned,
  { advance = () => ({}), isRetry = false }: Way,
  after?: string,
): Promise<void> {
  const uncommitted = new Uncommitted(run.batch.documents);
  const extracted = retrieve(run, planned, uncommitted, isRetry);
  const drafts = draft(run, extracted, uncommitted);
  // As long as no file is complete, the place is where the reading began.
  await commit(run, batch(run, drafts), uncommitted, (reached = after) => advance(reached));
}
