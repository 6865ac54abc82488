import type { SyncEvent } from '@tdp-sync/core';
import type { Document } from '@tdp-sync/sink';
import type { Filter } from './filter.ts';

/** What the engine is asked to do. `repair` is a verification that mends, `backfill` a stretch of time. */
export type Kind = 'sync' | 'sweep' | 'verify' | 'repair' | 'backfill';

/** A document of TDP's index, as it was when a run asked for the first time. */
export interface Seen {
  readonly fileId: string;
  /** The S3 key. */
  readonly path: string;
  readonly bucket: string;
  readonly createdAt: number;
  readonly indexedAt: number | undefined;
}

/** What TDP held when it was asked for a survey. */
export interface Survey {
  /** The true time, and what the answer's Date header and the machine's clock were ahead of it. */
  readonly atMs: number;
  readonly dateOffMs: number;
  readonly localOffMs: number;
  /** What the run asks for. */
  readonly filter: Filter;
  readonly seen: readonly Seen[];
  /** Newest and oldest stamp of what the question matched. */
  readonly newestMs: number | undefined;
  readonly oldestMs: number | undefined;
}

/** Errors of a file that may be the source's. */
const OF_SOURCE = /^(?:SOURCE_UNAVAILABLE|SOURCE_PROTOCOL|ACCESS_DENIED)$/;

/** Everything that a run was seen to do, and that was done to it. */
export class Watch {
  readonly kind: Kind;
  readonly startedMs: number;
  /** What went wrong, by event and trouble or status: `page 503`. */
  readonly troubles = new Map<string, number>();
  /** fileIds whose content could not be had at least once, with the statuses. */
  readonly refused = new Map<string, Set<string>>();
  /** fileIds of which TDP's record says that they are not there. */
  readonly recordless = new Set<string>();
  /** Documents that were committed, by status. */
  readonly committed = { loaded: 0, failed: 0, deleted: 0 };
  readonly events: SyncEvent[] = [];
  /** When it was asked to stop. */
  stoppedMs: number | undefined;
  /** Somebody else committed since this run began. */
  overtaken = false;
  staged = 0;
  /** Contents that it was given. */
  had = 0;
  /** Files that it could not have, tried for the first time. */
  refusals = 0;
  retrieves = 0;
  /** The last thing that TDP said before the run knew where it starts. */
  start: Survey | undefined;
  /** All that it said until then. */
  readonly surveys: Survey[] = [];

  constructor(kind: Kind, startedMs: number) {
    this.kind = kind;
    this.startedMs = startedMs;
  }

  get stopped(): boolean {
    return this.stoppedMs !== undefined;
  }

  stop(nowMs: number): void {
    this.stoppedMs ??= nowMs;
  }

  trouble(what: string): void {
    this.troubles.set(what, (this.troubles.get(what) ?? 0) + 1);
  }

  /** How often one of these went wrong, in whatever way. */
  count(pattern: RegExp): number {
    let sum = 0;
    for (const [what, times] of this.troubles) if (pattern.test(what)) sum += times;
    return sum;
  }

  refuse(fileId: string, why: string): void {
    this.refused.set(fileId, (this.refused.get(fileId) ?? new Set()).add(why));
  }

  survey(survey: Survey): void {
    if (this.start === undefined) this.surveys.push(survey);
  }

  emit(event: SyncEvent): void {
    this.events.push(event);
    if (event.type === 'file-failed' && event.attempt === 1 && OF_SOURCE.test(event.error.code))
      this.refusals += 1;
    if (event.type === 'run-started') this.start ??= this.surveys.at(-1);
  }

  commit(documents: readonly Document[]): void {
    for (const { status } of documents) this.committed[status] += 1;
  }
}
