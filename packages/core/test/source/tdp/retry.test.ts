import { expect, test } from 'vitest';
import { SyncError } from '../../../src/errors.ts';
import {
  parseRetryAfter,
  defaultRetryPolicy as policy,
  retryDelayMs,
  withRetry,
} from '../../../src/source/tdp/retry.ts';
import { fc } from '../../property.ts';

const random = fc.double({ min: 0, max: 0.999, noNaN: true });

test('waits grow, stay below the maximum, and never fall under half of their span', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60 }), random, (attempt, share) => {
      const delay = retryDelayMs(policy, attempt, undefined, share);
      const span = Math.min(policy.baseDelayMs * 2 ** (attempt - 1), policy.maxDelayMs);
      expect(delay).toBeGreaterThanOrEqual(span / 2);
      expect(delay).toBeLessThanOrEqual(span);
    }),
  );
});

test("the server's word counts, up to a limit", () => {
  fc.assert(
    fc.property(fc.nat(1_000_000), random, (asked, share) => {
      const delay = retryDelayMs(policy, 1, asked, share);
      const least = Math.min(asked, policy.maxRetryAfterMs);
      expect(delay).toBeGreaterThanOrEqual(least);
      expect(delay).toBeLessThanOrEqual(least + policy.baseDelayMs);
    }),
  );
});

test.each([
  ['7', 7000],
  [' 7 ', 7000],
  ['0', 0],
  ['1.5', 1500],
  ['Sun, 22 Nov 2026 10:00:30 GMT', 30_000],
  ['Sun, 22 Nov 2026 09:00:00 GMT', 0],
  ['soon', undefined],
  ['-5', undefined],
  [undefined, undefined],
])('Retry-After %s is %s ms', (value, expected) => {
  expect(parseRetryAfter(value, Date.UTC(2026, 10, 22, 10))).toBe(expected);
});

async function run(
  errors: readonly unknown[],
  signal?: AbortSignal,
): Promise<{ result: unknown; slept: number[]; told: number[] }> {
  const slept: number[] = [];
  const told: number[] = [];
  let tries = 0;
  const attempt = async (): Promise<number> => {
    const error = errors[tries];
    tries += 1;
    if (error !== undefined) throw error;
    return tries;
  };
  const clock = {
    now: () => 0,
    sleep: async (durationMs: number, by?: AbortSignal) => {
      by?.throwIfAborted();
      slept.push(durationMs);
    },
  };
  const onRetry = (_error: SyncError, attemptNumber: number): void => {
    told.push(attemptNumber);
  };
  const result = await withRetry(attempt, policy, {
    clock,
    random: () => 0.5,
    onRetry,
    signal,
  }).catch((error: unknown) => error);
  return { result, slept, told };
}

const passing = new SyncError('SOURCE_UNAVAILABLE', 'ill', { retryable: true });
const final = new SyncError('QUERY_REJECTED', 'no');

test('what may pass is tried again, with growing waits', async () => {
  expect(await run([passing, passing, passing])).toEqual({
    ...{ result: 4, told: [1, 2, 3], slept: [375, 750, 1500] },
  });
});

test('the last error comes out when the tries are used up', async () => {
  const { result, slept } = await run(Array.from({ length: 9 }, () => passing));
  expect(result).toBe(passing);
  expect(slept).toHaveLength(policy.attempts - 1);
});

test.each([[final], [new TypeError('a mistake')], [new Error('fetch failed')]])(
  'what will not pass is not tried again: %s',
  async (error) => expect(await run([passing, error])).toMatchObject({ result: error, told: [1] }),
);

const REASONS: readonly unknown[] = [new Error('stop'), new TypeError('stop'), 'SIGTERM', 42];

/** Tries what is aborted: within the try, or while the next one is waited for. */
function abortedWithin(where: 'try' | 'wait', reason: unknown): Promise<unknown> {
  const stop = new AbortController();
  const abort = async (): Promise<void> => {
    stop.abort(reason);
    throw reason;
  };
  const attempt = where === 'try' ? abort : async () => Promise.reject(passing);
  return withRetry(attempt, policy, {
    ...{ clock: { now: () => 0, sleep: abort }, random: () => 0.5, onRetry: () => undefined },
    signal: stop.signal,
  });
}

test.each(REASONS)('an abort comes out with its reason as it is: %s', async (reason) => {
  const { result, slept } = await run([passing], AbortSignal.abort(reason));
  expect(result).toBe(reason);
  expect(slept).toEqual([]);
  await expect(abortedWithin('try', reason)).rejects.toBe(reason);
  await expect(abortedWithin('wait', reason)).rejects.toBe(reason);
});
