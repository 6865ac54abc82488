import type { Taken } from '@tdp-sync/queue';
import type { Attempt, Fetched } from './jobs.ts';

interface Taker {
  readonly give: (taken: Taken) => void;
  readonly fail: (error: unknown) => void;
}

/** Where tasks come from, and where they go. */
export interface Source {
  /** Takes so many that wait, at most. */
  fetch(count: number): Promise<readonly Fetched[]>;
  take(fetched: Fetched): Taken;
  /** Has wait again what nobody here wants any more. Never throws. */
  giveBack(attempt: Attempt): Promise<void>;
}

/** As often as this it is looked whether anything waits, as long as somebody wants it. */
const POLL_MS = 1_000;

/** Those of one replica who wait for a task, the first of them first. */
export class Takers {
  readonly #source: Source;
  readonly #waiting: Taker[] = [];
  #polling: Promise<void> | undefined;
  #wake: () => void = () => undefined;

  constructor(source: Source) {
    this.#source = source;
  }

  /** A task, as soon as there is one. */
  next(signal: AbortSignal): Promise<Taken> {
    signal.throwIfAborted();
    return new Promise((resolve, reject) => {
      const taker: Taker = {
        give: (taken) => {
          signal.removeEventListener('abort', onAbort);
          resolve(taken);
        },
        fail: (error) => {
          signal.removeEventListener('abort', onAbort);
          reject(error);
        },
      };
      const onAbort = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(taker), 1);
        if (this.#waiting.length === 0) this.#wake();
        reject(signal.reason);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#waiting.push(taker);
      this.look();
    });
  }

  /** Looks now whether anything waits. */
  look(): void {
    this.#wake();
    if (this.#waiting.length > 0) this.#polling ??= this.#poll();
  }

  /** Has all fail who wait, and waits until nothing is under way any more. */
  async end(error: Error): Promise<void> {
    for (const taker of this.#waiting.splice(0)) taker.fail(error);
    this.#wake();
    await this.#polling;
  }

  async #poll(): Promise<void> {
    try {
      while (this.#waiting.length > 0) if (!(await this.#deal())) await this.#pause();
    } catch (error) {
      for (const taker of this.#waiting.splice(0)) taker.fail(error);
    } finally {
      this.#polling = undefined;
    }
  }

  /** Whether there may be more for those who wait. */
  async #deal(): Promise<boolean> {
    const wanted = this.#waiting.length;
    const fetched = await this.#source.fetch(wanted);
    for (const one of fetched) {
      const taker = this.#waiting.shift();
      if (taker === undefined) await this.#source.giveBack(one.attempt);
      else taker.give(this.#source.take(one));
    }
    return fetched.length === wanted;
  }

  async #pause(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, POLL_MS);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = () => undefined;
  }
}
