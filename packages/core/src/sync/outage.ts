import type { Failure } from '../source/failures.ts';
import type { Early } from './in-order.ts';
import { type Ended, Overtaking } from './overtaking.ts';
import { isStopped, type Run } from './run.ts';
import type { Extracted, Place, Task } from './shapes.ts';

/** The place of a file that went before its turn. */
export interface Passed extends Place {
  /** It was retrieved. */
  readonly isRetrieved: boolean;
}

/** A task that has been worked on, or what needs no work. */
export type Done = Extracted | Passed | Place;

/** How failures are judged. */
export interface Judging {
  /** Works on tasks once more, in order; what is no task it gives as it is. What is given up meanwhile is left out. */
  readonly again: (held: readonly (Task | Done)[]) => AsyncIterable<Done>;
  /** What of a result may go before its turn, and what is left of it for its turn; `undefined` where it must wait. */
  readonly early: (done: Done) => Early<Done> | undefined;
  /** Nothing that is under way is wanted any more. */
  readonly giveUp: () => void;
  /** They had failed before: such failures say nothing new, and nothing is gained by trying them twice. */
  readonly isRetry: boolean;
}

/** What is held back besides failures: not so much that nothing else could enter the run. */
const MOST_HELD = 100;

/**
 * Tells an outage of the source from files that cannot be had, and gives on the results in their order.
 *
 * Failures in a row are held back until it is clear what they are. When they look like an outage, other files are tried
 * (`probe.ts`): where none of them can be had either, it is one. Else those that have failed are tried a second time; what fails
 * again while others can be had is the files' own failure, and the run goes on. Meanwhile what comes behind them goes before
 * its turn, so that nobody waits.
 *
 * @throws SyncError `SOURCE_OUTAGE`; for files that had failed before, it just ends.
 */
export async function* judged(
  run: Run,
  results: AsyncIterable<Done>,
  judging: Judging,
): AsyncGenerator<Done> {
  const { isRetry, early, giveUp } = judging;
  const detector = isRetry ? run.retryOutage : run.outage;
  const most = Math.min(MOST_HELD, run.batch.documents / 2);
  await using coming = new Overtaking(noted(run, results), early, giveUp);
  let held: Done[] = [];
  for (let done = await coming.next(); done !== undefined; done = await coming.next()) {
    if (done.after === undefined) {
      yield done;
      continue;
    }
    held.push(done);
    const retrieval = retrievalOf(done, isRetry);
    if (retrieval !== undefined && detector.observe(retrieval)) {
      const ended = yield* coming.during(settled(run, held, judging));
      if (ended === 'broken') yield* coming.rest();
      if (ended !== 'settled') return;
      held = [];
    } else if (!detector.isInARow || held.length >= most) {
      yield* held;
      held = [];
    }
  }
  yield* held;
}

/** Finds out what the failures are, and gives what has become of them. */
async function* settled(
  run: Run,
  held: readonly Done[],
  { again, isRetry }: Judging,
): AsyncGenerator<Done, Ended> {
  const detector = isRetry ? run.retryOutage : run.outage;
  const { isWell, tried } = await run.probe.run(run, fileIdsOf(held));
  if (!isWell && !isStopped(run)) {
    if (!isRetry) throw detector.outage(tried);
    yield* held;
    return 'over';
  }
  detector.acquit();
  if (isRetry) yield* held;
  else {
    let turns = 0;
    for await (const done of again(held.map(anew))) {
      if (done.after !== undefined) turns += 1;
      yield done;
    }
    // Without their results the place must not move on.
    if (turns < held.length) return 'broken';
  }
  return 'settled';
}

async function* noted(run: Run, results: AsyncIterable<Done>): AsyncGenerator<Done> {
  for await (const done of results) {
    if (isGiven(done)) run.probe.note(done.task.hit);
    yield done;
  }
}

function isGiven(done: Done): done is Extracted {
  return 'task' in done && done.isRetrieved && !(done.result instanceof Error);
}

function anew(done: Done): Task | Done {
  return failureOf(done) === undefined || !('task' in done) ? done : done.task;
}

function fileIdsOf(held: readonly Done[]): ReadonlySet<string> {
  return new Set(held.flatMap((done) => failureOf(done)?.file.fileId ?? []));
}

function failureOf(done: Done): Failure | undefined {
  if (!('task' in done && done.result instanceof Error)) return undefined;
  return { file: done.task.hit, error: done.result };
}

/** What its turn says of the source. A file that fails as it had before says nothing new; one that went before its turn is counted in it. */
function retrievalOf(done: Done, isRetry: boolean): 'succeeded' | Failure | undefined {
  if (!('task' in done)) return 'isRetrieved' in done && done.isRetrieved ? 'succeeded' : undefined;
  const { decision } = done.task;
  const failure = failureOf(done);
  if (decision.action !== 'load' || !(done.isRetrieved || failure !== undefined)) return undefined;
  if (failure !== undefined && decision.attempt > 1 && !isRetry) return undefined;
  return failure ?? 'succeeded';
}
