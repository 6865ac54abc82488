import { setImmediate as turn } from 'node:timers/promises';
import { type FileHit, type FileQuery, SyncError } from '@tdp-sync/core';
import { pino } from 'pino';
import { Nudger } from '../../src/serve/events/nudger.ts';
import { Metrics } from '../../src/serve/metrics.ts';

/** What was asked of a service. */
export interface Wanted {
  readonly sync: string;
  readonly kind: string;
  readonly fileIds: readonly string[] | undefined;
  readonly atMs: number;
}

/** A service that does nothing but to remember what it was asked, and time that passes when a test says so. */
export class Site {
  nowMs = 0;
  /** What TDP's search shows. */
  readonly shown = new Set<string>();
  readonly wanted: Wanted[] = [];
  readonly searches: number[] = [];
  readonly failing = new Set<string>();
  isDown = false;
  settleMs = 60_000;
  names: readonly string[] = ['lab', 'other'];
  log = '';
  readonly metrics = new Metrics();
  readonly nudger: Nudger;
  #sleeps: { readonly untilMs: number; readonly wake: () => void }[] = [];

  constructor() {
    const clock = {
      now: () => this.nowMs,
      sleep: (durationMs: number, signal?: AbortSignal) =>
        new Promise<void>((wake, reject) => {
          this.#sleeps.push({ untilMs: this.nowMs + durationMs, wake });
          signal?.addEventListener('abort', () => reject(signal.reason));
        }),
    };
    const write = (line: string): void => {
      this.log += line;
    };
    const parts = { clock, log: pino({}, { write }), metrics: this.metrics };
    this.nudger = new Nudger(this.#service() as never, parts);
  }

  /** Lets time pass, a step at a time, and all that follows from it happen. */
  async pass(durationMs: number): Promise<void> {
    const untilMs = this.nowMs + durationMs;
    for (;;) {
      for (let round = 0; round < 10; round += 1) await turn();
      const nextMs = Math.min(...this.#sleeps.map((sleep) => sleep.untilMs));
      if (nextMs > untilMs) break;
      this.nowMs = Math.max(nextMs, this.nowMs);
      const due = this.#sleeps.filter((sleep) => sleep.untilMs <= this.nowMs);
      this.#sleeps = this.#sleeps.filter((sleep) => sleep.untilMs > this.nowMs);
      for (const { wake } of due) wake();
    }
    this.nowMs = untilMs;
  }

  #service(): object {
    const site = this;
    return {
      get boards() {
        return site.names.map((name) => ({ name }));
      },
      scheduler: { failures: (name: string) => (site.failing.has(name) ? 1 : 0) },
      runtime: {
        get loaded() {
          const syncs = site.names.map((name) => [name, { settle: site.settleMs }]);
          return { config: { syncs: Object.fromEntries(syncs) } };
        },
        source: { client: { page: site.#page.bind(site) } },
      },
      want: (sync: string, kind: string, fileIds?: readonly string[]) =>
        site.wanted.push({ sync, kind, fileIds, atMs: site.nowMs }) > 0,
    };
  }

  async #page({ fileIds = [] }: FileQuery, after: string | undefined): Promise<readonly FileHit[]> {
    if (this.isDown) throw new SyncError('SOURCE_UNAVAILABLE', 'TDP is away');
    if (after === undefined) this.searches.push(fileIds.length);
    const hits = fileIds.filter((id) => this.shown.has(id) && (after === undefined || id > after));
    return hits
      .sort()
      .slice(0, 100)
      .map((fileId) => ({ fileId })) as never;
  }
}

/** An event that names files. */
export function naming(...fileIds: readonly string[]): string {
  return JSON.stringify({ detail: { fileIds } });
}
