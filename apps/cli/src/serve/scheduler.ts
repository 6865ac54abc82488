import { nextOf } from '../config/cadence.ts';
import {
  backoffMs,
  begin,
  candidate,
  dueMs,
  type JobEnd,
  type Lane,
  type LaneJob,
  type LaneKind,
  type Marks,
  MOST_EVENT_FILES,
  newLane,
  type SyncPlan,
  staggerMs,
} from './lane.ts';

/** What is to be done at a moment. */
export interface Decision {
  readonly start: readonly LaneJob[];
  /** Syncs whose run has to make room for others. */
  readonly giveWay: readonly string[];
  /** When to ask again, unless something happens before. */
  readonly wakeAtMs: number;
}

/** Bounds of a {@link Scheduler}. */
export interface SchedulerOptions {
  /** Most syncs that are worked on at once. */
  readonly concurrent: number;
  /** How long a run may hold up others that wait. */
  readonly turnMs: number;
}

/**
 * Decides what is to be done when. It has no clock and does nothing by itself: it is told the time, and what has
 * begun and ended. A sync never has two jobs at once, and one that fails waits longer each time while the others go on.
 */
export class Scheduler {
  readonly #lanes = new Map<string, Lane>();
  #options: SchedulerOptions;
  /** Replicas among which what is due is dealt out, each with `concurrent` syncs at once. */
  workers = 1;

  constructor(options: SchedulerOptions) {
    this.#options = options;
  }

  /** From now on these are the syncs. Those that were there before keep what is known of them. */
  configure(
    plans: ReadonlyMap<string, SyncPlan>,
    marks: ReadonlyMap<string, Marks>,
    nowMs: number,
    options: SchedulerOptions = this.#options,
  ): void {
    this.#options = options;
    for (const [name, lane] of [...this.#lanes]) {
      lane.isLeaving = !plans.has(name);
      if (lane.isLeaving && lane.running === undefined) this.#lanes.delete(name);
    }
    let added = 0;
    for (const [name, plan] of plans) {
      const known = this.#lanes.get(name);
      if (known !== undefined) {
        known.plan = plan;
        // What failed may be what has been changed.
        known.backoff.clear();
        continue;
      }
      const lane = newLane(plan, marks.get(name) ?? {});
      const dueMs = lane.marks.ranAtMs === undefined ? 0 : nextOf(plan.every, lane.marks.ranAtMs);
      lane.firstMs = Math.max(dueMs, nowMs + staggerMs(plan.every) * added);
      this.#lanes.set(name, lane);
      added += 1;
    }
  }

  /** What is due now, and counts as begun from here on. */
  next(nowMs: number): Decision {
    const running = [...this.#lanes].filter(([, lane]) => lane.running !== undefined);
    const candidates = [...this.#lanes]
      .flatMap(([name, lane]) => candidate(name, lane))
      .sort((a, b) => a.dueMs - b.dueMs);
    const due = candidates.filter(({ dueMs }) => dueMs <= nowMs);
    const free = Math.max(this.#options.concurrent * this.workers - running.length, 0);
    const start = due.slice(0, free).map((one) => begin(one, nowMs));
    const waiting = due.length - start.length;
    const later = candidates.slice(due.length).map(({ dueMs }) => dueMs);
    const turns = waiting > 0 ? this.#turnsEndMs() : [];
    return {
      start,
      giveWay: waiting > 0 ? this.#giveWay(nowMs, waiting) : [],
      wakeAtMs: Math.min(...later, ...turns.filter((endMs) => endMs > nowMs)),
    };
  }

  /** Asks for something out of turn. Gives `false` when it could not be done: the sync is paused. */
  want(name: string, kind: LaneKind, nowMs: number, fileIds?: readonly string[]): boolean {
    const lane = this.#lane(name);
    if (lane.paused) return false;
    const before = lane.wanted.get(kind);
    const all = fileIds === undefined || (before !== undefined && before.fileIds === undefined);
    const wanted = { sinceMs: before?.sinceMs ?? nowMs };
    const files = [...new Set([...(before?.fileIds ?? []), ...(fileIds ?? [])])];
    if (kind === 'event' && files.length > MOST_EVENT_FILES) {
      // A run lists as many more quickly.
      lane.wanted.delete(kind);
      return this.want(name, 'run', nowMs);
    }
    lane.wanted.set(kind, all ? wanted : { ...wanted, fileIds: files });
    return true;
  }

  /** Begins nothing more with this sync, and gives what had been asked for and will not be done. */
  pause(name: string): readonly LaneKind[] {
    const lane = this.#lane(name);
    lane.paused = true;
    const forgotten = [...lane.wanted.keys()];
    lane.wanted.clear();
    return forgotten;
  }

  resume(name: string): void {
    this.#lane(name).paused = false;
  }

  /** Somebody else has begun with this. */
  begun(name: string, kind: LaneKind, sinceMs: number): void {
    const lane = this.#lanes.get(name);
    if (lane === undefined || lane.running?.kind === kind) return;
    lane.running = { kind, sinceMs };
  }

  /** A job has ended, and the database says this. */
  ended(name: string, kind: LaneKind, end: JobEnd, nowMs: number, marks: Marks = {}): void {
    const lane = this.#lanes.get(name);
    if (lane === undefined) return;
    const startedMs = lane.running?.sinceMs ?? nowMs;
    lane.running = undefined;
    if (lane.isLeaving) this.#lanes.delete(name);
    lane.marks = { ...lane.marks, ...marks };
    if (end === 'failed') {
      const failures = (lane.backoff.get(kind)?.failures ?? 0) + 1;
      lane.backoff.set(kind, { failures, untilMs: nowMs + backoffMs(lane.plan, kind, failures) });
      if (kind === 'run') lane.isCaughtUp = false;
      return;
    }
    lane.backoff.delete(kind);
    if (kind === 'run') {
      lane.isCaughtUp = end === 'complete' && marks.hasSlices !== true;
      lane.firstMs = end === 'interrupted' ? nowMs : undefined;
      if (end === 'complete') lane.marks = { ...lane.marks, ranAtMs: startedMs };
      // What kept events from being followed does not any more.
      if (end === 'complete') lane.backoff.delete('event');
    } else if (end === 'complete') {
      if (kind === 'sweep') lane.marks = { ...lane.marks, sweptAtMs: nowMs };
      if (kind === 'verify') lane.marks = { ...lane.marks, verifiedAtMs: nowMs };
    }
  }

  /** When the sync is run next; `undefined` while it runs or is paused. */
  nextRunMs(name: string): number | undefined {
    const lane = this.#lanes.get(name);
    if (lane === undefined || lane.paused || lane.running?.kind === 'run') return undefined;
    return lane.wanted.get('run')?.sinceMs ?? dueMs(lane, 'run');
  }

  /** How often in a row this has failed. */
  failures(name: string, kind: LaneKind): number {
    return this.#lanes.get(name)?.backoff.get(kind)?.failures ?? 0;
  }

  isPaused(name: string): boolean {
    return this.#lanes.get(name)?.paused ?? false;
  }

  running(name: string): LaneKind | undefined {
    return this.#lanes.get(name)?.running?.kind;
  }

  #lane(name: string): Lane {
    const lane = this.#lanes.get(name);
    if (lane === undefined) throw new RangeError(`There is no sync ${name}`);
    return lane;
  }

  #turnsEndMs(): readonly number[] {
    return [...this.#lanes.values()].flatMap(({ running }) =>
      running?.kind === 'run' ? running.sinceMs + this.#options.turnMs : [],
    );
  }

  /** The longest runs, as many as wait for their place. Only runs go on where they were. */
  #giveWay(nowMs: number, waiting: number): readonly string[] {
    return [...this.#lanes]
      .flatMap(([name, { running }]) =>
        running?.kind === 'run' && nowMs - running.sinceMs >= this.#options.turnMs
          ? [{ name, sinceMs: running.sinceMs }]
          : [],
      )
      .sort((a, b) => a.sinceMs - b.sinceMs)
      .slice(0, waiting)
      .map(({ name }) => name);
  }
}
