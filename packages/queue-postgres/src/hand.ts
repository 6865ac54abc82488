import type { Taken } from '@tdp-sync/queue';
import type { Attempt, Fetched, Jobs } from './jobs.ts';

interface Held {
  readonly attempt: Attempt;
  readonly taken: Taken;
  readonly end: AbortController;
  /** Its replica has said that it is done: whoever else has it now, there is nothing to be ended any more. */
  isEnding: boolean;
}

/** What a replica has in hand. */
export class Hand {
  readonly #jobs: Jobs;
  readonly #held = new Map<AbortSignal, Held>();

  constructor(jobs: Jobs) {
    this.#jobs = jobs;
  }

  /** Takes a task in hand. */
  add({ key, data, attempt }: Fetched): Taken {
    const end = new AbortController();
    const taken = { id: attempt.id, key, data, signal: end.signal };
    this.#held.set(end.signal, { attempt, taken, end, isEnding: false });
    return taken;
  }

  /** Whether the task of this id is in hand. */
  has(id: string): boolean {
    return [...this.#held.values()].some(({ attempt }) => attempt.id === id);
  }

  /** What is in hand by this name, if it is. It is being ended from now on. */
  ending({ signal }: Taken): Attempt | undefined {
    const held = this.#held.get(signal);
    if (held !== undefined) held.isEnding = true;
    return held?.attempt;
  }

  /** It is out of hand. */
  drop({ signal }: Taken): void {
    this.#held.delete(signal);
  }

  /** Has the task of this id end, where it is in hand. */
  stop(id: string): void {
    for (const held of [...this.#held.values()])
      if (held.attempt.id === id) this.#lose(held, 'Asked to end');
  }

  /** Says of all that they are at work, and ends what is in other hands. */
  async beat(): Promise<void> {
    const all = [...this.#held.values()];
    if (all.length === 0) return;
    if (await this.#jobs.touchAll(all.map(({ attempt }) => attempt))) return;
    for (const held of all)
      if (!(await this.#jobs.touch(held.attempt)))
        this.#lose(held, 'Asked to end, or another replica has it by now');
  }

  /** Gives all to others. */
  async empty(): Promise<void> {
    const all = [...this.#held.values()];
    for (const held of all) this.#lose(held, 'The queue is closed');
    await Promise.all(all.map(({ attempt }) => this.#jobs.giveBack(attempt)));
  }

  #lose(held: Held, why: string): void {
    if (!this.#held.delete(held.taken.signal) || held.isEnding) return;
    held.end.abort(new Error(why));
  }
}
