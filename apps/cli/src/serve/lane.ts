import { type Cadence, nextOf } from '../config/cadence.ts';

/** What is done with a sync. */
export type JobKind = LaneKind | 'slice';

/** What is done with a sync by one worker at a time. */
export type LaneKind = 'run' | WantedKind;

/** What is only done beside runs. */
export type WantedKind = 'event' | 'retry' | 'sweep' | 'verify' | 'rebuild';

/** When things are to be done with a sync. */
export interface SyncPlan {
  readonly every: Cadence;
  /** `undefined`: never. */
  readonly sweepMs: number | undefined;
  readonly verifyMs: number | undefined;
}

/** What the database says of a sync. Times by the local clock, as well as is known. */
export interface Marks {
  readonly ranAtMs?: number | undefined;
  readonly sweptAtMs?: number | undefined;
  readonly verifiedAtMs?: number | undefined;
  /** Slices of a backlog are left: there is nothing yet to sweep and to verify. */
  readonly hasSlices?: boolean;
}

/** Something to begin with now. */
export interface Job {
  readonly sync: string;
  readonly kind: JobKind;
  /** With `retry`: only these files; with `event`: the files that events have named. */
  readonly fileIds?: readonly string[];
  /** With `slice`: its number. */
  readonly slice?: number;
  /** With `run`: a large backlog is cut into slices of about so many files, which are left to other jobs. */
  readonly sliceFiles?: number;
}

/** Of a key, there is one job at a time: of each sync, and of each slice of its backlog. */
export function keyOf({ sync, slice }: Pick<Job, 'sync' | 'slice'>): string {
  return slice === undefined ? sync : `${sync}/${slice}`;
}

/** How a job ended. `interrupted`: it goes on as soon as it is its turn again. */
export type JobEnd = 'complete' | 'interrupted' | 'failed';

interface Backoff {
  readonly failures: number;
  readonly untilMs: number;
}

/** One sync, in which at most one job is under way. */
export interface Lane {
  plan: SyncPlan;
  marks: Marks;
  /** When it is due for the first time; `undefined` once it has run. */
  firstMs: number | undefined;
  paused: boolean;
  /** The config does not have it any more; it stays until its job has ended. */
  isLeaving: boolean;
  running: { readonly kind: LaneKind; readonly sinceMs: number } | undefined;
  readonly wanted: Map<
    LaneKind,
    { readonly sinceMs: number; readonly fileIds?: readonly string[] }
  >;
  readonly backoff: Map<LaneKind, Backoff>;
  /** The last run came to its end: only then is there something to sweep and to verify. */
  isCaughtUp: boolean;
}

/** What comes next in a lane, and when. */
export interface Candidate {
  readonly name: string;
  readonly lane: Lane;
  readonly kind: LaneKind;
  readonly dueMs: number;
}

/** What may be asked for out of turn, in this order. */
export const WANTED = ['run', 'event', 'retry', 'rebuild', 'sweep', 'verify'] as const;

/** Files of events that may wait for a sync: a run lists as many more quickly. */
export const MOST_EVENT_FILES = 20_000;

const STAGGER_MS = 2000;
const FIRST_BACKOFF_MS = 30_000;
const LONGEST_BACKOFF_MS = 15 * 60_000;
const SIDE_BACKOFF_MS = 15 * 60_000;

/** A sync that nothing was done with yet. */
export function newLane(plan: SyncPlan, marks: Marks): Lane {
  return {
    plan,
    marks,
    firstMs: undefined,
    paused: false,
    isLeaving: false,
    running: undefined,
    wanted: new Map(),
    backoff: new Map(),
    isCaughtUp: false,
  };
}

/** What comes next in a lane. */
export function candidate(name: string, lane: Lane): readonly Candidate[] {
  if (lane.paused || lane.isLeaving || lane.running !== undefined) return [];
  for (const kind of WANTED) {
    // Before everything that is due by itself. Events come by themselves, too: no stream of them is to keep runs from their turn.
    if (kind !== 'event' && lane.wanted.has(kind))
      return [{ name, lane, kind, dueMs: Number.NEGATIVE_INFINITY }];
  }
  const kinds = [
    ...(['run', 'event'] as const),
    ...(lane.isCaughtUp ? (['sweep', 'verify'] as const) : []),
  ] as const;
  const [first] = kinds
    .map((kind) => ({ name, lane, kind, dueMs: dueMs(lane, kind) }))
    .sort((a, b) => a.dueMs - b.dueMs);
  return first === undefined || first.dueMs === Number.POSITIVE_INFINITY ? [] : [first];
}

/** When this is due by itself. */
export function dueMs({ plan, marks, firstMs, backoff, wanted }: Lane, kind: LaneKind): number {
  const untilMs = backoff.get(kind)?.untilMs;
  if (kind === 'event')
    return Math.max(wanted.get(kind)?.sinceMs ?? Number.POSITIVE_INFINITY, untilMs ?? 0);
  if (untilMs !== undefined) return untilMs;
  if (kind === 'run') return firstMs ?? nextOf(plan.every, marks.ranAtMs ?? 0);
  if (kind !== 'sweep' && kind !== 'verify') return Number.POSITIVE_INFINITY;
  const everyMs = kind === 'sweep' ? plan.sweepMs : plan.verifyMs;
  const atMs = kind === 'sweep' ? marks.sweptAtMs : marks.verifiedAtMs;
  return everyMs === undefined ? Number.POSITIVE_INFINITY : (atMs ?? 0) + everyMs;
}

/** What is done in a lane. */
export interface LaneJob extends Job {
  readonly kind: LaneKind;
}

/** From here on the job is under way. */
export function begin({ name, lane, kind }: Candidate, nowMs: number): LaneJob {
  const fileIds = lane.wanted.get(kind)?.fileIds;
  lane.wanted.delete(kind);
  lane.running = { kind, sinceMs: nowMs };
  return { sync: name, kind, ...(fileIds === undefined ? {} : { fileIds }) };
}

/** How long something that has failed so often in a row is left alone. */
export function backoffMs(
  { every, sweepMs, verifyMs }: SyncPlan,
  kind: LaneKind,
  failures: number,
): number {
  const factor = 2 ** (failures - 1);
  if (kind === 'sweep' || kind === 'verify') {
    const cadenceMs = (kind === 'sweep' ? sweepMs : verifyMs) ?? Number.POSITIVE_INFINITY;
    return Math.min(SIDE_BACKOFF_MS * factor, cadenceMs);
  }
  const everyMs = 'everyMs' in every ? every.everyMs : FIRST_BACKOFF_MS;
  return Math.min(Math.min(FIRST_BACKOFF_MS, everyMs) * factor, LONGEST_BACKOFF_MS);
}

/** The time between the first jobs of two syncs. */
export function staggerMs(every: Cadence): number {
  return 'everyMs' in every ? Math.min(STAGGER_MS, every.everyMs / 4) : STAGGER_MS;
}
