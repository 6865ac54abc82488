import type { Clock } from '@tdp-sync/core';
import type { Published } from '@tdp-sync/sink';
import type { Logger } from 'pino';
import type { LoadedConfig } from '../config/load.ts';
import { describeError } from '../exit.ts';
import type { Hands } from './hands.ts';
import type { JobResult } from './job.ts';
import { Jobs } from './jobs.ts';
import type { Job, LaneJob, LaneKind, Marks, SyncPlan } from './lane.ts';
import { logExchange } from './log.ts';
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

/** Whoever wants to know that something of a sync has changed; `undefined`: of the whole. */
export type Listener = (sync: string | undefined) => void;

const LONGEST_SLEEP_MS = 3_600_000;

/** Keeps every sync of a config up to date until it is told to stop. */
export class Service {
  readonly startedAtMs: number;
  readonly #options: ServiceOptions;
  readonly #parts: RuntimeParts;
  readonly #listeners = new Set<Listener>();
  readonly #boards = new Map<string, SyncBoard>();
  readonly scheduler: Scheduler;
  /** What this process is at work on. */
  readonly jobs: Jobs;
  #hands: Hands = this.#ownHands();
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
    const { clock, log, metrics } = options;
    this.jobs = new Jobs({ clock, log, metrics, tell: (sync) => this.tell(sync) });
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

  /** Whether it is for this process to decide what is done when, and to tell of it: it is one of several replicas, or the only one. */
  get leads(): boolean {
    return this.#hands.decides;
  }

  onChange(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** From now on jobs are dealt out among replicas. To be called before {@link run}. */
  join(hands: Hands): void {
    this.#hands = hands;
  }

  /** Works until the signal is aborted, then until what is under way has committed what it has in hand. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    signal.addEventListener('abort', () => this.poke(), { once: true });
    while (!signal.aborted) {
      const nowMs = clock.now();
      const wakeAtMs = this.#hands.decides ? this.#decide(nowMs) : Number.POSITIVE_INFINITY;
      this.#alarm = new AbortController();
      const sleepMs = Math.min(Math.max(wakeAtMs - nowMs, 0), LONGEST_SLEEP_MS);
      // Woken is as good as slept.
      await clock.sleep(sleepMs, this.#alarm.signal).catch(() => undefined);
    }
    this.isStopping = true;
    this.tell(undefined);
    this.jobs.interruptAll('the service stops');
    await this.jobs.ended();
  }

  /** Has done what is due, and gives when to look again. */
  #decide(nowMs: number): number {
    const { start, giveWay, wakeAtMs } = this.scheduler.next(nowMs);
    for (const job of start) this.#hands.start(job);
    for (const name of giveWay) this.#hands.interrupt(name, 'makes room for others');
    return wakeAtMs;
  }

  /** Does a job here. Gives `undefined` for a sync that there is not any more. */
  async begin(job: Job): Promise<JobResult | undefined> {
    const { runtime } = this;
    const board = this.#boards.get(job.sync);
    if (board === undefined || !runtime.transforms.has(job.sync)) return undefined;
    const result = await this.jobs.begin(job, runtime, board);
    // It has left, and came in again by what its last job did.
    if (!this.#boards.has(job.sync)) this.#forget(job.sync);
    return result;
  }

  /** Something of a sync has changed; `undefined`: of the whole. */
  tell(sync: string | undefined): void {
    for (const listener of this.#listeners) listener(sync);
  }

  /** Shows the copies for readers as they are now. */
  show(copies: readonly Published[]): void {
    this.copies = copies;
    this.tell(undefined);
  }

  /** Has the next decision made now. */
  poke(): void {
    this.#alarm.abort(new Error('Something has happened'));
  }

  /** Asks for something now. Gives `false` for a sync that is paused. */
  want(name: string, kind: LaneKind, fileIds?: readonly string[]): boolean {
    const isTaken = !this.scheduler.isPaused(name);
    const { log } = this.#options;
    log.info({ sync: name, kind }, `${kind} asked for${isTaken ? '' : ', and not taken: paused'}`);
    if (isTaken) this.#hands.want(name, kind, fileIds);
    this.poke();
    return isTaken;
  }

  /** Begins nothing more with this sync, and has what is under way commit what it has in hand and end. */
  pause(name: string): void {
    const forgotten = this.scheduler.pause(name);
    const not = forgotten.length === 0 ? '' : `; asked for and not begun: ${forgotten.join(', ')}`;
    this.#options.log.info({ sync: name }, `paused${not}`);
    this.#hands.paused(name, true);
    this.tell(name);
  }

  resume(name: string): void {
    this.scheduler.resume(name);
    this.#options.log.info({ sync: name }, 'resumed');
    this.#boards.get(name)?.progress.restart(this.#options.clock.now());
    this.#hands.paused(name, false);
    this.poke();
    this.tell(name);
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
    this.tell(undefined);
    this.poke();
  }

  #replace(before: Runtime, after: Runtime, snapshots: ReadonlyMap<string, Snapshot>): void {
    const affected = changedSyncs(before, after);
    this.runtime = after;
    this.#configure(snapshots);
    for (const name of affected) {
      this.jobs.interruptAll('the config has changed', name);
      if (after.transforms.has(name)) this.want(name, 'run');
    }
    void this.jobs.ended(before).then(() => closeReplaced(before, after));
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

  /** Everything is decided and done here. */
  #ownHands(): Hands {
    const start = async (job: LaneJob): Promise<void> => {
      const { sync, kind } = job;
      const before = this.#boards.get(sync)?.snapshot?.state;
      const result = await this.begin(job);
      if (result === undefined) return;
      const nowMs = this.#options.clock.now();
      const marks = sideMarksOf(result.snapshot?.state, nowMs, before);
      this.scheduler.ended(sync, kind, result.end, nowMs, marks);
      this.tell(sync);
      this.poke();
    };
    return {
      decides: true,
      start: (job) => void start(job),
      interrupt: (sync, why) => this.jobs.interrupt(sync, why),
      want: (sync, kind, fileIds) =>
        this.scheduler.want(sync, kind, this.#options.clock.now(), fileIds),
      paused: (sync, isPaused) => {
        if (isPaused) this.jobs.interruptAll('paused', sync);
      },
    };
  }

  #forget(sync: string): void {
    const { log, metrics } = this.#options;
    metrics.forget(sync).catch((error: unknown) => log.error(describeError(error)));
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
