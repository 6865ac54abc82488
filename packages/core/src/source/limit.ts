import { type Level, LoadDetector } from './load-detector.ts';

/** Bounds of an {@link AdaptiveLimit}. */
export interface LimitOptions {
  /** Where it starts. Default 16; where it is shared, 4. */
  readonly start?: number;
  /** Never less. Default 1. */
  readonly min?: number;
  /** Never more. Default 512. */
  readonly max?: number;
  /**
   * Whether several ask the same server at a time, each with a limit of its own. Then each refusal is taken for load: to come down alone changes
   * little of what is asked by all, so that it says nothing of chance, and who took load for chance would have what the others leave. Default `false`.
   */
  readonly isShared?: boolean;
}

const START = 16;
/** Several start at once, and a few rounds lead from there to anywhere. */
const SHARED_START = 4;
/** What is left of the limit after an overload. */
const AFTER_OVERLOAD = 0.85;
/** What is left of it when requests wait for one another. */
const AFTER_QUEUE = 0.9;
/** Answers that a round has at least, so that one odd answer decides nothing. */
const MIN_ROUND = 8;
/** Answers that are quicker are not told apart. */
const MIN_DURATION_MS = 5;
/** Of the durations of a round, so many are shorter: what an answer takes that does not wait, whatever the files' sizes. */
const QUANTILE = 0.2;
/** So many requests that wait at the server are enough to keep it busy: fewer let the limit grow. */
const FEW_WAIT = 3;
const FEW_WAIT_SHARE = 0.12;
/** And more than so many only wait. */
const MANY_WAIT = 6;
const MANY_WAIT_SHARE = 0.25;
/** When the limit has come down so far, and answers take hardly less than before, they were not waiting. */
const ENOUGH_LESS = 0.5;
const HARDLY_LESS = 0.75;
/** Growth per round, once doubling has ended. */
const STEP = 0.1;
/** Near the limit that once was too much, growth is so much slower. */
const CAUTION = 0.1;
/** What counts as near: where an overload leaves the limit is. */
const NEAR = 0.16;

/**
 * How many requests may be under way at once, by what their answers say: it grows while answers take no longer than
 * they did, shrinks when they begin to wait for one another, and shrinks at once when the server says that it is too
 * much (429, 502, 503, 504, time-outs). Where that changes nothing, it was not too much, and it goes back
 * ({@link LoadDetector}).
 *
 * Growth is by doubling at first, then by a tenth per round of answers. How many requests wait at the
 * server is estimated from how much longer answers take than the quickest round of them did (as TCP Vegas does).
 * After an overload the limit comes back carefully to where it was too much, and probes beyond it.
 */
export class AdaptiveLimit {
  readonly #min: number;
  readonly #max: number;
  #limit: number;
  readonly #refusals: LoadDetector | undefined;
  /** Answers to requests that were sent before a decrease: they count no further one. */
  #outstanding = 0;
  #isStarting = true;
  /** Where it was too much for the server; nothing while it never was. */
  #ceiling: number | undefined;
  #quickestMs = Number.POSITIVE_INFINITY;
  #durationsMs: number[] = [];
  /** The longest in this round. */
  #lagMs = 0;
  /** Where the limit began to come down since answers seemed to wait. */
  #descent: { readonly limit: number; readonly durationMs: number } | undefined;

  constructor(options: LimitOptions = {}) {
    this.#min = options.min ?? 1;
    this.#max = Math.max(options.max ?? 512, this.#min);
    const { isShared = false, start = isShared ? SHARED_START : START } = options;
    this.#limit = Math.min(Math.max(start, this.#min), this.#max);
    this.#refusals = isShared ? undefined : new LoadDetector();
  }

  get current(): number {
    return Math.floor(this.#limit);
  }

  /** An answer was good, and took so long; `lagMs` of it may have been spent in this process. */
  succeeded(durationMs: number, lagMs = 0): void {
    if (this.#isEarlier(false)) return;
    this.#durationsMs.push(Math.max(durationMs, MIN_DURATION_MS));
    this.#lagMs = Math.max(this.#lagMs, lagMs);
    if (this.#durationsMs.length >= Math.max(this.#limit, MIN_ROUND)) this.#endRound();
  }

  /** The server could not or would not answer. Whether that was too much for it is found out. */
  overloaded(): void {
    this.#isEarlier(true);
  }

  /** Counts an answer, and tells whether it belongs to a request that was sent before a decrease. */
  #isEarlier(isRefused: boolean): boolean {
    const isEarlier = this.#outstanding > 0;
    if (isEarlier) this.#outstanding -= 1;
    const verdict = this.#verdict(isRefused, isEarlier);
    if (verdict === 'load') this.#comeDown();
    else if (verdict !== undefined) this.#goBack(verdict);
    return isEarlier;
  }

  #verdict(isRefused: boolean, isEarlier: boolean): 'load' | Level | undefined {
    if (this.#refusals !== undefined)
      return this.#refusals.count(isRefused, this.#limit, isEarlier);
    return isRefused && !isEarlier ? 'load' : undefined;
  }

  #comeDown(): void {
    const [limit, isStarting, ceiling] = [this.#limit, this.#isStarting, this.#ceiling];
    this.#refusals?.cameDown({ limit, isStarting, ceiling });
    this.#outstanding = this.current;
    this.#isStarting = false;
    this.#ceiling = this.#limit;
    this.#set(this.#limit * AFTER_OVERLOAD);
  }

  #goBack({ limit, isStarting, ceiling }: Level): void {
    this.#isStarting = isStarting;
    this.#ceiling = ceiling;
    this.#set(Math.max(limit, this.#limit));
  }

  #endRound(): void {
    const sorted = this.#durationsMs.sort((a, b) => a - b);
    const durationMs = sorted[Math.floor(sorted.length * QUANTILE)] ?? MIN_DURATION_MS;
    this.#durationsMs = [];
    this.#quickestMs = Math.min(this.#quickestMs, durationMs);
    const waiting = this.#limit * (1 - (this.#quickestMs + this.#lagMs) / durationMs);
    this.#lagMs = 0;
    if (waiting > Math.max(MANY_WAIT, this.#limit * MANY_WAIT_SHARE)) {
      this.#descend(durationMs);
      return;
    }
    this.#descent = undefined;
    if (waiting < Math.max(FEW_WAIT, this.#limit * FEW_WAIT_SHARE)) this.#grow();
    else this.#isStarting = false;
  }

  #descend(durationMs: number): void {
    this.#isStarting = false;
    this.#descent ??= { limit: this.#limit, durationMs };
    const { limit, durationMs: before } = this.#descent;
    if (this.#limit <= limit * ENOUGH_LESS && durationMs > before * HARDLY_LESS) {
      // It is the way to the server that has become longer.
      this.#quickestMs = durationMs;
      this.#descent = undefined;
    } else {
      this.#set(this.#limit * AFTER_QUEUE);
    }
  }

  #grow(): void {
    if (this.#isStarting) {
      this.#set(this.#limit * 2);
      return;
    }
    const step = Math.max(1, this.#limit * STEP);
    this.#set(this.#limit + (this.#isNearCeiling() ? step * CAUTION : step));
  }

  #isNearCeiling(): boolean {
    const ceiling = this.#ceiling;
    return ceiling !== undefined && Math.abs(this.#limit - ceiling) <= ceiling * NEAR;
  }

  #set(limit: number): void {
    this.#limit = Math.min(Math.max(limit, this.#min), this.#max);
  }
}
