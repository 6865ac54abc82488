import { type Document, SinkError } from '@tdp-sync/sink';
import { Random } from './random.ts';
import { MINUTE, type Scenario } from './scenario.ts';
import type { Scheduler } from './scheduler.ts';

/** What the database refuses while troubles last: the rows of some files, loads that are too large, and everything for some time. */
export class Picky {
  readonly #scenario: Scenario;
  readonly #scheduler: Scheduler;
  readonly #random: Random;
  #nothingUntilMs = 0;
  /** When it did so before that. */
  #relentedMs = 0;
  #isOver = false;

  constructor(scenario: Scenario, scheduler: Scheduler) {
    this.#scenario = scenario;
    this.#scheduler = scheduler;
    this.#random = Random.of(scenario.seed, 'picky');
  }

  /** Something happens: maybe nothing is accepted from now on. */
  act(): void {
    if (!this.#random.chance(this.#scenario.stubborn)) return;
    this.#relentedMs = this.#lastRelentedMs();
    this.#nothingUntilMs = this.#scheduler.nowMs + this.#random.int(2, 40) * MINUTE;
  }

  /** It holds whatever it is given. */
  end(): void {
    this.#isOver = true;
  }

  /** Whether it has accepted nothing for some time, and accepts something since then. */
  hasRelentedSince(timeMs: number): boolean {
    return this.#lastRelentedMs() >= timeMs;
  }

  #lastRelentedMs(): number {
    const isOver = this.#nothingUntilMs <= this.#scheduler.nowMs;
    return isOver ? this.#nothingUntilMs : this.#relentedMs;
  }

  /** Whether it cannot hold the rows of a file. */
  refuses(key: string): boolean {
    return Number.parseInt(key.slice(0, 8), 16) < this.#scenario.picky * 0x1_0000_0000;
  }

  /** The error of a load of these documents. What these tables hold, it takes of every file. */
  refusal(documents: readonly Document[], taken: readonly string[]): SinkError | undefined {
    if (this.#isOver || documents.length === 0) return undefined;
    if (this.#scheduler.nowMs < this.#nothingUntilMs)
      return new SinkError('SINK_FAILED', 'the database accepts nothing');
    if (documents.length > this.#scenario.mostDocuments)
      return new SinkError('SINK_FAILED', 'the load is too large');
    const hasData = ({ status, rows }: Document): boolean =>
      status === 'loaded' && [...rows.keys()].some((name) => !taken.includes(name));
    const bad = documents.find((document) => this.refuses(document.id) && hasData(document));
    if (bad === undefined) return undefined;
    // Some databases say which one it was.
    const named = Number.parseInt(bad.id.slice(-1), 16) % 2 === 0 ? { documentId: bad.id } : {};
    return new SinkError('INVALID_VALUE', 'the row is too wide', named);
  }
}
