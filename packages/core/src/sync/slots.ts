import type { Holder } from './room.ts';

/** What came of an item: `given up` is nothing. */
export type Outcome<R> = { readonly result: R } | { readonly error: unknown } | 'given up';

/** An item that was started and whose turn has not come yet. */
export interface Slot<R> extends Holder {
  readonly startedMs: number;
  outcome: Outcome<R> | undefined;
  /** Its result was given before its turn. */
  isEarly: boolean;
  next: Slot<R> | undefined;
}

/** Slots from the first to the last. A list, since there may be many, and they come and go one by one. */
export class Slots<R> {
  #first: Slot<R> | undefined;
  #last: Slot<R> | undefined;
  #appended = 0;
  count = 0;

  get first(): Slot<R> | undefined {
    return this.#first;
  }

  append(startedMs: number): Slot<R> {
    const slot: Slot<R> = {
      number: this.#appended,
      bytes: 0,
      startedMs,
      outcome: undefined,
      isEarly: false,
      next: undefined,
    };
    if (this.#last === undefined) this.#first = slot;
    else this.#last.next = slot;
    this.#last = slot;
    this.#appended += 1;
    this.count += 1;
    return slot;
  }

  /** Takes the first one off. */
  shift(): void {
    this.#first = this.#first?.next;
    if (this.#first === undefined) this.#last = undefined;
    this.count -= 1;
  }

  *[Symbol.iterator](): Generator<Slot<R>> {
    for (let slot = this.#first; slot !== undefined; slot = slot.next) yield slot;
  }
}
