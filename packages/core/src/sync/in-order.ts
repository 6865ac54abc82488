/** What bounds the work that {@link inOrder} has under way. */
export interface WorkBounds {
  /** Most items worked on at once; asked before each start, so it may change. */
  readonly concurrency: () => number;
  /** Most items started and not yet taken, so that one slow item cannot make the rest pile up. */
  readonly ahead: number;
  /** No item is started while what is under way and the results not yet taken weigh this much. */
  readonly weight: number;
}

/** Tells what an item will probably weigh while it is worked on, and what its result does. */
export interface Scale<I, R> {
  readonly expected: (item: I) => number;
  readonly actual: (result: R) => number;
}

interface Slot<R> {
  outcome: { readonly result: R } | { readonly error: unknown } | undefined;
  weight: number;
}

/**
 * Works on many items at once and yields the results in the order of the items.
 *
 * An error, of an item's work or of the items themselves, is thrown when its turn comes: the results
 * before it are yielded first, and no further item is started. Leaving the loop early, or an error,
 * aborts the signal that items and work are given, and waits until all that was started has ended.
 */
export async function* inOrder<I, R>(
  items: (signal: AbortSignal) => AsyncIterable<I>,
  work: (item: I, signal: AbortSignal) => Promise<R>,
  scale: Scale<I, R>,
  bounds: WorkBounds,
): AsyncGenerator<R, void, undefined> {
  const slots: Slot<R>[] = [];
  const cancel = new AbortController();
  const { signal } = cancel;
  const settled = new Bell();
  const freed = new Bell();
  let running = 0;
  let weight = 0;
  let failed = false;
  let ended: { readonly error?: unknown } | undefined;

  const hasRoom = (): boolean =>
    running < bounds.concurrency() && slots.length < bounds.ahead && weight < bounds.weight;

  const weigh = (slot: Slot<R>, heavy: number): void => {
    weight += heavy - slot.weight;
    slot.weight = heavy;
  };

  const start = async (item: I): Promise<void> => {
    const slot: Slot<R> = { outcome: undefined, weight: 0 };
    slots.push(slot);
    running += 1;
    weigh(slot, scale.expected(item));
    try {
      const result = await work(item, signal);
      weigh(slot, scale.actual(result));
      slot.outcome = { result };
    } catch (error) {
      failed = true;
      weigh(slot, 0);
      slot.outcome = { error };
    } finally {
      running -= 1;
      settled.ring();
      freed.ring();
    }
  };

  const feed = async (): Promise<void> => {
    try {
      for await (const item of items(signal)) {
        while (!hasRoom() && !failed && !signal.aborted) await freed.wait();
        if (failed || signal.aborted) break;
        void start(item);
      }
      ended = {};
    } catch (error) {
      ended = { error };
    } finally {
      settled.ring();
    }
  };

  const feeding = feed();
  try {
    while (true) {
      const outcome = slots[0]?.outcome;
      if (outcome !== undefined) {
        weight -= slots.shift()?.weight ?? 0;
        freed.ring();
        if ('error' in outcome) throw outcome.error;
        yield outcome.result;
      } else if (slots.length === 0 && ended !== undefined) {
        if ('error' in ended) throw ended.error;
        return;
      } else {
        await settled.wait();
      }
    }
  } finally {
    cancel.abort(new Error('No longer needed'));
    freed.ring();
    await feeding;
    while (running > 0) await settled.wait();
  }
}

/** Wakes whoever waits. A ring that nobody waits for is remembered. */
class Bell {
  #rung = false;
  #wake: (() => void) | undefined;

  ring(): void {
    this.#rung = true;
    this.#wake?.();
    this.#wake = undefined;
  }

  async wait(): Promise<void> {
    if (!this.#rung) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.#rung = false;
  }
}

/** Asks for the next value while the current one is being used. */
export async function* oneAhead<T>(source: AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
  const iterator = source[Symbol.asyncIterator]();
  try {
    let next = iterator.next();
    while (true) {
      const { done, value } = await next;
      if (done === true) return;
      next = iterator.next();
      // Its error is met by the await above; without this, Node would see it as unhandled until then.
      next.catch(() => undefined);
      yield value;
    }
  } finally {
    await iterator.return?.();
  }
}
