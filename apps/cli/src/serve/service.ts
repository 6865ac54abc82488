import type { Clock, RunLine } from '@tdp-sync/core';
import type { Published } from '@tdp-sync/sink';
import type { Logger } from 'pino';
import type { LoadedConfig } from '../config/load.ts';
import { storedName } from '../config/tables.ts';
import { describeError } from '../exit.ts';
import { doJob, type JobResult, type JobSurroundings } from './job.ts';
import type { Job, JobKind, Marks, SyncPlan } from './lane.ts';
import { JobLog, logExchange } from './log.ts';
import type { Metrics } from './metrics.ts';
import { nextRuntime, readSnapshots } from './reload.ts';
import {
  changedSyncs,
  closeReplaced,
  closeTransforms,
  openRuntime,
  type Runtime,
  type RuntimeParts,
} from './runtime.ts';
import { Scheduler } from './scheduler.ts';
import { marksOf, type Snapshot, sideMarksOf } from './snapshot.ts';
import { SyncBoard } from './sync-board.ts';

/** What a service is made of. */
export interface ServiceOptions extends Pick<RuntimeParts, 'openSource' | 'openSink'> {
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Reads and checks the config anew. */
  readonly load: () => Promise<LoadedConfig>;
}

interface UnderWay {
  readonly stop: AbortController;
  readonly runtime: Runtime;
  readonly done: Promise<void>;
}

/** Whoever wants to know that something of a sync has changed; `undefined`: of the whole. */
export type Listener = (sync: string | undefined) => void;

const LONGEST_SLEEP_MS = 3_600_000;

/** Keeps every sync of a config up to date until it is told to stop. */
export class Service {
  readonly startedAtMs: number;
  readonly #options: ServiceOptions;
  readonly #parts: RuntimeParts;
  readonly #listeners = new Set<Listener>();
  readonly #jobs = new Map<string, UnderWay>();
  readonly #boards = new Map<string, SyncBoard>();
  readonly scheduler: Scheduler;
  runtime: Runtime;
  loadedAtMs: number;
  reloadError: string | null = null;
  isStopping = false;
  /** The copies for readers, as of the last time that somebody looked. */
  copies: readonly Published[] = [];
  #alarm = new AbortController();
  #reloading: Promise<unknown> = Promise.resolve();

  private constructor(runtime: Runtime, parts: RuntimeParts, options: ServiceOptions) {
    this.#options = options;
    this.#parts = parts;
    this.runtime = runtime;
    this.startedAtMs = options.clock.now();
    this.loadedAtMs = this.startedAtMs;
    this.scheduler = new Scheduler(boundsOf(runtime));
  }

  /** @throws CliError or SyncError for what is wrong with the config. A database or a TDP that cannot be had is waited for. */
  static async open(loaded: LoadedConfig, options: ServiceOptions): Promise<Service> {
    const { clock, log, metrics, openSink, openSource } = options;
    const parts: RuntimeParts = {
      ...{ clock, openSink, openSource, onRequest: metrics.onRequest },
      onOutput: (sync, line) => log.info({ sync }, line),
      onExchange: (exchange) => {
        metrics.onExchange(exchange);
        logExchange(log, exchange);
      },
    };
    const service = new Service(await openRuntime(loaded, parts), parts, options);
    service.#configure(await snapshotsOf(service.runtime, log));
    return service;
  }

  get boards(): readonly SyncBoard[] {
    return [...this.runtime.transforms.keys()].flatMap((name) => this.#boards.get(name) ?? []);
  }

  get inFlightJobs(): number {
    return this.#jobs.size;
  }

  onChange(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Works until the signal is aborted, then until what is under way has committed what it has in hand. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    signal.addEventListener('abort', () => this.poke(), { once: true });
    while (!signal.aborted) {
      const nowMs = clock.now();
      const { start, giveWay, wakeAtMs } = this.scheduler.next(nowMs);
      for (const job of start) this.#begin(job);
      for (const name of giveWay) this.#interrupt(name, 'makes room for others');
      this.#alarm = new AbortController();
      const sleepMs = Math.min(Math.max(wakeAtMs - nowMs, 0), LONGEST_SLEEP_MS);
      // Woken is as good as slept.
      await clock.sleep(sleepMs, this.#alarm.signal).catch(() => undefined);
    }
    this.isStopping = true;
    this.#tell(undefined);
    for (const name of this.#jobs.keys()) this.#interrupt(name, 'the service stops');
    await Promise.all([...this.#jobs.values()].map(({ done }) => done));
  }

  /** Shows the copies for readers as they are now. */
  show(copies: readonly Published[]): void {
    this.copies = copies;
    this.#tell(undefined);
  }

  /** Has the next decision made now. */
  poke(): void {
    this.#alarm.abort(new Error('Something has happened'));
  }

  /** Asks for something now. Gives `false` for a sync that is paused. */
  want(name: string, kind: JobKind, fileIds?: readonly string[]): boolean {
    const { clock, log } = this.#options;
    const isTaken = this.scheduler.want(name, kind, clock.now(), fileIds);
    log.info({ sync: name, kind }, `${kind} asked for${isTaken ? '' : ', and not taken: paused'}`);
    this.poke();
    return isTaken;
  }

  /** Begins nothing more with this sync, and has what is under way commit what it has in hand and end. */
  pause(name: string): void {
    const forgotten = this.scheduler.pause(name);
    const not = forgotten.length === 0 ? '' : `; asked for and not begun: ${forgotten.join(', ')}`;
    this.#options.log.info({ sync: name }, `paused${not}`);
    this.#interrupt(name, 'paused');
    this.#tell(name);
  }

  resume(name: string): void {
    this.scheduler.resume(name);
    this.#options.log.info({ sync: name }, 'resumed');
    this.#boards.get(name)?.progress.restart(this.#options.clock.now());
    this.poke();
    this.#tell(name);
  }

  /** Takes over the config as it is in its file now, or tells in the log why not and goes on as before. */
  reload(): Promise<void> {
    const next = this.#reloading.then(() => this.#reload());
    this.#reloading = next;
    return next;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await closeTransforms(this.runtime);
    await this.runtime.source[Symbol.asyncDispose]();
  }

  async #reload(): Promise<void> {
    const { log, metrics, clock } = this.#options;
    const before = this.runtime;
    try {
      const { after, snapshots } = await nextRuntime(before, this.#options.load, this.#parts);
      this.#replace(before, after, snapshots);
      this.reloadError = null;
      metrics.reloads.inc({ outcome: 'accepted' });
      log.info({ config: after.loaded.file }, 'the config was read again');
    } catch (error) {
      this.reloadError = describeError(error);
      metrics.reloads.inc({ outcome: 'refused' });
      log.error(`the config was not taken over, nothing has changed: ${this.reloadError}`);
    }
    this.loadedAtMs = this.reloadError === null ? clock.now() : this.loadedAtMs;
    this.#tell(undefined);
    this.poke();
  }

  #replace(before: Runtime, after: Runtime, snapshots: ReadonlyMap<string, Snapshot>): void {
    const affected = changedSyncs(before, after);
    this.runtime = after;
    this.#configure(snapshots);
    for (const name of affected) {
      this.#interrupt(name, 'the config has changed');
      if (after.transforms.has(name)) this.want(name, 'run');
    }
    const users = [...this.#jobs.values()].filter(({ runtime }) => runtime === before);
    void Promise.all(users.map(({ done }) => done)).then(() => closeReplaced(before, after));
  }

  #configure(snapshots: ReadonlyMap<string, Snapshot>): void {
    const { clock, metrics } = this.#options;
    const nowMs = clock.now();
    const { syncs, source } = this.runtime.loaded.config;
    const plans = new Map<string, SyncPlan>();
    const marks = new Map<string, Marks>();
    for (const [name, config] of Object.entries(syncs)) {
      const { every, sweep: sweepMs, verify: verifyMs } = config;
      plans.set(name, { every, sweepMs, verifyMs });
      const board = this.#boards.get(name) ?? new SyncBoard(name, config, nowMs);
      this.#boards.set(name, board);
      board.config = config;
      const snapshot = snapshots.get(name);
      if (snapshot !== undefined) {
        board.learn(snapshot, nowMs + source.clockTolerance);
        marks.set(name, marksOf(snapshot, config.settle, nowMs));
      }
      metrics.begin(name);
    }
    for (const name of [...this.#boards.keys()]) {
      if (plans.has(name)) continue;
      this.#boards.delete(name);
      this.#forget(name);
    }
    this.scheduler.configure(plans, marks, nowMs, boundsOf(this.runtime));
  }

  #begin(job: Job): void {
    const { runtime } = this;
    const { clock, log, metrics } = this.#options;
    const config = runtime.loaded.config.syncs[job.sync];
    const board = this.#boards.get(job.sync);
    if (config === undefined || board === undefined) return;
    const stop = new AbortController();
    const jobLog = new JobLog(log, job.sync, job.kind);
    const startedMs = clock.now();
    board.begun(job, startedMs);
    this.#tell(job.sync);
    const onLine = (_line: RunLine | undefined, trouble?: string): void => {
      if (trouble !== undefined) jobLog.current.warn(trouble);
    };
    const before = this.#sharing(job.sync);
    const surroundings: JobSurroundings = {
      ...{ clock, signal: stop.signal, onLine },
      emit: (event) => {
        metrics.onEvent(event);
        jobLog.onEvent(event);
        board.onEvent(event, clock.now());
        this.#tell(job.sync);
      },
    };
    const done = Promise.all(before)
      .then(() => doJob(job, config, runtime, surroundings))
      .then((result) => this.#ended(job, result, jobLog, startedMs));
    this.#jobs.set(job.sync, { stop, runtime, done });
  }

  /** Jobs that are to end before one of this sync begins: those of the name that it had before a reload. */
  #sharing(sync: string): readonly Promise<void>[] {
    const storedIn = ({ loaded }: Runtime, name: string): string =>
      storedName(name, loaded.config.syncs[name] ?? {});
    const stored = storedIn(this.runtime, sync);
    return [...this.#jobs]
      .filter(([name, { runtime }]) => storedIn(runtime, name) === stored)
      .map(([, { done }]) => done);
  }

  #ended(job: Job, result: JobResult, jobLog: JobLog, startedMs: number): void {
    const { clock, metrics } = this.#options;
    const nowMs = clock.now();
    const { sync, kind } = job;
    const { end, snapshot, error } = result;
    this.#jobs.delete(sync);
    const board = this.#boards.get(sync);
    const marks = sideMarksOf(snapshot?.state, nowMs, board?.snapshot?.state);
    this.scheduler.ended(sync, kind, end, nowMs, marks);
    board?.ended(job, result, nowMs);
    metrics.jobs.inc({ sync, kind, outcome: end });
    metrics.jobSeconds.observe({ sync, kind }, (nowMs - startedMs) / 1000);
    if (end === 'complete') metrics.lastSuccess.set({ sync, kind }, nowMs / 1000);
    jobLog.end();
    const details = { outcome: end, durationMs: nowMs - startedMs };
    if (error === undefined) jobLog.current.info(details, `${kind} ended`);
    else jobLog.current.error(details, `${kind} ended: ${describeError(error)}`);
    // It has left, and came in again by what its last job did.
    if (board === undefined) this.#forget(sync);
    this.#tell(sync);
    this.poke();
  }

  #interrupt(name: string, why: string): void {
    this.#jobs.get(name)?.stop.abort(new Error(`Asked to end: ${why}`));
  }

  #forget(sync: string): void {
    const { log, metrics } = this.#options;
    metrics.forget(sync).catch((error: unknown) => log.error(describeError(error)));
  }

  #tell(sync: string | undefined): void {
    for (const listener of this.#listeners) listener(sync);
  }
}

function boundsOf({ loaded }: Runtime): { concurrent: number; turnMs: number } {
  const { concurrentSyncs: concurrent, turn: turnMs } = loaded.config.serve;
  return { concurrent, turnMs };
}

/** A database that cannot be had at the start is waited for. */
async function snapshotsOf(runtime: Runtime, log: Logger): Promise<ReadonlyMap<string, Snapshot>> {
  try {
    return await readSnapshots(runtime);
  } catch (error) {
    log.error(`the database cannot be read: ${describeError(error)}`);
    return new Map();
  }
}
