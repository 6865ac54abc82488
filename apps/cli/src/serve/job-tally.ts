import type { SyncEvent } from '@tdp-sync/core';
import type { JobKind } from './lane.ts';
import type { JobStatus } from './status.ts';

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** Counts what a job does. */
export class JobTally {
  readonly startedMs: number;
  readonly #status: Mutable<JobStatus>;

  constructor(kind: JobKind, nowMs: number) {
    this.startedMs = nowMs;
    this.#status = {
      ...{ kind, run: null, startedAt: new Date(nowMs).toISOString(), expected: null },
      ...{ seen: 0, loaded: 0, failed: 0, bytes: 0, replica: null },
    };
  }

  get status(): JobStatus {
    return { ...this.#status };
  }

  onEvent(event: SyncEvent): void {
    const status = this.#status;
    if (event.type === 'run-started') {
      status.run = event.run;
      status.expected = event.expected;
    } else if (event.type === 'page-read') status.seen += event.hits;
    else if (event.type === 'committed') {
      status.loaded += event.loaded + event.refreshed;
      status.failed += event.failed;
      status.bytes += event.bytes;
    }
  }
}
