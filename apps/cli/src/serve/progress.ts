import type { RunReport, SyncEvent } from '@tdp-sync/core';
import { type Cadence, nthOf } from '../config/cadence.ts';
import { moment } from '../render/format.ts';

/** Whether a sync makes progress. */
export interface Verdict {
  readonly ok: boolean;
  /** Said of a sync that does not. */
  readonly reason: string | undefined;
}

/**
 * Judges whether a sync gets on, by what it has reached and not by whether it ends without an error. Progress is:
 * the watermark moves; the open window is read further than ever; rows of an older mapping are made anew; or TDP
 * says that it has nothing that the database has not.
 */
export class ProgressWatch {
  #atMs: number;
  #watermarkMs: number | undefined;
  #newestMs: number | undefined;
  #window: { readonly toMs: number; readonly after: string } | undefined;
  #isRebuilding = false;

  constructor(nowMs: number) {
    this.#atMs = nowMs;
  }

  /** When it got on last. */
  get gotAtMs(): number {
    return this.#atMs;
  }

  /** The newest file that TDP has shown, and the watermark, as far as is known. */
  get known(): { readonly newestMs: number | undefined; readonly watermarkMs: number | undefined } {
    return { newestMs: this.#newestMs, watermarkMs: this.#watermarkMs };
  }

  /** How far the database is behind the newest file that TDP has shown. */
  get lagMs(): number | undefined {
    if (this.#newestMs === undefined) return this.#watermarkMs === undefined ? undefined : 0;
    if (this.#watermarkMs === undefined) return undefined;
    return Math.max(this.#newestMs + 1 - this.#watermarkMs, 0);
  }

  /** What the database says at the start. That is no progress. What is later than it can be is left to the next run to judge. */
  learn(watermarkMs: number | undefined, latestMs: number): void {
    if (watermarkMs !== undefined && watermarkMs <= latestMs) this.#watermarkMs ??= watermarkMs;
  }

  /** Nothing was expected of it until now. */
  restart(nowMs: number): void {
    this.#atMs = nowMs;
  }

  onEvent(event: SyncEvent, nowMs: number): void {
    if (event.type === 'run-started') {
      this.#isRebuilding = false;
      // A quiet run may have come further than what is stored (`idle`).
      this.#watermarkMs =
        event.watermarkMs === undefined ? undefined : this.#further(event.watermarkMs);
      if (event.newestMs !== undefined)
        this.#newestMs = Math.max(event.newestMs, this.#newestMs ?? 0);
      const { newestMs, watermarkMs = 0, clocks } = event;
      // Where clocks keep a run from telling what TDP has, it has not said that there is nothing.
      if (!clocks.isBarred && (newestMs === undefined || newestMs < watermarkMs))
        this.#atMs = nowMs;
    } else if (event.type === 'rebuild-started') this.#isRebuilding = true;
    else if (event.type === 'rebuild-ended') this.#isRebuilding = false;
    else if (event.type === 'pulled-back') this.#watermarkMs = event.toMs;
    else if (event.type === 'committed') this.#committed(event, nowMs);
    else if (event.type === 'window-closed') {
      if (event.isBehind) this.#atMs = nowMs;
      else this.#moved(event.window.toMs, nowMs);
    }
  }

  /** A run that has come to its end, and with it to the moment when it began. */
  ended(report: Pick<RunReport, 'outcome' | 'behindMs'>, settleMs: number, nowMs: number): void {
    if (report.outcome === 'complete' && report.behindMs <= settleMs + 1) this.#atMs = nowMs;
  }

  /** Something of its backlog has been brought in. */
  got(atMs: number): void {
    this.#atMs = Math.max(atMs, this.#atMs);
  }

  /** The newest file that a run of another replica has been shown. */
  shown(newestMs: number | undefined): void {
    if (newestMs !== undefined) this.#newestMs = Math.max(newestMs, this.#newestMs ?? 0);
  }

  /** The watermark is this, and be it less than before: the sync was reset, or its database restored. */
  stands(watermarkMs: number | undefined, atMs: number): void {
    if (watermarkMs !== undefined) this.#moved(watermarkMs, atMs);
    this.#watermarkMs = watermarkMs;
  }

  /** Not before the sync should have run so many times since it last got on. */
  judge(every: Cadence, patience: number, nowMs: number): Verdict {
    if (nowMs <= nthOf(every, this.#atMs, patience)) return { ok: true, reason: undefined };
    const { newestMs, watermarkMs } = this.known;
    const reached = watermarkMs === undefined ? 'nothing yet' : moment(watermarkMs);
    const newest = newestMs === undefined ? 'not known' : `of ${moment(newestMs)}`;
    return {
      ok: false,
      reason: `no progress since ${moment(this.#atMs)}: complete up to ${reached}, newest file in TDP ${newest}`,
    };
  }

  #committed(event: Extract<SyncEvent, { type: 'committed' }>, nowMs: number): void {
    if (event.watermarkMs !== undefined) this.#moved(event.watermarkMs, nowMs);
    if (this.#isRebuilding && event.applied > 0) this.#atMs = nowMs;
    const { open } = event;
    if (open?.after === undefined) return;
    const isSame = open.toMs === this.#window?.toMs;
    if (isSame && open.after <= (this.#window?.after ?? '')) return;
    this.#window = { toMs: open.toMs, after: open.after };
    this.#atMs = nowMs;
  }

  #moved(watermarkMs: number, nowMs: number): void {
    if (watermarkMs > (this.#watermarkMs ?? Number.NEGATIVE_INFINITY)) this.#atMs = nowMs;
    this.#watermarkMs = this.#further(watermarkMs);
  }

  #further(watermarkMs: number): number {
    return Math.max(watermarkMs, this.#watermarkMs ?? Number.NEGATIVE_INFINITY);
  }
}
