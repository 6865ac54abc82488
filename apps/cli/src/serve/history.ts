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

  get points(): readonly HistoryPoint[] {
    return this.#buckets.map(({ minute, files, bytes, lagMs }) => ({
      at: new Date(minute * MINUTE_MS).toISOString(),
      lagSeconds: lagMs === undefined ? null : lagMs / 1000,
      files,
      bytes,
    }));
  }
}
