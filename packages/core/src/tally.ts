import type { Step } from './batch.ts';
import type { RunReport } from './events.ts';

/** Counts what a run does. */
export class Tally {
  readonly #sync: string;
  readonly #newestMs: number | undefined;
  readonly #startedMs: number;
  seen = 0;
  loaded = 0;
  refreshed = 0;
  known = 0;
  deleted = 0;
  failed = 0;
  waiting = 0;
  bytes = 0;
  commits = 0;

  constructor(sync: string, newestMs: number | undefined, startedMs: number) {
    this.#sync = sync;
    this.#newestMs = newestMs;
    this.#startedMs = startedMs;
  }

  /** Counts the files of one commit. */
  committed(steps: readonly Step[]): void {
    this.commits += 1;
    for (const { outcome, bytes } of steps) {
      this[outcome] += 1;
      this.bytes += bytes;
    }
  }

  report(
    outcome: RunReport['outcome'],
    watermarkMs: number | undefined,
    localMs: number,
  ): RunReport {
    const { seen, loaded, refreshed, known, deleted, failed, waiting, bytes, commits } = this;
    return {
      sync: this.#sync,
      outcome,
      seen,
      loaded,
      refreshed,
      known,
      deleted,
      failed,
      waiting,
      bytes,
      commits,
      watermarkMs,
      behindMs: this.#newestMs === undefined ? 0 : Math.max(this.#newestMs - (watermarkMs ?? 0), 0),
      durationMs: localMs - this.#startedMs,
    };
  }
}
