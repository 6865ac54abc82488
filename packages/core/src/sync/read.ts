import type { StoredDocument } from '@tdp-sync/sink';
import { type FileHit, fileKey } from '../file.ts';
import type { SyncState } from '../position/state.ts';
import { type PageSizes, pages } from '../source/pages.ts';
import type { FileQuery } from '../source/source.ts';
import type { Step } from './batch.ts';
import { commitSteps } from './commit.ts';
import type { Extracted } from './draft.ts';
import { inOrder, oneAhead, type Scale } from './in-order.ts';
import type { Run } from './run.ts';
import { Uncommitted } from './uncommitted.ts';
import { doTask, expectedBytes, planPage, settle, type Task } from './work.ts';

/** Files that may be under way or wait for a slow one before them: so many times the concurrency. */
const AHEAD = 4;
/** Content that may be under way or wait. */
const AHEAD_BYTES = 64 * 1024 * 1024;

/** One way through the hits of a query. */
export interface Reading {
  readonly query: FileQuery;
  /** Where to begin: behind this fileId. Default: at the first one. */
  readonly after?: string | undefined;
  /** How each commit moves the position, given the last fileId dealt with. Default: not at all. */
  readonly advance?: (after: string | undefined) => Partial<SyncState>;
  /** Files that had failed before: their failures say nothing new of the source. Default `false`. */
  readonly isRetry?: boolean;
  /** Failed files are tried even before they are due. Default `false`. */
  readonly retryNow?: boolean;
  /** Which reading of the same query it is, from 1. */
  readonly pass?: number;
  /** Told of every page. */
  readonly onHits?: (hits: readonly FileHit[]) => void;
}

/** Pages through a query, brings what is new into the sink, and returns the number of hits seen. */
export async function syncPages(run: Run, reading: Reading): Promise<number> {
  const { query, after, advance = () => ({}), isRetry = false, retryNow = false, onHits } = reading;
  const sizes = sizesOf(run, reading.pass ?? 1);
  let seen = 0;
  const tasks = async function* (signal: AbortSignal): AsyncGenerator<readonly Task[]> {
    for await (const hits of oneAhead(pages(run.source, query, after, sizes, signal))) {
      seen += hits.length;
      onHits?.(hits);
      yield await planTasks(run, hits, retryNow);
    }
  };
  await carryOut(run, tasks, { advance, isRetry });
  return seen;
}

/** How tasks are carried out. */
export interface CarryOut {
  /** How each commit moves the position, given the last fileId dealt with. */
  readonly advance: (after: string | undefined) => Partial<SyncState>;
  /** Files that had failed before: their failures say nothing new of the source. */
  readonly isRetry: boolean;
}

/** Retrieves, extracts, settles, batches and commits, each step as far ahead of the next as memory allows. */
export async function carryOut(
  run: Run,
  tasks: (signal: AbortSignal) => AsyncIterable<readonly Task[]>,
  { advance, isRetry }: CarryOut,
): Promise<void> {
  const bounds = {
    concurrency: run.concurrency,
    get ahead(): number {
      return AHEAD * run.concurrency();
    },
    weight: AHEAD_BYTES,
  };
  const scale: Scale<Task, Step | Extracted> = {
    expected: (task) => expectedBytes(task, run.work.content),
    actual: ({ bytes }) => bytes,
  };
  const uncommitted = new Uncommitted(run.batch.documents);
  const work = async (task: Task, signal: AbortSignal): Promise<Step | Extracted> => {
    const done = await doTask(task, run.work, signal);
    const isToCommit = !('draft' in done) || done.draft !== undefined;
    if (task.decision !== undefined && !isToCommit) uncommitted.leave(1);
    return done;
  };
  const admitted = (cancelled: AbortSignal): AsyncGenerator<Task> =>
    admit(run, tasks, uncommitted, cancelled);
  const done = inOrder(admitted, work, scale, bounds);
  await commitSteps(run, settled(run, done, isRetry), uncommitted, advance);
}

/**
 * Tasks until the run is asked to stop: what is in hand by then is still brought to its end and committed. Those that
 * retrieve something come as soon as there is room for them.
 */
async function* admit(
  run: Run,
  tasks: (signal: AbortSignal) => AsyncIterable<readonly Task[]>,
  uncommitted: Uncommitted,
  cancelled: AbortSignal,
): AsyncGenerator<Task> {
  const signal = run.signal === undefined ? cancelled : AbortSignal.any([cancelled, run.signal]);
  try {
    for await (const planned of tasks(signal)) {
      for (const task of planned) {
        if (isStopped(run)) return;
        if (task.decision !== undefined) {
          if (uncommitted.isFull) await uncommitted.room(cancelled);
          if (!uncommitted.enter(cancelled)) return;
        }
        yield task;
      }
    }
  } catch (error) {
    if (!isStop(run, error)) throw error;
  }
}

/**
 * The steps that tasks have become, until their failures look like the source's. That is an error, but for files that
 * had failed before: those say nothing new, and must not stop every run to come. Trying them just ends.
 */
async function* settled(
  run: Run,
  done: AsyncIterable<Step | Extracted>,
  isRetry: boolean,
): AsyncGenerator<Step> {
  for await (const one of done) {
    const step = 'draft' in one ? one : settle(one, run.work);
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
  const ids = hits.map(fileKey);
  const ledger = new Map<string, StoredDocument>();
  for await (const stored of run.sink.documents(run.name, { ids })) ledger.set(stored.id, stored);
  const { revision } = run.position.state.mapping;
  const stored = ids.map((id) => ledger.get(id));
  const plan = planPage(hits, stored, {
    mapping: revision,
    nowMs: run.nowMs(),
    retryNow,
    readsAttributes: run.work.transform.readsAttributes,
  });
  run.tally.seen += hits.length;
  run.tally.known += plan.known;
  run.emit({ type: 'page-read', sync: run.name, hits: hits.length, known: plan.known });
  return plan.tasks;
}

/**
 * Slightly other sizes for each pass: of two hits with one fileId, which some search clusters may hold
 * for a while, a page that ends between them hides the second.
 */
function sizesOf(run: Run, pass: number): PageSizes {
  const { max = 1000 } = run.pageSizes;
  return { ...run.pageSizes, max: Math.max(max + 1 - pass, 1) };
}

/** Whether the run has been asked to stop. */
export function isStopped(run: Run): boolean {
  return run.signal?.aborted === true;
}

/** Whether an error is only the signal's word that the run should end. */
export function isStop(run: Run, error: unknown): boolean {
  return isStopped(run) && error === run.signal?.reason;
}
