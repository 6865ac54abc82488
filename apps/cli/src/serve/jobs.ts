import type { Clock, RunLine } from '@tdp-sync/core';
import type { Logger } from 'pino';
import { storedName } from '../config/tables.ts';
import { describeError } from '../exit.ts';
import { doJob, type JobResult, type JobSurroundings } from './job.ts';
import { type Job, keyOf } from './lane.ts';
import { JobLog } from './log.ts';
import type { Metrics } from './metrics.ts';
import type { Runtime } from './runtime.ts';
import type { SyncBoard } from './sync-board.ts';

/** What jobs are done with. */
export interface JobsParts {
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Told when something of a sync has changed. */
  readonly tell: (sync: string) => void;
}

interface UnderWay extends Pick<Job, 'sync' | 'slice'> {
  readonly stop: AbortController;
  readonly runtime: Runtime;
  readonly done: Promise<unknown>;
}

/** The jobs that this process is at work on, by their keys. */
export class Jobs {
  readonly #parts: JobsParts;
  readonly #underWay = new Map<string, UnderWay>();

  constructor(parts: JobsParts) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#underWay.size;
  }

  /** Does a job, from here on to what has come of it. Never rejects. */
  begin(job: Job, runtime: Runtime, board: SyncBoard): Promise<JobResult> {
    const { clock, log, metrics, tell } = this.#parts;
    const { sync, kind } = job;
    const key = keyOf(job);
    const stop = new AbortController();
    const jobLog = new JobLog(log, sync, kind);
    const startedMs = clock.now();
    board.begun(job, startedMs);
    tell(sync);
    const onLine = (_line: RunLine | undefined, trouble?: string): void => {
      if (trouble !== undefined) jobLog.current.warn(trouble);
    };
    const surroundings: JobSurroundings = {
      ...{ clock, signal: stop.signal, onLine },
      emit: (event) => {
        metrics.onEvent(event);
        jobLog.onEvent(event);
        board.onEvent(event, clock.now(), job.slice);
        tell(sync);
      },
    };
    const done = Promise.all(this.#before(job, runtime))
      .then(() => doJob(job, runtime, surroundings))
      .then((result) => {
        if (this.#underWay.get(key) === entry) this.#underWay.delete(key);
        this.#ended(job, result, board, jobLog, startedMs);
        return result;
      });
    const entry: UnderWay = { ...job, stop, runtime, done };
    this.#underWay.set(key, entry);
    return done;
  }

  /** Has a job commit what it has in hand and end. */
  interrupt(key: string, why: string): void {
    this.#underWay.get(key)?.stop.abort(new Error(`Asked to end: ${why}`));
  }

  /** Has every job of a sync, or all there are, commit what they have in hand and end. */
  interruptAll(why: string, sync?: string): void {
    for (const [key, one] of this.#underWay)
      if (sync === undefined || one.sync === sync) this.interrupt(key, why);
  }

  /** Ends when all that are under way have, or those that this runtime is used by. */
  async ended(runtime?: Runtime): Promise<void> {
    const jobs = [...this.#underWay.values()];
    await Promise.all(
      jobs
        .filter((one) => runtime === undefined || one.runtime === runtime)
        .map(({ done }) => done),
    );
  }

  /** Jobs that are to end before this one begins: the same of the name that its sync had before a reload, or one that was taken from here and still ends. */
  #before({ sync, slice }: Job, runtime: Runtime): readonly Promise<unknown>[] {
    const stored = storedIn(runtime, sync);
    return [...this.#underWay.values()]
      .filter((one) => one.slice === slice && storedIn(one.runtime, one.sync) === stored)
      .map(({ done }) => done);
  }

  #ended(job: Job, result: JobResult, board: SyncBoard, jobLog: JobLog, startedMs: number): void {
    const { clock, metrics, tell } = this.#parts;
    const { sync, kind } = job;
    const { end, error } = result;
    const nowMs = clock.now();
    board.ended(job, result, nowMs);
    metrics.jobs.inc({ sync, kind, outcome: end });
    metrics.jobSeconds.observe({ sync, kind }, (nowMs - startedMs) / 1000);
    if (end === 'complete') metrics.lastSuccess.set({ sync, kind }, nowMs / 1000);
    jobLog.end();
    const details = { outcome: end, durationMs: nowMs - startedMs };
    if (error === undefined) jobLog.current.info(details, `${kind} ended`);
    else jobLog.current.error(details, `${kind} ended: ${describeError(error)}`);
    tell(sync);
  }
}

function storedIn({ loaded }: Runtime, sync: string): string {
  return storedName(sync, loaded.config.syncs[sync] ?? {});
}
