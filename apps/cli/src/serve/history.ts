import type { RunLine } from '@tdp-sync/core';
import type { HistoryPoint } from './status.ts';

const MINUTE_MS = 60_000;
const POINTS = 720;

interface Bucket {
  readonly minute: number;
  files: number;
  bytes: number;
  lagMs: number | undefined;
}

/** What happened in each minute of the last hours. */
export class History {
  readonly #buckets: Bucket[] = [];

  add(nowMs: number, files: number, bytes: number, lagMs: number | undefined): void {
    const minute = Math.floor(nowMs / MINUTE_MS);
    let bucket = this.#buckets.at(-1);
    if (bucket?.minute !== minute) {
      bucket = { minute, files: 0, bytes: 0, lagMs };
      this.#buckets.push(bucket);
      if (this.#buckets.length > POINTS) this.#buckets.shift();
    }
    bucket.files += files;
    bucket.bytes += bytes;
    bucket.lagMs = lagMs;
  }

  /**
   * What the journal tells of the hours before the service began: a run's files in equal parts over its minutes. A run that was
   * complete left nothing behind; of any other nobody has written how much.
   */
  seed(runs: readonly RunLine[], nowMs: number): void {
    if (this.#buckets.length > 0) return;
    const oldestMs = nowMs - POINTS * MINUTE_MS;
    for (const run of runs.toSorted((a, b) => a.startedAtMs - b.startedAtMs)) {
      const endMs = Math.min(run.endedAtMs, nowMs);
      const minutes = Math.floor((endMs - run.startedAtMs) / MINUTE_MS) + 1;
      const files = (run.loaded + run.refreshed) / minutes;
      for (let minute = 0; minute < minutes; minute += 1) {
        const atMs = run.startedAtMs + minute * MINUTE_MS;
        const isLast = minute === minutes - 1 && run.outcome === 'complete';
        if (atMs >= oldestMs) this.add(atMs, files, run.bytes / minutes, isLast ? 0 : undefined);
      }
    }
  }

  get points(): readonly HistoryPoint[] {
    return this.#buckets.map(({ minute, files, bytes, lagMs }) => ({
      at: new Date(minute * MINUTE_MS).toISOString(),
      lagSeconds: lagMs === undefined ? null : lagMs / 1000,
      files,
      bytes,
    }));
  }
}
