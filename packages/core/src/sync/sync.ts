import { SyncError } from '../errors.ts';
import { parseOrder } from '../position/order.ts';
import type { OpenWindow, SyncState } from '../position/state.ts';
import type { FileQuery } from '../source/source.ts';
import { nextWindow, type Window } from '../source/window.ts';
import { commitDocuments } from './commit.ts';
import type { RunReport } from './events.ts';
import { isStop, isStopped, syncPages } from './read.ts';
import { rebuildRows, syncByIds } from './rebuild.ts';
import { reportOf } from './report.ts';
import { type Run, type SyncOptions, startRun, within } from './run.ts';

/** Times that a window is read while TDP counts more than it shows. */
const MAX_PASSES = 10;

/**
 * Brings the sink up to date with TDP once: polls for closed windows, and for each one pages through
 * its hits, retrieves what the sink does not hold, transforms, stages and commits it.
 *
 * When it resolves with `complete`, every file indexed before the watermark is in the sink, as data or
 * as a row that says why not. Whatever ends it earlier, what was committed is whole, and the next run
 * continues there.
 *
 * @throws SyncError for what concerns the source as a whole, SinkError for what concerns the sink, the
 *   signal's reason when it is aborted before the first window or retry.
 */
export async function sync(options: SyncOptions): Promise<RunReport> {
  const run = await startRun(options);
  await untilStopped(run, async () => {
    await rebuildRows(run);
    await retryFailed(run, false);
    for (let window = poll(run); window !== undefined && !isStopped(run); window = poll(run)) {
      const { fromMs, toMs } = window;
      await run.trace.within(
        'window',
        () => ({ 'tdp_sync.from': iso(fromMs), 'tdp_sync.to': iso(toMs) }),
        (trace) => syncWindow(within(trace, run), window),
      );
    }
  });
  return reportOf(run, isStopped(run) && poll(run) !== undefined);
}

/**
 * Makes the rows of every file anew whose rows follow an older mapping; with `all`, of every file. Documents that
 * the database keeps are not retrieved again. The position stays where it is.
 *
 * @throws as {@link sync}.
 */
export async function rebuild(options: SyncOptions, all = false): Promise<RunReport> {
  const run = await startRun(options);
  if (all) run.position.remap();
  await untilStopped(run, () => rebuildRows(run));
  return reportOf(run, isStopped(run));
}

/**
 * Tries every failed file now, due or not. The position stays where it is.
 *
 * @throws as {@link sync}.
 */
export async function retry(options: SyncOptions): Promise<RunReport> {
  const run = await startRun(options);
  await untilStopped(run, () => retryFailed(run, true));
  return reportOf(run, isStopped(run));
}

/**
 * Brings the files with these fileIds up to date, failed ones included, as {@link sync} does when it
 * meets them. fileIds that TDP does not show are passed over. The position stays where it is.
 *
 * @throws as {@link sync}.
 */
export async function syncFiles(
  options: SyncOptions,
  fileIds: readonly string[],
): Promise<RunReport> {
  const run = await startRun(options);
  await untilStopped(run, () => syncByIds(run, fileIds, { retryNow: true }));
  return reportOf(run, isStopped(run));
}

async function untilStopped(run: Run, work: () => Promise<void>): Promise<void> {
  try {
    await run.trace.during(work);
  } catch (error) {
    if (!isStop(run, error)) throw error;
  }
}

/** The window that is open, else the next closed one. */
function poll(run: Run): OpenWindow | undefined {
  const { open } = run.position.state;
  if (open !== undefined) return open;
  const next = nextWindow(run.windowRule());
  return next === undefined ? undefined : { ...next, after: undefined };
}

/**
 * Reads a window until it is proven complete: a pass from its very start to an empty page must have
 * shown as many hits as TDP counts afterwards. A pass that was resumed proves nothing about the files
 * before it, and files may become searchable behind it, so it is followed by another one; what the
 * sink holds by then costs no retrieval.
 */
async function syncWindow(run: Run, window: OpenWindow): Promise<void> {
  const query: FileQuery = { filter: run.filter, indexed: window };
  let { after } = window;
  for (let pass = 1; pass <= MAX_PASSES; pass += 1) {
    run.emit({ type: 'window-opened', sync: run.name, window, pass, after });
    const advance = (reached: string | undefined): Partial<SyncState> =>
      openAt(run, window, reached);
    const seen = await syncPages(run, { query, after, advance, pass });
    if (isStopped(run)) return;
    const fromStart = after === undefined;
    if (fromStart && (await run.source.survey(query, run.signal)).count <= seen) {
      await closeWindow(run, window, seen);
      return;
    }
    if (fromStart) run.emit({ type: 'window-hole', sync: run.name, window, pass, seen });
    after = undefined;
  }
  throw new SyncError(
    'WINDOW_NOT_PROVEN',
    `TDP counts more files than its pages show between ${iso(window.fromMs)} and ${iso(window.toMs)}, after ${MAX_PASSES} readings. ` +
      'The window stays open and the next run reads it again; what was read is in the database.',
    { retryable: true },
  );
}

function openAt(run: Run, window: Window, after: string | undefined): Partial<SyncState> {
  const { fromMs, toMs } = window;
  return { open: { fromMs, toMs, after }, startMs: run.windowRule().startMs };
}

async function closeWindow(run: Run, window: Window, files: number): Promise<void> {
  await commitDocuments(run, [], await run.catalog.save(), {
    open: undefined,
    watermarkMs: window.toMs,
    startMs: run.windowRule().startMs,
  });
  run.tally.committed([]);
  run.emit({ type: 'window-closed', sync: run.name, window, files });
}

/** Tries the failed files that are due. The position stays where it is. */
async function retryFailed(run: Run, evenIfNotDue: boolean): Promise<void> {
  const due: string[] = [];
  for await (const stored of run.sink.documents(run.name, { status: 'failed' })) {
    const order = parseOrder(stored.order);
    if (order === undefined) continue;
    const { stage, fileId } = order;
    // One that a sweep has missed may be back, and no window would show it.
    const isDue = stage.is !== 'failed' || stage.retryAtMs <= run.nowMs();
    if (evenIfNotDue || isDue) due.push(fileId);
  }
  await syncByIds(run, due, { isRetry: true, retryNow: evenIfNotDue });
}

function iso(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
