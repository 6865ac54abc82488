import { confirmed } from '../position/pull-back.ts';
import type { OpenWindow, SyncState } from '../position/state.ts';
import type { FileQuery } from '../source/source.ts';
import { nextWindow, type Window } from '../source/window.ts';
import { momentText } from '../timestamp.ts';
import { commitDocuments } from './commit.ts';
import { untilProven } from './page.ts';
import { type Run, within } from './run.ts';
import { syncPages } from './steps.ts';

/** The window that is open, else the next closed one; `undefined` when the run has caught up. */
export function poll(run: Run): OpenWindow | undefined {
  const { open, watermarkMs, slices } = run.position.state;
  if (open !== undefined) return open;
  // Behind the slices it goes on meanwhile.
  const next = nextWindow({ ...run.windows, watermarkMs: slices?.tailMs ?? watermarkMs });
  return next === undefined ? undefined : { ...next, after: undefined };
}

/** Reads a window until it is proven complete, and closes it. */
export function syncWindow(run: Run, window: OpenWindow): Promise<void> {
  const { fromMs, toMs } = window;
  return run.trace.within(
    'window',
    () => ({ 'tdp_sync.from': iso(fromMs), 'tdp_sync.to': iso(toMs) }),
    (trace) => readAndClose(within(trace, run), window),
  );
}

/**
 * What a window holds may have been read in part by an earlier run. Its reading goes on behind that, which proves
 * nothing about the files before, so it is read once more from its start; what the sink holds by then costs
 * no retrieval.
 */
async function readAndClose(run: Run, window: OpenWindow): Promise<void> {
  const query: FileQuery = { filter: run.filter, indexed: window };
  const { startMs } = run.windows;
  const advance = (after: string | undefined): Partial<SyncState> => ({
    open: { fromMs: window.fromMs, toMs: window.toMs, after },
    startMs,
    ...(run.isSlice ? touched(run) : {}),
  });
  const files = await untilProven(run, query, {
    read: async (pass) => {
      const after = pass === 1 ? window.after : undefined;
      run.emit({ type: 'window-opened', sync: run.label, window, pass, after });
      const seen = await syncPages(run, { query, after, advance, pass });
      return after === undefined ? seen : undefined;
    },
    onHole: (pass, seen) => run.emit({ type: 'window-hole', sync: run.label, window, pass, seen }),
    isSafe:
      `That was between ${momentText(window.fromMs)} and ${momentText(window.toMs)}. ` +
      'The window stays open and the next run reads it again; what was read is in the database.',
  });
  if (files !== undefined) await closeWindow(run, window, files);
}

async function closeWindow(run: Run, window: Window, files: number): Promise<void> {
  const { clocks, windows } = run;
  const { nowMs: provenMs, dateMs, localMs } = clocks;
  const confirmedMs = confirmed(run.position.state, window, windows.settleMs, clocks);
  const change: Partial<SyncState> = {
    open: undefined,
    ...reached(run.position.state, window.toMs),
    startMs: windows.startMs,
    clocks: { provenMs, dateMs, localMs, confirmedMs },
  };
  const catalog = await run.catalog.save();
  // A run that has written something tells how far it has come: nobody sleeps any more.
  const isStored = run.tally.commits > 0 || !run.position.idle(change, run.idleMs);
  if (isStored) {
    await commitDocuments(run, [], catalog, change);
    run.tally.committed([]);
  }
  const isBehind = run.position.state.slices !== undefined;
  run.emit({ type: 'window-closed', sync: run.label, window, files, isStored, isBehind });
}

function reached({ slices }: SyncState, toMs: number): Partial<SyncState> {
  return slices === undefined ? { watermarkMs: toMs } : { slices: { ...slices, tailMs: toMs } };
}

/** When somebody was last at work on a slice: by it others know whether it is left. */
export function touched(run: Run): Pick<SyncState, 'clocks'> {
  const { dateMs, localMs } = run.clocks;
  return { clocks: { provenMs: run.nowMs(), dateMs, localMs, confirmedMs: undefined } };
}

function iso(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
