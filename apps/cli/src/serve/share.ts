import type { AdaptiveLimit, HistogramSource } from '@tdp-sync/core';
import { measuredSource, type OnRequest } from './measured-source.ts';

/** What one of several syncs may do at a source, until it is disposed. */
export interface Share extends Disposable {
  /** The source; by what is asked of it, the others know how much is left for them. */
  readonly source: HistogramSource;
  /** How many files the sync may retrieve at once, at this moment. */
  readonly concurrency: () => number;
}

/** A source that the syncs at work share: deals out among them how many files it bears to be asked for at once. */
export class Shares {
  readonly #source: HistogramSource;
  readonly #limit: Pick<AdaptiveLimit, 'current'>;
  #syncs = 0;
  #underWay = 0;

  constructor(source: HistogramSource, limit: Pick<AdaptiveLimit, 'current'>) {
    this.#source = source;
    this.#limit = limit;
  }

  /**
   * Lets one more sync take part. It may have an equal part of the limit, but no more than the others leave: one that
   * began alone gives up what is not its own any more only as its files arrive. One file is always allowed, so that
   * none stands still.
   */
  join(): Share {
    let own = 0;
    const count = (change: 1 | -1): void => {
      own += change;
      this.#underWay += change;
    };
    const onRequest: OnRequest = (kind) => {
      if (kind !== 'retrieve') return () => undefined;
      count(1);
      return () => count(-1);
    };
    this.#syncs += 1;
    return {
      source: measuredSource(this.#source, onRequest),
      concurrency: () => {
        const { current } = this.#limit;
        const equal = Math.floor(current / this.#syncs);
        const left = current - (this.#underWay - own);
        return Math.max(Math.min(equal, left), 1);
      },
      [Symbol.dispose]: () => {
        this.#syncs -= 1;
      },
    };
  }
}
