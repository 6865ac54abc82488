import { parseTimeMs } from '../timestamp.ts';
import { beginHistory } from './begin-history.ts';
import type { RunReport, SyncEvent } from './events.ts';
import { type Listing, list } from './listing.ts';
import { goneBack, LOOK_FILES } from './look.ts';
import type { SyncOptions } from './options.ts';
import { rebuildRows, syncByIds } from './rebuild.ts';
import { reportOf } from './report.ts';
import { isStop, isStopped, type Run } from './run.ts';
import { type Settlement, settleAbsent } from './settle-absent.ts';
import { undisturbedRun } from './undisturbed.ts';
import { settleUnredacted } from './unredacted.ts';

/** A sync, and how much of it may vanish at once. */
export interface SweepOptions extends SyncOptions {
  /**
   * Largest share of the files in the sink that may be newly absent in one sweep. Default 0.1; ten files
   * may always be. More is taken for a change of access rights, and nothing is marked. Files that TDP shows, but not for
   * the filter, do not count.
   */
  readonly maxVanishedShare?: number;
}

/** What a sweep did, besides what a run does. */
export interface SweepReport extends RunReport, Settlement {
  /** Of the files loaded, those indexed before the watermark: no window has shown them. The others are just newer. */
  readonly missed: number;
  /** Files of which TDP shows an earlier version again, which has taken the place of the later one. */
  readonly wentBack: number;
}

/**
 * Compares TDP's full listing of the sync's files with the ledger. Versions that were missed and
 * attributes that changed without a stamp are brought in as in a run. A file that TDP does not show
 * any more is noted as missing; when the next sweep does not find it either, and TDP's own record does
 * not say otherwise, it is deleted by the sync's policy. One that TDP shows, but not for the filter, becomes unmatched
 * by the same policy, at once; what a file has left at another key is taken away. The position stays where it is.
 *
 * @throws SyncError `SWEEP_REFUSED` when more has vanished than may, and whatever `sync` throws. Then
 *   nothing is marked.
 */
export function sweep(options: SweepOptions): Promise<SweepReport> {
  const { filter = [], sinceMs } = options;
  const query = sinceMs === undefined ? { filter } : { filter, indexed: { fromMs: sinceMs } };
  let listed: Run | undefined;
  let missed = 0;
  const emit = (event: SyncEvent): void => {
    if (event.type === 'file-loaded' && isLate(listed, event.indexedAt)) missed += 1;
    options.emit?.(event);
  };
  const listing = async (run: Run): Promise<Listing> => {
    listed = run;
    try {
      return await list(run, sinceMs);
    } finally {
      listed = undefined;
    }
  };
  return undisturbedRun(
    { ...options, emit },
    async (run) => {
      const found = await sweepOnce(run, listing, options.maxVanishedShare);
      return { ...(await reportOf(run, isStopped(run))), ...found, missed };
    },
    { query },
  );
}

async function sweepOnce(
  run: Run,
  listing: (run: Run) => Promise<Listing>,
  maxVanishedShare: number | undefined,
): Promise<Settlement & Pick<SweepReport, 'wentBack'>> {
  let settlement: Settlement = { missing: 0, vanished: 0, hidden: 0, moved: 0, unmatched: 0 };
  let wentBack = 0;
  try {
    await run.trace.during(async () => {
      await beginHistory(run);
      await rebuildRows(run);
      const listed = await listing(run);
      if (isStopped(run)) return;
      wentBack = await goBack(run, listed.earlier);
      if (isStopped(run)) return;
      settlement = await settleAbsent(run, listed, maxVanishedShare);
      await settleUnredacted(run);
    });
  } catch (error) {
    if (!isStop(run, error)) throw error;
  }
  return { ...settlement, wentBack };
}

/** Whether windows should have shown it. */
function isLate(run: Run | undefined, indexedAt: string | undefined): boolean {
  const { watermarkMs = 0 } = run?.position.state ?? {};
  return indexedAt !== undefined && (parseTimeMs(indexedAt) ?? watermarkMs) < watermarkMs;
}

/** Brings in the earlier versions that TDP shows in place of those held, and gives their number. */
async function goBack(run: Run, earlier: Listing['earlier']): Promise<number> {
  const all = [...earlier];
  let count = 0;
  for (let start = 0; start < all.length && !isStopped(run); start += LOOK_FILES) {
    const fileIds = await goneBack(run, new Map(all.slice(start, start + LOOK_FILES)));
    await syncByIds(run, fileIds, { goBack: true, retryNow: true });
    count += fileIds.length;
  }
  return count;
}
