import type { StoredDocument } from '@tdp-sync/sink';
import { type Batch, batches, type Step } from './batch.ts';
import { SyncError } from './errors.ts';
import type { RunReport } from './events.ts';
import { type FileHit, fileKey } from './file.ts';
import { inOrder, oneAhead, type Scale } from './in-order.ts';
import { parseOrder } from './order.ts';
import { type PageSizes, pages } from './pages.ts';
import { type Run, type SyncOptions, startRun } from './run.ts';
import type { FileQuery } from './source.ts';
import type { OpenWindow, SyncState } from './state.ts';
import { nextWindow, type Window } from './window.ts';
import { doTask, expectedBytes, planPage, type Task } from './work.ts';

/** Times that a window is read while TDP counts more than it shows. */
const MAX_PASSES = 10;
/** Failed files that are looked up with one search. */
const LOOKUP_IDS = 500;
/** Files that may be under way or wait for a slow one before them: so many times the concurrency. */
const AHEAD = 4;
/** Content that may be under way or wait. */
const AHEAD_BYTES = 64 * 1024 * 1024;

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
  try {
    await retryFailed(run);
    for (let window = poll(run); window !== undefined && !isStopped(run); window = poll(run)) {
      await syncWindow(run, window);
    }
  } catch (error) {
    if (!isStop(run, error)) throw error;
  }
  const outcome = isStopped(run) && poll(run) !== undefined ? 'interrupted' : 'complete';
  return run.tally.report(outcome, run.position.state.watermarkMs, run.clock.now());
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
    const reading = { ...run, pageSizes: sizesOf(run, pass) };
    const seen = await syncPages(reading, query, after, (reached) => openAt(run, window, reached));
    if (isStopped(run)) return;
    const fromStart = after === undefined;
    if (fromStart && (await run.source.survey(query, run.signal)).count <= seen) {
      await closeWindow(run, window, seen);
      return;
    }
    after = undefined;
  }
  throw new SyncError(
    'WINDOW_NOT_PROVEN',
    `TDP counts more files than its pages show between ${iso(window.fromMs)} and ${iso(window.toMs)}, after ${MAX_PASSES} readings. ` +
      'The window stays open and the next run reads it again; what was read is in the database.',
    { retryable: true },
  );
}

/** Pages through a query, brings what is new into the sink, and returns the number of hits seen. */
async function syncPages(
  run: Run,
  query: FileQuery,
  after: string | undefined,
  advance: (after: string | undefined) => Partial<SyncState>,
): Promise<number> {
  let seen = 0;
  const isRetry = query.fileIds !== undefined;
  const tasks = async function* (cancelled: AbortSignal): AsyncGenerator<Task> {
    const signal = run.signal === undefined ? cancelled : AbortSignal.any([cancelled, run.signal]);
    try {
      for await (const hits of oneAhead(pages(run.source, query, after, run.pageSizes, signal))) {
        seen += hits.length;
        for (const task of await planTasks(run, hits, isRetry && run.retryNow)) {
          if (isStopped(run)) return;
          yield task;
        }
      }
    } catch (error) {
      // What is in hand is still brought to its end and committed.
      if (!isStop(run, error)) throw error;
    }
  };
  const bounds = {
    concurrency: run.concurrency,
    get ahead(): number {
      return AHEAD * run.concurrency();
    },
    weight: AHEAD_BYTES,
  };
  const scale: Scale<Task, Step> = {
    expected: (task) => expectedBytes(task, run.work.content),
    actual: ({ bytes }) => bytes,
  };
  const work = (task: Task, signal: AbortSignal): Promise<Step> => doTask(task, run.work, signal);
  const steps = whileWell(run, inOrder(tasks, work, scale, bounds), isRetry);
  await commitEach(run, batches(steps, run.batch, run.clock), advance);
  return seen;
}

/**
 * Passes steps on until their failures look like the source's. That is an error, but for files that
 * had failed before: those say nothing new, and must not stop every run to come. Trying them just ends.
 */
async function* whileWell(
  run: Run,
  steps: AsyncIterable<Step>,
  isRetry: boolean,
): AsyncGenerator<Step> {
  for await (const step of steps) {
    const { retrieval, again = false } = step;
    const counts = retrieval !== undefined && (isRetry || !again);
    const outage = counts ? (isRetry ? run.retryOutage : run.outage).observe(retrieval) : undefined;
    if (outage !== undefined && !isRetry) throw outage;
    yield step;
    if (outage !== undefined) return;
  }
}

/** Holds a page against the sink's ledger. */
async function planTasks(
  run: Run,
  hits: readonly FileHit[],
  retryNow: boolean,
): Promise<readonly Task[]> {
  const ledger = new Map<string, StoredDocument>();
  for await (const stored of run.sink.documents(run.name, { ids: hits.map(fileKey) }))
    ledger.set(stored.id, stored);
  const { revision } = run.position.state.mapping;
  const plan = planPage(hits, ledger, {
    mapping: revision,
    nowMs: run.nowMs(),
    retryNow,
  });
  run.tally.seen += hits.length;
  run.tally.known += plan.known;
  run.tally.waiting += plan.waiting;
  run.emit({ type: 'page-read', sync: run.name, hits: hits.length, known: plan.known });
  return plan.tasks;
}

/** Commits one batch while the next one is being gathered. */
async function commitEach(
  run: Run,
  source: AsyncIterable<Batch>,
  advance: (after: string | undefined) => Partial<SyncState>,
): Promise<void> {
  let committing: Promise<void> = Promise.resolve();
  try {
    for await (const batch of source) {
      await committing;
      committing = commit(run, batch, advance(batch.after));
      // Met by the next await; without this, Node would see it as unhandled until then.
      committing.catch(() => undefined);
    }
  } finally {
    await committing;
  }
}

async function commit(run: Run, { steps }: Batch, change: Partial<SyncState>): Promise<void> {
  const documents = steps.flatMap(({ document }) => document ?? []);
  const result = await run.position.commit(documents, change);
  run.tally.committed(steps);
  run.emit({ type: 'committed', sync: run.name, ...result });
}

/**
 * Slightly other sizes for each pass: of two hits with one fileId, which some search clusters may hold
 * for a while, a page that ends between them hides the second.
 */
function sizesOf(run: Run, pass: number): PageSizes {
  const { max = 1000 } = run.pageSizes;
  return { ...run.pageSizes, max: Math.max(max + 1 - pass, 1) };
}

function openAt(run: Run, window: Window, after: string | undefined): Partial<SyncState> {
  const { fromMs, toMs } = window;
  return { open: { fromMs, toMs, after }, startMs: run.windowRule().startMs };
}

async function closeWindow(run: Run, window: Window, files: number): Promise<void> {
  await run.position.commit([], {
    open: undefined,
    watermarkMs: window.toMs,
    startMs: run.windowRule().startMs,
  });
  run.tally.committed([]);
  run.emit({ type: 'window-closed', sync: run.name, window, files });
}

/** Tries the failed files that are due. The position stays where it is. */
async function retryFailed(run: Run): Promise<void> {
  const due: string[] = [];
  for await (const stored of run.sink.documents(run.name, { status: 'failed' })) {
    const order = parseOrder(stored.order);
    if (order?.stage.is !== 'failed') continue;
    if (run.retryNow || order.stage.retryAtMs <= run.nowMs()) due.push(order.fileId);
  }
  for (let start = 0; start < due.length && !isStopped(run); start += LOOKUP_IDS) {
    const fileIds = due.slice(start, start + LOOKUP_IDS);
    await syncPages(run, { filter: run.filter, fileIds }, undefined, () => ({}));
  }
}

function isStopped(run: Run): boolean {
  return run.signal?.aborted === true;
}

/** Whether an error is only the signal's word that the run should end. */
function isStop(run: Run, error: unknown): boolean {
  return isStopped(run) && error === run.signal?.reason;
}

function iso(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
