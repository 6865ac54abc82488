import { describeError } from '../../exit.ts';
import { version } from '../../version.ts';
import type { Hands } from '../hands.ts';
import type { LaneJob, LaneKind } from '../lane.ts';
import type { Service } from '../service.ts';
import { Configs } from './configs.ts';
import { Hearing } from './hearing.ts';
import { Notes } from './notes.ts';
import { AGAIN_MS, type Ask, type CrewParts, type Queues } from './parts.ts';
import {
  fingerprints,
  heardOf,
  jsonOf,
  type KnownReplica,
  type Saying,
  sayingOf,
} from './saying.ts';
import { SliceDealer } from './slices.ts';
import { type Standing, standing } from './standing.ts';
import type { Known } from './status.ts';
import { Taker } from './taker.ts';
import { taskOf } from './tasks.ts';

const LOOK_MS = 2000;

/**
 * One of several replicas that share the work by a queue. Each hears of everything that any of them does, and could lead at any moment; the one that
 * leads decides what is due, as a service alone does, and has the queue deal it out. That two lead for a moment, that something is dealt twice
 * or late, costs work and nothing else: whoever commits first moves the sync, and the other begins with what is stored then.
 */
export class Crew implements Hands, AsyncDisposable {
  readonly #service: Service;
  readonly #parts: CrewParts;
  readonly #notes: Notes;
  readonly #slices: SliceDealer;
  readonly #hearing: Hearing;
  readonly #taker: Taker;
  readonly #newest = new Configs();
  readonly #end = new AbortController();
  #queues: Promise<Queues> | undefined;
  #standing: Standing = { leads: false, standsBy: false, differing: [] };
  #trouble: string | undefined;
  #replicas: readonly KnownReplica[] = [];
  #configs: ReadonlyMap<string, unknown> = new Map();
  #fingerprints: { readonly of: unknown; readonly config: Record<string, string> } | undefined;
  /** Syncs for which something is offered, or has been since the last look began. */
  readonly #offers = new Map<string, Promise<void>>();
  #alarm = new AbortController();
  #looking: Promise<void> | undefined;

  constructor(service: Service, parts: CrewParts) {
    this.#service = service;
    this.#parts = parts;
    this.#notes = new Notes(service, parts.clock);
    this.#slices = new SliceDealer(service);
    this.#hearing = new Hearing(service, parts, this.#slices);
    this.#taker = new Taker(service, parts, this.#ask, () => this.#wake());
    service.join(this);
    const onStop = (): void => {
      this.#taker.dismiss();
      // That it leads no more is told now.
      this.#wake();
    };
    parts.signal.addEventListener('abort', onStop, { once: true });
  }

  /** Comes in among the replicas. */
  begin(): void {
    this.#looking ??= this.#lookOn();
  }

  get decides(): boolean {
    return this.#standing.leads && this.#trouble === undefined && !this.#parts.signal.aborted;
  }

  get standing(): Standing {
    return this.#standing;
  }

  /** What this replica knows of all. */
  get known(): Known {
    const { id: self } = this.#parts;
    return { self, replicas: this.#replicas, notes: this.#configs, trouble: this.#trouble };
  }

  start(job: LaneJob): void {
    const { sliceFiles } = this.#parts;
    this.#offers.set(job.sync, this.#offer(job.kind === 'run' ? { ...job, sliceFiles } : job));
  }

  interrupt(sync: string): void {
    void this.#ask(({ lanes }) => lanes.stop(sync));
  }

  want(sync: string, kind: LaneKind, fileIds: readonly string[] | undefined): void {
    this.#notes.want(sync, kind, fileIds);
    this.#wake();
  }

  paused(sync: string, isPaused: boolean): void {
    this.#notes.paused(sync, isPaused);
    this.#wake();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort(new Error('The service stops'));
    this.#taker.dismiss();
    await this.#taker.idle();
    this.#wake();
    await this.#looking;
    const queues = await this.#queues?.catch(() => undefined);
    await Promise.all([
      queues?.lanes[Symbol.asyncDispose](),
      queues?.slices[Symbol.asyncDispose](),
    ]);
  }

  async #lookOn(): Promise<void> {
    const { clock, lookMs = LOOK_MS } = this.#parts;
    while (!this.#end.signal.aborted) {
      this.#alarm = new AbortController();
      const isAsked = await this.#ask((queues) => this.#look(queues));
      // Woken is as good as slept.
      const sleepMs = isAsked ? lookMs : AGAIN_MS;
      await clock.sleep(sleepMs, this.#alarm.signal).catch(() => undefined);
    }
  }

  readonly #ask: Ask = async (request) => {
    const { log, openQueues } = this.#parts;
    try {
      this.#queues ??= openQueues();
      await request(await this.#opened(this.#queues));
      if (this.#trouble !== undefined) log.info('the queue can be used again');
      this.#trouble = undefined;
      return true;
    } catch (error) {
      const trouble = describeError(error);
      if (trouble !== this.#trouble) log.error(`the queue cannot be used: ${trouble}`);
      this.#trouble = trouble;
      return false;
    }
  };

  async #opened(opening: Promise<Queues>): Promise<Queues> {
    try {
      return await opening;
    } catch (error) {
      if (this.#queues === opening) this.#queues = undefined;
      throw error;
    }
  }

  async #look({ lanes, slices }: Queues): Promise<void> {
    await Promise.all(this.#offers.values());
    this.#offers.clear();
    await this.#notes.write({ lanes, slices });
    const saying = this.#saying();
    const view = await lanes.look(jsonOf(saying));
    const { tasks } = await slices.look(null);
    this.#replicas = heardOf(view.replicas);
    this.#configs = view.notes;
    this.#stand(standing(this.#replicas, this.#parts.id, view.notes));
    await this.#newest.keep(lanes, view.notes, saying.config, {
      replicas: this.#replicas,
      decides: this.decides,
      nowMs: this.#parts.clock.now(),
    });
    this.#notes.hear(view.notes, this.decides);
    await this.#hearing.hear([...view.tasks, ...tasks], new Set(this.#offers.keys()));
    this.#hearJobs();
    const { clock, signal } = this.#parts;
    const workers = this.#replicas.filter(({ says }) => says?.isStopping === false).length;
    this.#service.scheduler.workers = Math.max(workers, 1);
    if (this.decides) await this.#slices.deal(slices, tasks, workers, clock.now());
    if (this.#standing.standsBy || signal.aborted || this.#end.signal.aborted)
      this.#taker.dismiss();
    else this.#taker.hire();
    this.#service.poke();
  }

  #saying(): Saying {
    const { runtime, boards } = this.#service;
    const { name, signal, clock } = this.#parts;
    if (this.#fingerprints?.of !== runtime)
      this.#fingerprints = { of: runtime, config: fingerprints(runtime) };
    return {
      ...{ name, version, isStopping: signal.aborted, limit: runtime.source.limit.current },
      config: this.#fingerprints.config,
      jobs: boards.flatMap((board) => board.own.map((job) => sayingOf(board, job, clock.now()))),
    };
  }

  #stand(now: Standing): void {
    const { log } = this.#parts;
    const before = this.#standing;
    this.#standing = now;
    const { leads, standsBy, differing } = now;
    if (leads && !before.leads) log.info('this replica leads: it decides what is due');
    if (standsBy && !before.standsBy)
      log.warn(
        { differing },
        `another replica has a newer config: this one does nothing until it has that, too, or the other is gone. Is this the wanted one, give it to all; are these two services, give each its own serve.queue.name`,
      );
    else if (differing.length > 0 && before.differing.length === 0)
      log.warn(
        { differing },
        'replicas have different configs: those with an older one do nothing',
      );
  }

  async #offer(job: LaneJob): Promise<void> {
    const isAsked = await this.#ask(async ({ lanes }) => {
      if (await lanes.schedule(taskOf(job))) this.#notes.dealt(job);
    });
    if (!isAsked) {
      const nowMs = this.#parts.clock.now();
      this.#service.scheduler.ended(job.sync, job.kind, 'interrupted', nowMs);
      this.#notes.again(job);
    }
    this.#wake();
  }

  /** What others are at work on, and how far they have come with it. */
  #hearJobs(): void {
    const nowMs = this.#parts.clock.now();
    const others = this.#replicas.filter(({ id }) => id !== this.#parts.id);
    for (const board of this.#service.boards) {
      const jobs = others.flatMap(({ says }) =>
        (says?.jobs ?? [])
          .filter(({ sync }) => sync === board.name)
          .map((job) => ({ ...job, replica: says?.name ?? null })),
      );
      for (const { status, newestMs, watermarkMs, gotMsAgo } of jobs) {
        board.progress.got(nowMs - gotMsAgo);
        board.progress.shown(newestMs);
        if (status.kind === 'run') board.progress.stands(watermarkMs, nowMs - gotMsAgo);
      }
      board.elsewhere = jobs.map(({ slice, status, replica }) => ({
        ...(slice === undefined ? {} : { slice }),
        status: { ...status, replica },
      }));
      this.#service.tell(board.name);
    }
  }

  #wake(): void {
    this.#alarm.abort(new Error('Something has happened'));
  }
}
