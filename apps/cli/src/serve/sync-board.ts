import { type Clocks, filesTable, type SyncEvent } from '@tdp-sync/core';
import { nthOf } from '../config/cadence.ts';
import type { SyncConfig } from '../config/schema.ts';
import { storedName } from '../config/tables.ts';
import { lastVerifyOf, otherDifferences } from '../render/verified.ts';
import { History } from './history.ts';
import type { JobResult } from './job.ts';
import { JobTally } from './job-tally.ts';
import type { Job, JobEnd, JobKind } from './lane.ts';
import { ProgressWatch, type Verdict } from './progress.ts';
import type { Scheduler } from './scheduler.ts';
import { marksOf, type Snapshot } from './snapshot.ts';
import type {
  BacklogStatus,
  ErrorStatus,
  JobStatus,
  SyncState,
  SyncStatus,
  WindowStatus,
} from './status.ts';
import { clockStatus, errorOf, iso, isoOrNull, lineStatus, sweepCounts } from './status-parts.ts';
import { summaryOf } from './sync-summary.ts';

/** Reasons for which files failed that are shown. */
const REASONS = 20;

/** The watermark of a stored state. */
function stored({ state }: Snapshot): number {
  return state?.watermarkMs ?? Number.NEGATIVE_INFINITY;
}

/** What a replica says that it is doing with a sync. */
export interface SaidJob {
  /** One of its backlog's slices; else something of its lane. */
  readonly slice?: number;
  readonly status: JobStatus;
}

/** How a job has ended, as its report and whoever heard of it tell. */
interface Conclusion {
  readonly end: JobEnd;
  readonly startedMs: number;
  readonly behindMs: number | undefined;
  /** Why it failed. */
  readonly trouble: { readonly code: string; readonly message: string } | undefined;
}

/** What is heard of another replica's job that has ended. */
export interface Heard extends Conclusion {
  readonly newestMs: number | undefined;
  /** Of a run: the watermark that it has come to, which it need not have stored. */
  readonly reachedMs: number | undefined;
  readonly files: number;
  readonly bytes: number;
}

/** What is known of one sync: from the database when a job ends, from events while it goes on. */
export class SyncBoard {
  readonly name: string;
  config: SyncConfig;
  readonly progress: ProgressWatch;
  readonly #history = new History();
  #snapshot: Snapshot | undefined;
  #job: JobTally | undefined;
  readonly #slices = new Map<number, JobTally>();
  /** What other replicas say that they are doing with it. */
  elsewhere: readonly SaidJob[] = [];
  #window: WindowStatus | undefined;
  #clocks: Clocks | undefined;
  #commits = 0;
  /** When the last run began that has left nothing behind, as well as is known. */
  #currentMs: number | undefined;
  readonly #errors = new Map<JobKind, Omit<ErrorStatus, 'failures'>>();

  constructor(name: string, config: SyncConfig, nowMs: number) {
    this.name = name;
    this.config = config;
    this.progress = new ProgressWatch(nowMs);
  }

  get snapshot(): Snapshot | undefined {
    return this.#snapshot;
  }

  /** What this process is doing with it. */
  get own(): readonly SaidJob[] {
    const slices = [...this.#slices].map(([slice, { status }]) => ({ slice, status }));
    return this.#job === undefined ? slices : [{ status: this.#job.status }, ...slices];
  }

  /** How often its jobs have committed something since the start. */
  get commits(): number {
    return this.#commits;
  }

  /** Whether a job is under way. */
  get isAtWork(): boolean {
    return this.#job !== undefined || this.#slices.size > 0;
  }

  /** What the clocks said when a run began last. */
  get clocks(): Clocks | undefined {
    return this.#clocks;
  }

  /** No watermark can be later than `latestMs`. */
  learn(snapshot: Snapshot, latestMs: number): void {
    this.#currentMs ??= marksOf(snapshot, this.config.settle, latestMs).ranAtMs;
    this.#history.seed(snapshot.runs ?? [], latestMs);
    this.#take(snapshot, latestMs);
  }

  #take(snapshot: Snapshot, latestMs: number): void {
    const before = this.#snapshot;
    this.#snapshot = snapshot;
    const { state } = snapshot;
    this.progress.learn(state?.watermarkMs, latestMs);
    const isBack = before !== undefined && stored(before) > stored(snapshot);
    // A quiet run may have come further than what is stored, but not past slices.
    const { watermarkMs: knownMs = Number.NEGATIVE_INFINITY } = this.progress.known;
    const isFurther = stored(snapshot) > knownMs && stored(snapshot) <= latestMs;
    if (isBack || isFurther || state?.slices !== undefined)
      this.progress.stands(state?.watermarkMs, latestMs);
    if (isBack) this.#currentMs = undefined;
    const open = state?.open;
    this.#window =
      open === undefined
        ? undefined
        : { from: iso(open.fromMs), to: iso(open.toMs), after: open.after ?? null, pass: 1 };
  }

  begun({ kind, slice }: Job, nowMs: number): void {
    const tally = new JobTally(kind, nowMs);
    if (slice === undefined) this.#job = tally;
    else this.#slices.set(slice, tally);
  }

  /** `slice`: the one that is brought in by the job that tells this. */
  onEvent(event: SyncEvent, nowMs: number, slice?: number): void {
    if (event.type === 'committed') this.#commits += 1;
    const tally = slice === undefined ? this.#job : this.#slices.get(slice);
    tally?.onEvent(event);
    if (slice === undefined) this.#onOwnEvent(event, nowMs);
    else if (event.type === 'committed') this.progress.got(nowMs);
    if (event.type === 'committed')
      this.#history.add(nowMs, event.loaded + event.refreshed, event.bytes, this.progress.lagMs);
  }

  /** An event of what is done with the sync's own position. */
  #onOwnEvent(event: SyncEvent, nowMs: number): void {
    this.progress.onEvent(event, nowMs);
    if (event.type === 'run-started') this.#clocks = event.clocks;
    if (this.#job === undefined) return;
    if (event.type === 'committed' && event.open !== undefined && this.#window !== undefined)
      this.#window = { ...this.#window, after: event.open.after ?? null };
    else if (event.type === 'window-opened') {
      const { window, after, pass } = event;
      const { fromMs, toMs } = window;
      this.#window = { from: iso(fromMs), to: iso(toMs), after: after ?? null, pass };
    } else if (event.type === 'window-closed') {
      this.#window = undefined;
      this.#history.add(nowMs, 0, 0, this.progress.lagMs);
    }
  }

  ended({ kind, slice }: Job, result: JobResult, nowMs: number): void {
    const { end, error, snapshot, report } = result;
    const tally = slice === undefined ? this.#job : this.#slices.get(slice);
    if (slice === undefined) this.#job = undefined;
    else this.#slices.delete(slice);
    // By now a run has judged it.
    if (snapshot !== undefined) this.#take(snapshot, nowMs);
    const behindMs = report !== undefined && 'behindMs' in report ? report.behindMs : undefined;
    const trouble = end === 'failed' ? errorOf(error) : undefined;
    this.#concluded(kind, { end, behindMs, trouble, startedMs: tally?.startedMs ?? nowMs }, nowMs);
  }

  /** What has come of a job of another replica, and what the database says since. */
  heard(kind: JobKind, heard: Heard, snapshot: Snapshot | undefined, nowMs: number): void {
    const { files, bytes, newestMs, reachedMs } = heard;
    if (snapshot !== undefined) this.#take(snapshot, nowMs);
    this.progress.shown(newestMs);
    const hasSlices = this.#snapshot?.state?.slices !== undefined;
    if (reachedMs !== undefined && !hasSlices) this.progress.stands(reachedMs, nowMs);
    if (files > 0) this.#history.add(nowMs, files, bytes, this.progress.lagMs);
    this.#concluded(kind, heard, nowMs);
  }

  #concluded(
    kind: JobKind,
    { end, behindMs, trouble, startedMs }: Conclusion,
    nowMs: number,
  ): void {
    if (kind === 'run' && behindMs !== undefined && end === 'complete') {
      this.progress.ended({ outcome: end, behindMs }, this.config.settle, nowMs);
      if (behindMs <= this.config.settle + 1) this.#currentMs = startedMs;
    }
    if (end === 'complete') this.#errors.delete(kind);
    // It has brought in what events were about.
    if (end === 'complete' && kind === 'run') this.#errors.delete('event');
    if (trouble !== undefined) this.#errors.set(kind, { kind, at: iso(nowMs), ...trouble });
  }

  judge(patience: number, scheduler: Scheduler, nowMs: number): Verdict {
    if (scheduler.isPaused(this.name)) return { ok: true, reason: undefined };
    return this.progress.judge(this.config.every, patience, nowMs);
  }

  status(
    scheduler: Scheduler,
    verdict: Verdict,
    nowMs: number,
    clean: (text: string) => string,
  ): SyncStatus {
    const { watermarkMs, newestMs } = this.progress.known;
    const { lagMs } = this.progress;
    const { state, failures, runs = [] } = this.#snapshot ?? {};
    const { files: failing = 0, groups = [], named = [] } = failures ?? {};
    const error = this.#error(scheduler);
    const nextRunMs = scheduler.nextRunMs(this.name);
    const glance = this.state(scheduler, verdict, nowMs);
    const lastVerify = lastVerifyOf(state?.verification, failing);
    return {
      name: this.name,
      state: glance,
      summary: clean(summaryOf(glance, { lagMs, error, verdict, failing, lastVerify })),
      watermark: isoOrNull(watermarkMs),
      newestInTdp: isoOrNull(newestMs),
      currentAt: isoOrNull(this.#currentMs),
      lagSeconds: lagMs === undefined ? null : lagMs / 1000,
      clocks: clockStatus(this.#clocks),
      nextRunAt: isoOrNull(nextRunMs),
      job: this.#jobStatus(),
      backlog: this.#backlog(),
      window: this.#window ?? null,
      error: error === null ? null : { ...error, message: clean(error.message) },
      failing,
      failures: groups.slice(0, REASONS).map((group) => ({ ...group, error: clean(group.error) })),
      filesTable: filesTable(storedName(this.name, this.config)).name,
      failedFiles: named.map((file) => ({ ...file, error: clean(file.error) })),
      history: this.#history.points,
      runs: runs.map((line) => lineStatus(line, clean)),
      lastSweep:
        state?.sweep === undefined
          ? null
          : { at: iso(state.sweep.atMs), ...sweepCounts(state.sweep) },
      lastVerify,
    };
  }

  #jobStatus(): JobStatus | null {
    const other = this.elsewhere.find(({ slice }) => slice === undefined);
    return this.#job?.status ?? other?.status ?? null;
  }

  #backlog(): BacklogStatus | null {
    const plan = this.#snapshot?.state?.slices;
    if (plan === undefined) return null;
    const own = [...this.#slices].map(([slice, { status }]) => ({ slice, ...status }));
    const others = this.elsewhere.flatMap(({ slice, status }) =>
      slice === undefined ? [] : { slice, ...status },
    );
    const jobs = [...own, ...others].toSorted((one, other) => one.slice - other.slice);
    return { until: iso(plan.tailMs), left: plan.cuts.length - 1, jobs };
  }

  #error(scheduler: Scheduler): ErrorStatus | null {
    const newest = [...this.#errors.values()].sort((a, b) => b.at.localeCompare(a.at))[0];
    if (newest === undefined) return null;
    const { kind } = newest;
    return { ...newest, failures: kind === 'slice' ? 1 : scheduler.failures(this.name, kind) };
  }

  /** In one glance. */
  state(scheduler: Scheduler, verdict: Verdict, nowMs: number): SyncState {
    if (scheduler.isPaused(this.name)) return 'paused';
    if (this.#errors.size > 0 || !verdict.ok) return 'failing';
    if (this.#currentMs === undefined) {
      const { newestMs, watermarkMs } = this.progress.known;
      return newestMs === undefined && watermarkMs === undefined ? 'starting' : 'catching-up';
    }
    if (this.#snapshot?.state?.slices !== undefined) return 'catching-up';
    // Files may come all the time: one cadence until the next run begins, one for it to end.
    if (nowMs > nthOf(this.config.every, this.#currentMs, 2)) return 'catching-up';
    const { state, failures } = this.#snapshot ?? {};
    const { files: failing = 0 } = failures ?? {};
    const others = otherDifferences(lastVerifyOf(state?.verification, failing));
    return failing > 0 || others > 0 ? 'attention' : 'up-to-date';
  }
}
