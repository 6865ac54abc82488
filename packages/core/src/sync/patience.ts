import type { Clock } from '../clock.ts';
import type { Slot } from './slots.ts';

/** Tells when the first slot has taken too long, and which ones behind it are ready to go without it. */
export class Patience<R> {
  readonly #durationMs: number;
  readonly #clock: Pick<Clock, 'now' | 'sleep'>;
  readonly #signal: AbortSignal;
  readonly #wake: () => void;
  #isWatched = false;
  #overdue: Slot<R> | undefined;
  #ready: Slot<R>[] = [];

  /** `wake` is called when a first slot may have become overdue, unless the signal is aborted before. */
  constructor(
    durationMs: number,
    clock: Pick<Clock, 'now' | 'sleep'>,
    signal: AbortSignal,
    wake: () => void,
  ) {
    this.#durationMs = durationMs;
    this.#clock = clock;
    this.#signal = signal;
    this.#wake = wake;
  }

  /** Whether this one, which is the first, has taken too long. By a clock that was set back nobody can tell: then it has. */
  isOver({ startedMs }: Slot<R>): boolean {
    const leftMs = startedMs + this.#durationMs - this.#clock.now();
    const isOver = leftMs <= 0 || leftMs > this.#durationMs;
    if (!isOver) this.#watch(leftMs);
    return isOver;
  }

  /** A settled slot behind the overdue one, each once. `slots`: all of them. */
  next(overdue: Slot<R>, slots: Iterable<Slot<R>>): Slot<R> | undefined {
    if (this.#overdue !== overdue) {
      this.#overdue = overdue;
      this.#ready = [...slots].filter(({ outcome, isEarly }) => outcome !== undefined && !isEarly);
    }
    return this.#ready.shift();
  }

  /** This one, somewhere behind the first, is settled now. */
  settled(slot: Slot<R>, first: Slot<R> | undefined): void {
    if (this.#overdue !== undefined && this.#overdue === first) this.#ready.push(slot);
  }

  /** One alarm at a time, and none for every file: most are there long before. */
  #watch(leftMs: number): void {
    if (this.#isWatched) return;
    this.#isWatched = true;
    const wake = (): void => {
      this.#isWatched = false;
      this.#wake();
    };
    this.#clock.sleep(leftMs, this.#signal).then(wake, () => undefined);
  }
}
