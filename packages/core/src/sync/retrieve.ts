import { redacted } from '../errors.ts';
import { concernsOneFile } from '../source/failures.ts';
import type { Hold } from '../source/source.ts';
import { wantsContent } from './content.ts';
import { type Early, inOrder, type Work, type WorkBounds } from './in-order.ts';
import type { ContentPolicy } from './options.ts';
import { type Done, judged } from './outage.ts';
import { isStop, isStopped, type Run } from './run.ts';
import type { Extracted, Place, Task } from './shapes.ts';
import type { Uncommitted } from './uncommitted.ts';

/** Files that may be under way or wait for their turn: so many times the concurrency. */
const AHEAD = 4;
/** And so many while the first of them is not done: one that is tried again takes seconds, in which others can be retrieved. */
const PAST = 4096;
/** JSON is stored compressed; several times its stored size is in memory while it is retrieved. */
const INFLATION = 4;

/** What is tried a second time has so small a part of the memory besides. */
const AGAIN = 8;

/** What there is to do, page by page. The signal is aborted when it is not needed any more. */
export type Planned = (signal: AbortSignal) => AsyncIterable<readonly (Task | Place)[]>;

/**
 * Retrieves and transforms many files at once, each step as far ahead of the next as memory allows, and gives them in
 * the order in which they were planned.
 *
 * Files that fail in a row may be an outage of the source, which is an error (`outage.ts`); but not for files that had failed
 * before (`isRetry`): those say nothing new, and must not stop every run to come. Trying them just ends.
 *
 * @throws SyncError `SOURCE_OUTAGE`, and whatever does not concern one file only.
 */
export async function* retrieve(
  run: Run,
  planned: Planned,
  uncommitted: Uncommitted,
  isRetry: boolean,
): AsyncGenerator<Extracted | Place> {
  const ended = new AbortController();
  const over = new AbortController();
  const stops = [uncommitted.closed, drained(run, ended.signal), over.signal];
  const giveUp = AbortSignal.any(stops);
  const admitted = (cancelled: AbortSignal): AsyncGenerator<Task | Place> =>
    admit(run, planned, uncommitted, cancelled);
  const again = (held: readonly Item[]): AsyncGenerator<Done> => {
    const bounds = boundsOf(run, giveUp, run.aheadBytes / AGAIN);
    return inOrder(() => onePage(held), workOf(run), bounds);
  };
  try {
    const done = inOrder(admitted, workOf(run), boundsOf(run, giveUp, run.aheadBytes));
    yield* judged(run, done, {
      ...{ again, early: earlyOf, isRetry },
      giveUp: () => over.abort(new Error('Nothing is wanted any more')),
    });
  } finally {
    ended.abort(new Error('Nothing is retrieved any more'));
  }
}

type Item = Task | Done;

async function* onePage(held: readonly Item[]): AsyncGenerator<Item> {
  yield* held;
}

function workOf(run: Run): Work<Item, Done> {
  return {
    on: async (task, signal, hold) => ('hit' in task ? extract(run, task, signal, hold) : task),
    expected: (task) => ('hit' in task ? expectedBytes(task, run.content) : 0),
    actual: (done) => ('task' in done ? done.bytes : 0),
    early: earlyOf,
  };
}

/** Half of a batch's age is left for those that come meanwhile, so that it is committed in time. */
function boundsOf(run: Run, giveUp: AbortSignal, bytes: number): WorkBounds {
  const { concurrency, behind, clock } = run;
  return {
    ...{ concurrency, behind, bytes, clock, giveUp, past: PAST },
    get ahead(): number {
      return AHEAD * concurrency();
    },
    patienceMs: run.batch.ageMs / 2,
  };
}

/** Aborted when the run has been asked to stop, and what is under way has had its time since. */
function drained({ signal, clock, drainMs }: Run, ended: AbortSignal): AbortSignal {
  const over = new AbortController();
  const drain = (): void => {
    // It has ended before.
    clock.sleep(drainMs, ended).then(
      () => over.abort(signal?.reason),
      () => undefined,
    );
  };
  if (signal?.aborted === true) drain();
  signal?.addEventListener('abort', drain, { once: true, signal: ended });
  return over.signal;
}

/** A failure waits for its turn: only then it is clear whether it is the file's or the source's. */
function earlyOf(done: Done): Early<Done> | undefined {
  if (!('task' in done) || done.result instanceof Error) return undefined;
  const { after, isRetrieved, task } = done;
  const counts = isRetrieved && task.decision.action === 'load';
  return {
    now: { ...done, after: undefined, task: { ...task, after: undefined } },
    inTurn: { after, isRetrieved: counts },
  };
}

/**
 * Tasks until the run is asked to stop: what is in hand by then is still brought to its end and committed. Those that
 * retrieve something come as soon as there is room for them.
 */
async function* admit(
  run: Run,
  planned: Planned,
  uncommitted: Uncommitted,
  cancelled: AbortSignal,
): AsyncGenerator<Task | Place> {
  const signal = run.signal === undefined ? cancelled : AbortSignal.any([cancelled, run.signal]);
  try {
    for await (const tasks of planned(signal)) {
      for (const task of tasks) {
        if (isStopped(run)) return;
        if ('hit' in task) {
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

/** What a task will probably hold in memory while it is under way. */
function expectedBytes(task: Task, content: ContentPolicy): number {
  return wantsContent(task, content) ? (task.hit.size ?? 0) * INFLATION : 0;
}

/** Does a task as far as it does not depend on the files before it: retrieves the content and transforms it. */
async function extract(run: Run, task: Task, signal: AbortSignal, hold: Hold): Promise<Extracted> {
  const { after, hit, isRedacted } = task;
  const isWanted = wantsContent(task, run.content);
  const extracted = { after, task, isRetrieved: isWanted && task.content === undefined };
  if (!isWanted) return { ...extracted, result: undefined, bytes: 0 };
  try {
    const content = task.content ?? (await run.source.retrieve(hit, signal, hold));
    const result = await run.transform.extract(hit, content, signal, { isRedacted });
    return { ...extracted, result, bytes: content.length };
  } catch (error) {
    if (!concernsOneFile(error)) throw error;
    return { ...extracted, result: redacted(error, run.redact), bytes: 0 };
  }
}
