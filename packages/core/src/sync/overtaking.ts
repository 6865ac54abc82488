import type { Early } from './in-order.ts';

/** How something has ended that was waited for: as it should; `broken`, so that no place may move on; or `over`, and nothing else is wanted. */
export type Ended = 'settled' | 'broken' | 'over';

/** Results in their order, of which those may go before their turn that come while something else is waited for. */
export class Overtaking<R> implements AsyncDisposable {
  readonly #results: AsyncIterator<R>;
  readonly #early: (result: R) => Early<R> | undefined;
  readonly #giveUp: () => void;
  #next: Promise<IteratorResult<R>> | undefined;
  /** What has come before its turn. */
  readonly #waiting: R[] = [];

  /** `giveUp`: none of the results is wanted any more, and those that are waited for may end without one. */
  constructor(
    results: AsyncIterable<R>,
    early: (result: R) => Early<R> | undefined,
    giveUp: () => void,
  ) {
    this.#results = results[Symbol.asyncIterator]();
    this.#early = early;
    this.#giveUp = giveUp;
  }

  /** The next one in turn; `undefined` at the end. */
  async next(): Promise<R | undefined> {
    if (this.#waiting.length > 0) return this.#waiting.shift();
    const came = await this.#coming();
    this.#next = undefined;
    return came.done === true ? undefined : came.value;
  }

  /** What may go before its turn of all that is still to come. */
  async *rest(): AsyncGenerator<R> {
    for (let result = await this.next(); result !== undefined; result = await this.next()) {
      const early = this.#early(result);
      if (early !== undefined) yield early.now;
    }
  }

  /** All that something else gives, and meanwhile what may go before its turn. Tells how the other one has ended. */
  async *during(other: AsyncGenerator<R, Ended>): AsyncGenerator<R, Ended> {
    let others = other.next();
    let isEnded = false;
    try {
      while (true) {
        const came = await Promise.race([
          others.then((given) => ({ given })),
          ...(isEnded ? [] : [this.#coming()]),
        ]);
        if ('given' in came) {
          if (came.given.done === true) return came.given.value;
          yield came.given.value;
          others = other.next();
        } else if (came.done === true) isEnded = true;
        else {
          this.#next = undefined;
          const early = this.#early(came.value);
          this.#waiting.push(early?.inTurn ?? came.value);
          if (early !== undefined) yield early.now;
        }
      }
    } finally {
      await other.return('over');
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#next !== undefined) {
      this.#giveUp();
      await this.#next.catch(() => undefined);
    }
    await this.#results.return?.();
  }

  #coming(): Promise<IteratorResult<R>> {
    this.#next ??= this.#results.next();
    return this.#next;
  }
}
