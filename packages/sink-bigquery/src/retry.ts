import { setTimeout as sleep } from 'node:timers/promises';
import { type BigQueryFailure, failureOf, passes } from './errors.ts';

/** How often something is tried in all. */
export const TRIES = 6;
/** Before the second try after a broken connection, in milliseconds; three times as long before each next one. */
const SOON_MS = 100;
/** The same after too much at once or a conflict, twice as long before each next: a table may change five times in 10 s. */
const SLOWLY_MS = 1_000;

/**
 * Runs a task until it resolves, fails for good or has failed {@link TRIES} times. It is told which try it is, from 1.
 * `isItsOwn` says whether a failure is one that another try of this task can mend. Default: every one that passes.
 */
export async function retried<T>(
  task: (attempt: number) => Promise<T>,
  isItsOwn: (failure: BigQueryFailure) => boolean = () => true,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await task(attempt);
    } catch (error) {
      const failure = failureOf(error);
      const pace = passes(failure);
      if (pace === undefined || attempt === TRIES || !isItsOwn(failure)) throw failure;
      await sleep(pauseMs(pace, attempt));
    }
  }
}

/** How long to wait before the next try. Two that are in conflict must not wait for the same time. */
function pauseMs(pace: 'soon' | 'slowly', attempt: number): number {
  const wait = pace === 'soon' ? SOON_MS * 3 ** (attempt - 1) : SLOWLY_MS * 2 ** (attempt - 1);
  return wait * (0.5 + Math.random() / 2);
}
