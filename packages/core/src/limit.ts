/** Bounds of an {@link AdaptiveLimit}. */
export interface LimitOptions {
  /** Where it starts. Default 16. */
  readonly start?: number;
  /** Never less. Default 1. */
  readonly min?: number;
  /** Never more. Default 64. */
  readonly max?: number;
}

/** What is left of the limit after an overload. */
const DECREASE = 0.7;

/**
 * How many requests may be under way at once: one more for each full round of successes, seven
 * tenths after an overload. Answers to requests that were sent before a decrease count no further
 * decrease, or one burst of 429s would shrink it to nothing.
 */
export class AdaptiveLimit {
  readonly #min: number;
  readonly #max: number;
  #limit: number;
  #outstanding = 0;

  constructor(options: LimitOptions = {}) {
    this.#min = options.min ?? 1;
    this.#max = Math.max(options.max ?? 64, this.#min);
    this.#limit = Math.min(Math.max(options.start ?? 16, this.#min), this.#max);
  }

  get current(): number {
    return Math.floor(this.#limit);
  }

  succeeded(): void {
    if (this.#outstanding > 0) this.#outstanding -= 1;
    this.#limit = Math.min(this.#limit + 1 / this.#limit, this.#max);
  }

  overloaded(): void {
    if (this.#outstanding > 0) {
      this.#outstanding -= 1;
      return;
    }
    this.#outstanding = this.current;
    this.#limit = Math.max(this.#limit * DECREASE, this.#min);
  }
}
