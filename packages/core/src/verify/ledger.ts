import type { Sink, StoredDocument } from '@tdp-sync/sink';
import { type Order, parseOrder } from '../position/order.ts';
import type { Window } from '../source/window.ts';

/** What the ledger counts in one stretch of `indexedAt`. */
export interface Held {
  readonly count: number;
  readonly oldestMs: number;
  readonly newestMs: number;
  /** All times added up, exactly. */
  readonly sumMs: bigint;
}

/**
 * The order of a line that TDP's search should show, as the files table says; `undefined` for a file that is settled to be
 * gone. One that a sweep has noted as missing is not yet.
 */
export function expectedOrder(line: StoredDocument): Order | undefined {
  const order = parseOrder(line.order);
  const is = order?.stage.is;
  return is === 'loaded' || is === 'failed' || is === 'missing' ? order : undefined;
}

/**
 * When each file was indexed that the ledger holds and TDP should show, for counting: 8 bytes a file,
 * however many there are. A file without a stamp counts as indexed in 1970.
 */
export class LedgerTimes {
  readonly #times: Float64Array;

  private constructor(times: Float64Array) {
    this.#times = times;
  }

  static async read(sink: Sink, sync: string): Promise<LedgerTimes> {
    let times = new Float64Array(1024);
    let count = 0;
    for await (const line of sink.documents(sync)) {
      const order = expectedOrder(line);
      if (order === undefined) continue;
      if (count === times.length) times = grown(times);
      times[count] = order.indexedAtMs;
      count += 1;
    }
    return new LedgerTimes(times.subarray(0, count).sort());
  }

  get size(): number {
    return this.#times.length;
  }

  /** Number of files in the stretch. */
  count({ fromMs, toMs }: Window): number {
    return this.#position(toMs) - this.#position(fromMs);
  }

  /** The oldest file in the stretch. */
  oldestMs({ fromMs, toMs }: Window): number | undefined {
    const oldest = this.#times[this.#position(fromMs)];
    return oldest !== undefined && oldest < toMs ? oldest : undefined;
  }

  /** What is held in each stretch of this length, as a histogram would have it: by the stretches' starts. */
  histogram({ fromMs, toMs }: Window, intervalMs: number): Map<number, Held> {
    const found = new Map<number, Held>();
    const end = this.#position(toMs);
    let at = this.#position(fromMs);
    while (at < end) {
      const startMs = Math.floor((this.#times[at] ?? 0) / intervalMs) * intervalMs;
      const next = Math.min(this.#position(startMs + intervalMs), end);
      found.set(startMs, this.#held(at, next));
      at = next;
    }
    return found;
  }

  #held(from: number, to: number): Held {
    const oldestMs = this.#times[from] ?? 0;
    let beyondMs = 0;
    for (let at = from; at < to; at += 1) beyondMs += (this.#times[at] ?? 0) - oldestMs;
    return {
      count: to - from,
      oldestMs,
      newestMs: this.#times[to - 1] ?? 0,
      sumMs: BigInt(oldestMs) * BigInt(to - from) + BigInt(beyondMs),
    };
  }

  /** Number of files indexed before. */
  #position(timeMs: number): number {
    let low = 0;
    let high = this.#times.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#times[middle] ?? 0) < timeMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** File keys that were met, in 8 bytes each: the first half of the key, which no two files share. */
export class MetKeys {
  #keys = new BigUint64Array(1024);
  #count = 0;
  #isSorted = false;

  add(key: string): void {
    if (this.#count === this.#keys.length) {
      const keys = new BigUint64Array(this.#count * 2);
      keys.set(this.#keys);
      this.#keys = keys;
    }
    this.#keys[this.#count] = half(key);
    this.#count += 1;
    this.#isSorted = false;
  }

  has(key: string): boolean {
    if (!this.#isSorted) this.#keys.subarray(0, this.#count).sort();
    this.#isSorted = true;
    const wanted = half(key);
    let low = 0;
    let high = this.#count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#keys[middle] ?? 0n) < wanted) low = middle + 1;
      else high = middle;
    }
    return low < this.#count && this.#keys[low] === wanted;
  }
}

function half(key: string): bigint {
  return BigInt(`0x${key.slice(0, 16)}`);
}

function grown(times: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(times.length * 2);
  larger.set(times);
  return larger;
}
