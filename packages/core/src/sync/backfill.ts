import type { Window } from '../source/window.ts';
import { momentText } from '../timestamp.ts';
import { beginHistory } from './begin-history.ts';
import type { RunReport } from './events.ts';
import type { SyncOptions } from './options.ts';
import { untilProven } from './page.ts';
import { reportOf } from './report.ts';
import { isStop, isStopped, type Run } from './run.ts';
import { syncPages } from './steps.ts';
import { undisturbedRun } from './undisturbed.ts';

/** What a backfill did, besides what a run does. */
export interface BackfillReport extends RunReport {
  /** What was looked at: it ends no later than what had settled when it began. */
  readonly window: Window;
  /** Files that TDP shows there, proven complete by its own count; `undefined` when it was interrupted. */
  readonly files: number | undefined;
}

/**
 * Brings the files up to date that were indexed in a stretch of time, failed ones included, and proves that all of them have been looked at.
 * What the database holds is not retrieved. The position stays where it is, so the next run goes on as if nothing had been.
 *
 * @throws as `sync`.
 */
export function backfill(
  options: SyncOptions,
  asked: Pick<Window, 'fromMs'> & Partial<Window>,
): Promise<BackfillReport> {
  const { filter = [] } = options;
  return undisturbedRun(options, (run) => backfillOnce(run, asked), {
    query: { filter, indexed: asked },
  });
}

async function backfillOnce(
  run: Run,
  asked: Pick<Window, 'fromMs'> & Partial<Window>,
): Promise<BackfillReport> {
  const { nowMs, settleMs } = run.windows;
  const settledMs = nowMs - settleMs;
  const toMs = Math.max(Math.min(asked.toMs ?? settledMs, settledMs), asked.fromMs);
  const window = { fromMs: asked.fromMs, toMs };
  let files: number | undefined;
  try {
    await run.trace.during(async () => {
      await beginHistory(run);
      if (!isStopped(run)) files = await readProven(run, window);
    });
  } catch (error) {
    if (!isStop(run, error)) throw error;
  }
  return { ...(await reportOf(run, files === undefined)), window, files };
}

/** The number of files that TDP shows in the stretch; `undefined` when the run was asked to stop before that was proven. */
function readProven(run: Run, window: Window): Promise<number | undefined> {
  const query = { filter: run.filter, indexed: window };
  const sync = run.label;
  return untilProven(run, query, {
    read: (pass) => {
      run.emit({ type: 'window-opened', sync, window, pass, after: undefined });
      // Who asks for a stretch wants its failed files, too, but not once for each reading.
      return syncPages(run, { query, pass, retryNow: pass === 1 });
    },
    onHole: (pass, seen) => run.emit({ type: 'window-hole', sync, window, pass, seen }),
    isSafe:
      `That was between ${momentText(window.fromMs)} and ${momentText(window.toMs)}. ` +
      'What was read is in the database; the same command reads it again and retrieves only what is missing.',
  });
}
