import { SinkError } from '@tdp-sync/sink';
import pRetry from 'p-retry';
import { type Clock, systemClock } from '../clock.ts';

/** How often and how patiently the database is asked again when it fails in passing. */
export interface SinkRetryPolicy {
  /** Tries in all, the first included. Default 9. */
  readonly attempts: number;
  /** Longest wait before the second try, doubled before each further one. Default 500. */
  readonly baseDelayMs: number;
  /** Longest wait. Default 30,000. */
  readonly maxDelayMs: number;
}

/** The default {@link SinkRetryPolicy}: a minute to a minute and a half in all, in which a managed database fails over to its standby. */
export const defaultSinkRetryPolicy: SinkRetryPolicy = {
  attempts: 9,
  baseDelayMs: 500,
  maxDelayMs: 30_000,
};

/** What trying again needs. */
export interface Retrying {
  readonly policy: SinkRetryPolicy;
  readonly clock: Clock;
  /** A number in [0, 1), for jitter. */
  readonly random: () => number;
  /** Ends the waiting, and with it the trying: the last error comes out. */
  readonly signal: AbortSignal | undefined;
  readonly onRetry: (error: SinkError, attempt: number, delayMs: number) => void;
}

/** Tries again by the machine's clock, and tells nobody. */
export const quietly: Retrying = {
  policy: defaultSinkRetryPolicy,
  clock: systemClock,
  random: Math.random,
  signal: undefined,
  onRetry: () => undefined,
};

/** Does it until it succeeds, fails for good, or has been tried often enough; then throws its last error. */
export function retried<T>(attempt: () => Promise<T>, retrying: Retrying): Promise<T> {
  const { policy, clock, signal, random, onRetry } = retrying;
  return pRetry(attempt, {
    retries: policy.attempts - 1,
    // The waiting is ours, by the clock handed in.
    minTimeout: 0,
    maxTimeout: 0,
    shouldRetry: ({ error }) => isPassing(error),
    onFailedAttempt: async ({ error, attemptNumber, retriesLeft }) => {
      if (!isPassing(error) || signal?.aborted === true) throw error;
      if (retriesLeft === 0) throw attemptNumber === 1 ? error : lasting(error, attemptNumber);
      const delayMs = delayOf(policy, attemptNumber, random());
      onRetry(error, attemptNumber, delayMs);
      await clock.sleep(delayMs, signal).catch(() => {
        throw error;
      });
    },
  });
}

/** What should have passed and has not. */
function lasting({ code, message, cause }: SinkError, attempts: number): SinkError {
  return new SinkError(
    code,
    `${message} It was tried ${attempts} times. What was committed before stays, and the next run continues there.`,
    { retryable: true, cause },
  );
}

/** Whether the same may succeed later. */
export function isPassing(error: unknown): error is SinkError {
  return error instanceof SinkError && error.retryable;
}

/** At least half of a span that grows, so that two who failed together do not come back together. */
function delayOf(
  { baseDelayMs, maxDelayMs }: SinkRetryPolicy,
  attempt: number,
  random: number,
): number {
  return Math.min(baseDelayMs * 2 ** (attempt - 1), maxDelayMs) * (0.5 + random / 2);
}
