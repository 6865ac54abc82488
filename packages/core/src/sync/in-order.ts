import type { Clock } from '../clock.ts';
import type { Hold } from '../source/source.ts';
import { Bell } from './bell.ts';
import { Patience } from './patience.ts';
import { Room } from './room.ts';
import { type Outcome, type Slot, Slots } from './slots.ts';

/** What is done with the items. */
export interface Work<I, R> {
  /** `hold` is told what the item holds in memory by now, and whether it has to wait before it may hold so much. */
  readonly on: (item: I, signal: AbortSignal, hold: Hold) => Promise<R>;
  /** What an item will probably hold in memory while it is worked on. */
  readonly expected: (item: I) => number;
  /** What its result holds. */
  readonly actual: (result: R) => number;
  /** How a result goes before its turn; `undefined` where it must not. */
  readonly early: (result: R) => Early<R> | undefined;
}

/** A result that goes before its turn: what is given at once, and what in its turn. */
export interface Early<R> {
  readonly now: R;
  readonly inTurn: R;
}

/** What bounds the work that {@link inOrder} has under way. */
export interface WorkBounds {
  /** Most items worked on at once; asked before each start, so it may change. */
  readonly concurrency: () => number;
  /** Most items started whose results were not given yet, so that they cannot pile up where they are taken slowly. */
  readonly ahead: number;
  /** The same while the first in order is not done, for then it is this one that is waited for: the others need not wait, too. */
  readonly past: number;
  /** Most items started whose turn has not come yet. */
  readonly behind: number;
  /** Most bytes that may be held; the first in order may hold more. */
  readonly bytes: number;
  /** An item that takes longer is not waited for any more by the results behind it. */
  readonly patienceMs: number;
  readonly clock: Pick<Clock, 'now' | 'sleep'>;
  /** Once it is aborted, what is under way is given up: its signal is aborted, and it has no result. */
  readonly giveUp?: AbortSignal | undefined;
}

/**
 * Works on many items at once and yields the results in the order of the items. Only when the first one takes too long, those
 * behind it that may go early go on without it, and leave something behind for their turn.
 *
 * An error, of an item's work or of the items themselves, is thrown when its turn comes: the results
 * before it are yielded first, and no further item is started. Leaving the loop early, or an error,
 * aborts the signal that items and work are given, and waits until all that was started has ended.
 */
export async function* inOrder<I, R>(
  items: (signal: AbortSignal) => AsyncIterable<I>,
  work: Work<I, R>,
  bounds: WorkBounds,
): AsyncGenerator<R, void, undefined> {
  const order = new InOrder(work, bounds);
  const feeding = order.feed(items);
  try {
    while (true) {
      const given = order.take();
      if (given !== undefined) yield given.result;
      else if (order.isOver) return;
      else await order.news();
    }
  } finally {
    order.cancel();
    await feeding;
    await order.ended();
  }
}

/** The work under way, and what came of it. */
class InOrder<I, R> {
  readonly #work: Work<I, R>;
  readonly #bounds: WorkBounds;
  readonly #room: Room;
  readonly #cancel = new AbortController();
  /** For who takes: something has come. */
  readonly #settled = new Bell();
  /** For who feeds: there may be room for one more. */
  readonly #freed = new Bell();
  readonly #slots = new Slots<R>();
  readonly #patience: Patience<R>;
  #running = 0;
  /** Given before their turn. */
  #early = 0;
  /** Settled and not given. */
  #waiting = 0;
  #isFailed = false;
  #isGivenUp = false;
  /** One has no result, so that no turn comes any more. */
  #isBroken = false;
  #end: { readonly error?: unknown } | undefined;

  constructor(work: Work<I, R>, bounds: WorkBounds) {
    this.#work = work;
    this.#bounds = bounds;
    this.#room = new Room(bounds.bytes);
    const { patienceMs, clock } = bounds;
    const wake = (): void => this.#settled.ring();
    this.#patience = new Patience(patienceMs, clock, this.#cancel.signal, wake);
    if (bounds.giveUp?.aborted === true) this.#giveUp();
    bounds.giveUp?.addEventListener('abort', this.#giveUp, { once: true });
  }

  get isOver(): boolean {
    return this.#slots.first === undefined && this.#end !== undefined;
  }

  /** The next result, if there is one. */
  take(): { readonly result: R } | undefined {
    const slots = this.#slots;
    for (let { first } = slots; first?.outcome !== undefined; first = slots.first) {
      const given = this.#taken(first, first.outcome);
      if (given !== undefined) return given;
    }
    if (slots.first !== undefined) return this.#overtaking(slots.first);
    if (this.#end !== undefined && 'error' in this.#end) throw this.#end.error;
    return undefined;
  }

  /** Resolves when there may be a result. */
  news(): Promise<void> {
    return this.#settled.wait();
  }

  async feed(items: (signal: AbortSignal) => AsyncIterable<I>): Promise<void> {
    const isEnding = (): boolean => this.#isFailed || this.#cancel.signal.aborted;
    try {
      for await (const item of items(this.#cancel.signal)) {
        while (!this.#hasRoom() && !isEnding()) await this.#freed.wait();
        if (isEnding()) break;
        void this.#start(item);
      }
      this.#end = {};
    } catch (error) {
      this.#end = this.#isGivenUp ? {} : { error };
    } finally {
      this.#settled.ring();
    }
  }

  cancel(): void {
    this.#bounds.giveUp?.removeEventListener('abort', this.#giveUp);
    this.#cancel.abort(new Error('No longer needed'));
    this.#room.open();
    this.#freed.ring();
  }

  /** Resolves when nothing is under way any more, but for what was given up and does not heed it. */
  async ended(): Promise<void> {
    while (this.#running > 0 && !this.#isGivenUp) await this.#settled.wait();
  }

  #hasRoom(): boolean {
    const { concurrency, ahead, past, behind } = this.#bounds;
    const isHeldUp = this.#slots.first?.outcome === undefined;
    return (
      this.#running < concurrency() &&
      this.#slots.count - this.#early < (isHeldUp ? Math.max(past, ahead) : ahead) &&
      this.#slots.count < behind &&
      !this.#room.isFull
    );
  }

  async #start(item: I): Promise<void> {
    const slot = this.#slots.append(this.#bounds.clock.now());
    if (slot === this.#slots.first) this.#room.first = slot;
    const expected = this.#work.expected(item);
    this.#room.set(slot, expected);
    const hold: Hold = (bytes) =>
      slot.outcome === undefined ? this.#room.grow(slot, Math.max(bytes, expected)) : undefined;
    this.#running += 1;
    try {
      const result = await this.#work.on(item, this.#cancel.signal, hold);
      this.#settle(slot, { result }, this.#work.actual(result));
    } catch (error) {
      this.#isFailed ||= slot.outcome === undefined;
      this.#settle(slot, { error }, 0);
    } finally {
      this.#running -= 1;
      this.#settled.ring();
      this.#freed.ring();
    }
  }

  #settle(slot: Slot<R>, outcome: Outcome<R>, bytes: number): void {
    // It was given up meanwhile.
    if (slot.outcome !== undefined) return;
    slot.outcome = outcome;
    this.#room.set(slot, bytes);
    this.#waiting += 1;
    this.#patience.settled(slot, this.#slots.first);
  }

  /** Takes the first one off. Gives its result, unless that was given before or has to stay away. */
  #taken(first: Slot<R>, outcome: Outcome<R>): { readonly result: R } | undefined {
    this.#slots.shift();
    this.#room.first = this.#slots.first;
    if (first.isEarly) this.#early -= 1;
    else this.#waiting -= 1;
    this.#room.set(first, 0);
    this.#freed.ring();
    if (outcome === 'given up') {
      this.#isBroken = true;
      return undefined;
    }
    if ('error' in outcome) throw outcome.error;
    if (!this.#isBroken) return outcome;
    const early = first.isEarly ? undefined : this.#work.early(outcome.result);
    return early && { result: early.now };
  }

  /** A result that goes before its turn, when the first one takes too long. */
  #overtaking(first: Slot<R>): { readonly result: R } | undefined {
    if (this.#waiting === 0 || !this.#patience.isOver(first)) return undefined;
    const next = (): Slot<R> | undefined => this.#patience.next(first, this.#slots);
    for (let slot = next(); slot !== undefined; slot = next()) {
      const early = earlyOf(slot, this.#work);
      if (early === undefined) continue;
      slot.outcome = { result: early.inTurn };
      slot.isEarly = true;
      this.#early += 1;
      this.#waiting -= 1;
      this.#room.set(slot, 0);
      this.#freed.ring();
      return { result: early.now };
    }
    return undefined;
  }

  readonly #giveUp = (): void => {
    this.#isGivenUp = true;
    for (const slot of this.#slots)
      if (slot.outcome === undefined) this.#settle(slot, 'given up', 0);
    this.#cancel.abort(this.#bounds.giveUp?.reason);
    this.#room.open();
    this.#settled.ring();
    this.#freed.ring();
  };
}

function earlyOf<I, R>({ outcome }: Slot<R>, work: Work<I, R>): Early<R> | undefined {
  if (outcome === undefined || outcome === 'given up' || 'error' in outcome) return undefined;
  return work.early(outcome.result);
}
