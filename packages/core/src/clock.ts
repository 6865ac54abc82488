import { setTimeout as delay } from 'node:timers/promises';

/** Time as core sees it. Handed in, so that a test or a simulation can own it. */
export interface Clock {
  /** Milliseconds since 1970 by the local clock, which may be wrong by hours. */
  now(): number;
  /** Resolves after `durationMs`; rejects with the signal's reason when it is aborted first. */
  sleep(durationMs: number, signal?: AbortSignal): Promise<void>;
}

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: async (durationMs, signal) => {
    try {
      await delay(durationMs, undefined, signal === undefined ? {} : { signal });
    } catch (error) {
      // Node's own error only carries the reason; whoever aborted looks for the reason itself.
      signal?.throwIfAborted();
      throw error;
    }
  },
};
