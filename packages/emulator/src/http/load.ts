import type { Stats } from '../stats.ts';

/** Counts the requests in work at one port: each from its head until its answer is sent or given up. */
export class Load {
  readonly #stats: Stats;
  #inFlight = 0;

  constructor(stats: Stats) {
    this.#stats = stats;
  }

  /** Requests in work at this port. The emulator's stats count those of both ports. */
  get inFlight(): number {
    return this.#inFlight;
  }

  begin(): void {
    const stats = this.#stats;
    this.#inFlight++;
    stats.inFlight++;
    if (stats.inFlight > stats.maxInFlight) stats.maxInFlight = stats.inFlight;
  }

  end(): void {
    this.#inFlight--;
    this.#stats.inFlight--;
  }
}
