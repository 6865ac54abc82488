import pRetry from 'p-retry';
import type { Clock } from '../../clock.ts';
import { SyncError } from '../../errors.ts';

/** How often and how patiently a request is tried. */
export interface RetryPolicy {
  /** Tries in all, the first included. Default 6. */
  readonly attempts: number;
  /** Longest wait before the second try, doubled before each further one. Default 500. */
  readonly baseDelayMs: number;
  /** Longest wait without the server's word. Default 20,000. */
  readonly maxDelayMs: number;
  /** Longest wait that a server's Retry-After can ask for. Default 120,000. */
  readonly maxRetryAfterMs: number;
}

/** The default {@link RetryPolicy}. */
export const defaultRetryPolicy: RetryPolicy = {
  attempts: 6,
  baseDelayMs: 500,
  maxDelayMs: 20_000,
  maxRetryAfterMs: 120_000,
};

/** What retrying needs besides the policy. */
export interface RetryContext {
  readonly clock: Clock;
  /** A number in [0, 1), for jitter. */
  readonly random: () => number;
  readonly onRetry: (error: SyncError, attempt: number, delayMs: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Runs `attempt` until it succeeds, fails for good, or the policy is exhausted; then throws its last error. */
export function withRetry<T>(
  attempt: () => Promise<T>,
  policy: RetryPolicy,
  context: RetryContext,
): Promise<T> {
  return pRetry(attempt, {
    retries: policy.attempts - 1,
    // The waiting is ours, by the clock handed in and by Retry-After.
    minTimeout: 0,
    maxTimeout: 0,
    // What it was aborted with comes out as it is, whatever it is.
    ...(context.signal === undefined ? {} : { signal: context.signal }),
    shouldRetry: ({ error }) => error instanceof SyncError && error.retryable,
    onFailedAttempt: async ({ error, attemptNumber, retriesLeft }) => {
      if (!(error instanceof SyncError) || !error.retryable || retriesLeft === 0) return;
      const delayMs = retryDelayMs(policy, attemptNumber, error.retryAfterMs, context.random());
      context.onRetry(error, attemptNumber, delayMs);
      await context.clock.sleep(delayMs, context.signal);
    },
  });
}

/**
 * The wait after the failed try number `attempt` (from 1): what the server asked for, else a random
 * share of an exponentially growing span, so that many clients do not come back at once.
 */
export function retryDelayMs(
  policy: RetryPolicy,
  attempt: number,
  retryAfterMs: number | undefined,
  random: number,
): number {
  if (retryAfterMs !== undefined) {
    return Math.min(retryAfterMs, policy.maxRetryAfterMs) + random * policy.baseDelayMs;
  }
  const span = Math.min(policy.baseDelayMs * 2 ** (attempt - 1), policy.maxDelayMs);
  return span * (0.5 + random / 2);
}

/** Milliseconds that a Retry-After header asks for: seconds, or an HTTP date held against the answer's own Date. */
export function parseRetryAfter(
  value: string | undefined,
  answerDateMs: number,
): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d+(\.\d+)?$/.test(value.trim())) return Number(value) * 1000;
  // `Date.parse` makes dates of much that is none, such as "-5".
  const date = /GMT\s*$/.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(date - answerDateMs, 0);
}
