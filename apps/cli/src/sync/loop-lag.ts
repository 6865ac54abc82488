import { monitorEventLoopDelay } from 'node:perf_hooks';

const RESOLUTION_MS = 10;
/** How long it is measured before it is told anew. */
const SPAN_MS = 500;

/**
 * How long this process lately took to notice that something had come, since it was busy with something else. What an
 * answer took is too much by that, and says nothing of the server.
 */
export class LoopLag implements Disposable {
  readonly #histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  #sinceMs = performance.now();
  #lagMs = 0;

  constructor() {
    this.#histogram.enable();
  }

  /** In milliseconds, on average. */
  get currentMs(): number {
    const nowMs = performance.now();
    if (nowMs - this.#sinceMs >= SPAN_MS && this.#histogram.count > 0) {
      this.#lagMs = Math.max(this.#histogram.mean / 1e6 - RESOLUTION_MS, 0);
      this.#histogram.reset();
      this.#sinceMs = nowMs;
    }
    return this.#lagMs;
  }

  [Symbol.dispose](): void {
    this.#histogram.disable();
  }
}
