import { tokenExpiryMs } from '@tdp-sync/core';
import type { Published } from '@tdp-sync/sink';
import { describeError } from '../exit.ts';
import { type CopyStatus, copyStatus } from '../sync/publish.ts';
import { version } from '../version.ts';
import type { Crew } from './crew/crew.ts';
import { replicasStatus } from './crew/status.ts';
import { type EventInbox, eventsStatus } from './events/inbox.ts';
import { WANTED } from './lane.ts';
import type { Metrics } from './metrics.ts';
import type { Service } from './service.ts';
import {
  type EventsStatus,
  type ReplicasStatus,
  type ServicePulse,
  type ServiceStatus,
  STATES,
  type SyncStatus,
} from './status.ts';
import type { SyncBoard } from './sync-board.ts';

/** What a probe answers. */
export interface Probe {
  readonly ok: boolean;
  /** Why not. */
  readonly reasons: readonly string[];
}

/** What a service may have besides. */
export interface Told {
  readonly inbox?: EventInbox;
  /** It is one of several replicas. */
  readonly crew?: Crew | undefined;
}

/** Tells how a service is: to probes, to whoever collects metrics, and to the status page. */
export class ServiceReport {
  readonly #service: Service;
  readonly #metrics: Metrics;
  readonly #now: () => number;
  readonly #inbox: EventInbox | undefined;
  readonly #crew: Crew | undefined;

  constructor(service: Service, metrics: Metrics, now: () => number, { inbox, crew }: Told = {}) {
    this.#crew = crew;
    this.#service = service;
    this.#metrics = metrics;
    this.#now = now;
    this.#inbox = inbox;
  }

  /** Whether the config is valid, which it is as long as there is one, and the database can be had. */
  async readiness(): Promise<Probe> {
    const { lease } = this.#service.runtime;
    await lease.recheck();
    return this.#ready();
  }

  /** Whether every sync gets on, or has nothing to get. */
  progress(): Probe {
    const reasons = this.#service.boards.flatMap((board) => {
      const { ok, reason } = this.#verdict(board);
      return ok ? [] : `${board.name}: ${reason ?? ''}`;
    });
    return { ok: reasons.length === 0, reasons };
  }

  async status(): Promise<ServiceStatus> {
    const pulse = await this.pulse();
    return { ...pulse, syncs: this.#service.boards.map((board) => this.#syncStatus(board)) };
  }

  /** How the service is, without its syncs. */
  async pulse(): Promise<ServicePulse> {
    const { runtime, startedAtMs, loadedAtMs, reloadError } = this.#service;
    const ready = this.#ready();
    const progress = this.progress();
    const inFlight = (await this.#metrics.inFlight.get()).values;
    const expiryMs = await this.#tokenExpiryMs();
    return {
      version,
      now: iso(this.#now()),
      startedAt: iso(startedAtMs),
      ready: ready.ok,
      progressing: progress.ok,
      reasons: [...ready.reasons, ...progress.reasons],
      config: {
        file: runtime.loaded.file,
        loadedAt: iso(loadedAtMs),
        reloadError: reloadError === null ? null : this.#clean(reloadError),
      },
      source: {
        url: this.#clean(runtime.source.url),
        limit: runtime.source.limit.current,
        inFlight: inFlight.reduce((sum, { value }) => sum + value, 0),
        tokenExpiresAt: expiryMs === undefined ? null : iso(expiryMs),
      },
      events: this.#events(),
      replicas: this.#replicas(),
      copies: this.#service.copies.map((copy) => this.#copy(copy)),
      control: runtime.loaded.config.serve.controlToken !== undefined,
    };
  }

  /** The names of the syncs, in the config's order. */
  get names(): readonly string[] {
    return this.#service.boards.map(({ name }) => name);
  }

  /** `undefined` for a sync that there is not any more. */
  sync(name: string): SyncStatus | undefined {
    const board = this.#service.boards.find((one) => one.name === name);
    return board === undefined ? undefined : this.#syncStatus(board);
  }

  /** The metrics as text, those that tell how things are as of now. */
  async metricsText(): Promise<string> {
    const metrics = this.#metrics;
    const { runtime, boards, scheduler, loadedAtMs, copies } = this.#service;
    for (const board of boards) this.#measure(board);
    metrics.limit.set(runtime.source.limit.current);
    metrics.sinkUp.set(runtime.lease.trouble === undefined ? 1 : 0);
    metrics.reloaded.set(loadedAtMs / 1000);
    const queue = this.#inbox?.queue;
    if (queue?.url === undefined) metrics.queueUp.remove();
    else metrics.queueUp.set(queue.trouble === undefined ? 1 : 0);
    this.#measureCrew();
    metrics.copiesCurrent.set(copies.every(({ error }) => error === undefined) ? 1 : 0);
    const expiryMs = await this.#tokenExpiryMs();
    if (expiryMs === undefined) metrics.tokenExpiry.remove();
    else metrics.tokenExpiry.set(expiryMs / 1000);
    for (const { name: sync } of boards)
      for (const kind of WANTED) {
        metrics.running.set({ sync, kind }, scheduler.running(sync) === kind ? 1 : 0);
        metrics.failures.set({ sync, kind }, scheduler.failures(sync, kind));
      }
    return this.#clean(await metrics.registry.metrics());
  }

  #measureCrew(): void {
    const { replicas, leads, standsBy, workQueueUp } = this.#metrics;
    if (this.#crew === undefined) {
      for (const gauge of [replicas, leads, standsBy, workQueueUp]) gauge.remove();
      return;
    }
    const { standing, known, decides } = this.#crew;
    replicas.set(known.replicas.length);
    leads.set(decides ? 1 : 0);
    standsBy.set(standing.standsBy ? 1 : 0);
    workQueueUp.set(known.trouble === undefined ? 1 : 0);
  }

  #measure(board: SyncBoard): void {
    const metrics = this.#metrics;
    const { name: sync, snapshot, progress } = board;
    const { watermarkMs, newestMs } = progress.known;
    const { lagMs } = progress;
    if (lagMs !== undefined) metrics.lag.set({ sync }, lagMs / 1000);
    if (watermarkMs !== undefined) metrics.watermark.set({ sync }, watermarkMs / 1000);
    if (newestMs !== undefined) metrics.newest.set({ sync }, newestMs / 1000);
    const { clocks } = board;
    if (clocks !== undefined) {
      metrics.clockDifference.set({ sync }, (clocks.dateMs - clocks.localMs) / 1000);
      metrics.futureFiles.set({ sync }, clocks.future?.files ?? 0);
    }
    metrics.slices.set({ sync }, Math.max((snapshot?.state?.slices?.cuts.length ?? 1) - 1, 0));
    metrics.failing.set({ sync }, snapshot?.failures.files ?? 0);
    metrics.paused.set({ sync }, this.#service.scheduler.isPaused(sync) ? 1 : 0);
    const verdict = this.#verdict(board);
    metrics.progress.set({ sync }, verdict.ok ? 1 : 0);
    const glance = board.state(this.#service.scheduler, verdict, this.#now());
    for (const state of STATES) metrics.state.set({ sync, state }, state === glance ? 1 : 0);
    const { sweep, verification } = snapshot?.state ?? {};
    if (sweep !== undefined) metrics.lastSweep.set({ sync }, sweep.atMs / 1000);
    if (verification === undefined) return;
    metrics.lastVerify.set({ sync }, verification.atMs / 1000);
    metrics.differences.set({ sync }, verification.differences);
  }

  #syncStatus(board: SyncBoard): SyncStatus {
    return board.status(this.#service.scheduler, this.#verdict(board), this.#now(), (text) =>
      this.#clean(text),
    );
  }

  #verdict(board: SyncBoard): ReturnType<SyncBoard['judge']> {
    const { runtime, scheduler } = this.#service;
    return board.judge(runtime.loaded.config.serve.patience, scheduler, this.#now());
  }

  #ready(): Probe {
    const { runtime, isStopping } = this.#service;
    const reasons: string[] = [];
    if (isStopping) reasons.push('stopping');
    const { trouble } = runtime.lease;
    if (trouble !== undefined) reasons.push(`database: ${this.#clean(describeError(trouble))}`);
    return { ok: reasons.length === 0, reasons };
  }

  async #tokenExpiryMs(): Promise<number | undefined> {
    try {
      return tokenExpiryMs((await this.#service.runtime.source.credentials()).token);
    } catch {
      // Credentials that cannot be read are the runs' to tell of.
      return undefined;
    }
  }

  #replicas(): ReplicasStatus | null {
    if (this.#crew === undefined) return null;
    return replicasStatus(this.#crew.known, this.#now(), (text) => this.#clean(text));
  }

  #events(): EventsStatus | null {
    const { token, queue } = this.#service.runtime.loaded.config.serve.events;
    if (this.#inbox === undefined || (token === undefined && queue === undefined)) return null;
    return eventsStatus(this.#inbox, (text) => this.#clean(text));
  }

  #copy(copy: Published): CopyStatus {
    const { target, error, ...rest } = copyStatus(copy);
    const said = error === null ? null : this.#clean(error);
    return { ...rest, target: this.#clean(target), error: said };
  }

  #clean(text: string): string {
    return this.#service.runtime.loaded.redactor.clean(text);
  }
}

function iso(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
