import type { Clock } from '../src/clock.ts';

/** Time that passes when a test says so. */
export class TestClock implements Clock {
  nowMs = 0;
  readonly #sleepers = new Set<{ readonly untilMs: number; readonly wake: () => void }>();

  now(): number {
    return this.nowMs;
  }

  /** How many sleep now. */
  get sleeping(): number {
    return this.#sleepers.size;
  }

  sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(signal.reason);
        return;
      }
      const sleeper = { untilMs: this.nowMs + durationMs, wake: resolve };
      this.#sleepers.add(sleeper);
      const abort = (): void => {
        this.#sleepers.delete(sleeper);
        reject(signal?.reason);
      };
      signal?.addEventListener('abort', abort, { once: true });
    });
  }

  pass(durationMs: number): void {
    this.nowMs += durationMs;
    for (const sleeper of this.#sleepers) {
      if (sleeper.untilMs > this.nowMs) continue;
      this.#sleepers.delete(sleeper);
      sleeper.wake();
    }
  }
}
