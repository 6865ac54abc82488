import type { Sink } from '@tdp-sync/sink';
import { type Clock, systemClock } from '../clock.ts';
import type { Redact } from '../errors.ts';
import type { FileHit } from '../file.ts';
import { fenceSlices } from '../position/fence.ts';
import type { Position } from '../position/position.ts';
import type { PullBack } from '../position/pull-back.ts';
import type { SyncState } from '../position/state.ts';
import { defaultFailureBudget, OutageDetector } from '../source/failures.ts';
import type { PageSizes } from '../source/pages.ts';
import { type Clocks, isDoubted } from '../source/read-clocks.ts';
import type { FileQuery, QueryClause, Source } from '../source/source.ts';
import type { WindowRule } from '../source/window.ts';
import type { Catalog } from '../tables/catalog.ts';
import { type SchemaNote, type SchemaPolicy, SchemaResolver } from '../tables/resolve.ts';
import type { Transform } from '../transform/transform.ts';
import type { SyncEvent } from './events.ts';
import {
  type BatchLimits,
  type ContentPolicy,
  type DeletePolicy,
  defaultBatchLimits,
  type SyncOptions,
} from './options.ts';
import { Probe } from './probe.ts';
import { type PositionReading, readPosition, retryingOf, shapeOf } from './read-position.ts';
import { RecentLayouts } from './recent-layouts.ts';
import { Refusals } from './refusals.ts';
import { DEFAULT_IDLE_MS, findStanding, type Standing } from './standing.ts';
import { SteadySink } from './steady-sink.ts';
import { Tally } from './tally.ts';
import { Trace, tracedSource } from './trace.ts';
import { upgradeOrders } from './upgrade.ts';
import { windowsOf } from './windows.ts';

/** Everything that the steps of one run share. */
export interface Run {
  /** What the database calls it. */
  readonly name: string;
  /** What people call it. */
  readonly label: string;
  readonly source: Source;
  readonly sink: Sink;
  readonly filter: readonly QueryClause[];
  readonly content: ContentPolicy;
  readonly deletes: DeletePolicy;
  /** Whether each change of a file gets a line in the history. */
  readonly history: boolean;
  readonly transform: Transform;
  readonly position: Position;
  readonly catalog: Catalog;
  /** Finds the tables for rows. */
  readonly resolver: SchemaResolver;
  /** Finds them anew for files of which all that is to be told was told the first time. */
  readonly resolverAnew: SchemaResolver;
  readonly schema: SchemaPolicy;
  /** Layouts of files that are on their way into the database. */
  readonly recent: RecentLayouts;
  readonly outage: OutageDetector;
  /** For the files that had failed before. */
  readonly retryOutage: OutageDetector;
  /** Finds out whether the source gives anything. */
  readonly probe: Probe;
  /** What the database refuses. */
  readonly refusals: Refusals;
  readonly tally: Tally;
  /** The part of the run that is under way. */
  readonly trace: Trace;
  readonly clock: Clock;
  readonly batch: BatchLimits;
  readonly pageSizes: PageSizes;
  readonly concurrency: () => number;
  readonly signal: AbortSignal | undefined;
  readonly drainMs: number;
  readonly aheadBytes: number;
  /** Files that may be under way or done behind one that is not. */
  readonly behind: number;
  /** How old a stored position may grow while nothing comes. */
  readonly idleMs: number;
  readonly emit: (event: SyncEvent) => void;
  readonly redact: Redact;
  /** How the position has been pulled back; that is not stored yet. */
  readonly pulledBack: PullBack | undefined;
  /** What the clocks said when the run began. */
  readonly clocks: Clocks;
  /** TDP's true time as far as it is proven: what it was when the run began, and what has passed since by the local clock. */
  readonly nowMs: () => number;
  /** What bounds the next window besides the watermark. */
  readonly windows: Omit<WindowRule, 'watermarkMs'>;
  /** Other workers may bring in files of the same sync meanwhile. */
  readonly isShared: boolean;
  /** It is about one slice, and its position is that of the slice. */
  readonly isSlice: boolean;
}

/** Enough for some minutes at a usual TDP. Of so many files it has to be remembered where their rows went. */
const MOST_BEHIND = 20_000;

/** How a run starts, where it is not by itself. */
export interface Starting {
  /** What it will look at. Default: what was indexed since the watermark. */
  readonly query?: FileQuery;
  /** The position, where it has been read before. */
  readonly read?: PositionReading;
  /** The same run, which is begun anew. */
  readonly before?: Run | undefined;
}

/** Reads the position and asks TDP for its clock and for what there is. */
export async function startRun(
  options: SyncOptions,
  { query, read, before }: Starting = {},
): Promise<Run> {
  const { name, label = name, source, filter = [] } = options;
  const { emit = () => undefined, clock = systemClock } = options;
  const { transform, content } = shapeOf(options);
  const { position, catalog, dropped } = read ?? (await readPosition(options));
  const sink = new SteadySink(options.sink, retryingOf(options));
  await upgradeOrders(sink, name, position);
  const startedMs = clock.now();
  const planned = position.state.slices;
  const standing = await findStanding(options, clock, position, query);
  const gone = dropped ?? (position.state.slices === undefined ? planned : undefined);
  if (gone !== undefined) {
    await position.commit(() => [], [], {});
    await fenceSlices(sink, name, gone, position.state);
  }
  const { survey, clocks } = standing;
  const { run } = position.state;
  tellStart(label, position.state, standing, emit);
  const batch = { ...defaultBatchLimits, ...options.batch };
  const budget = { ...defaultFailureBudget, ...options.failureBudget };
  const tally = new Tally(label, survey, startedMs);
  if (before !== undefined) tally.goOnFrom(before.tally);
  const noted = (file: FileHit, note: SchemaNote): void => {
    tally.noted(note);
    emit({ type: 'schema-note', sync: label, fileId: file.fileId, note });
  };
  const { schema = 'evolve', deletes = 'mark', history = false } = options;
  const redact = options.redact ?? ((text: string) => text);
  const trace = Trace.ofRun(label, run, redact);
  return within(trace, {
    ...{
      name,
      label,
      source,
      sink,
      filter,
      content,
      deletes,
      transform,
      position,
      catalog,
      redact,
    },
    ...{ schema, history },
    resolver: new SchemaResolver(catalog, schema, transform.declared, noted, sink.rowRoom),
    resolverAnew: new SchemaResolver(
      catalog,
      schema,
      transform.declared,
      () => undefined,
      sink.rowRoom,
    ),
    recent: new RecentLayouts(2 * batch.documents + 4096 + MOST_BEHIND),
    outage: new OutageDetector(budget),
    retryOutage: new OutageDetector(budget),
    probe: new Probe(),
    refusals: new Refusals(),
    ...{ tally, trace, clock, batch },
    pageSizes: options.pageSizes ?? {},
    concurrency: options.concurrency ?? (() => 16),
    signal: options.signal,
    drainMs: options.drainMs ?? 15_000,
    aheadBytes: options.aheadBytes ?? 64 * 1024 * 1024,
    behind: MOST_BEHIND,
    // What is known of clocks that are doubted is worth a commit.
    idleMs: isDoubted(clocks) ? 0 : (options.idleMs ?? DEFAULT_IDLE_MS),
    emit,
    pulledBack: standing.pulledBack,
    clocks,
    nowMs: () => clocks.nowMs + (clock.now() - clocks.localMs),
    windows: windowsOf(options, position.state, survey, clocks),
    isShared: position.state.slices !== undefined,
    isSlice: false,
  });
}

function tellStart(
  sync: string,
  { run, watermarkMs }: SyncState,
  { survey, clocks, pulledBack }: Standing,
  emit: (event: SyncEvent) => void,
): void {
  const { count: expected, newestMs } = survey;
  emit({ type: 'run-started', sync, run, expected, newestMs, watermarkMs, clocks });
  if (isDoubted(clocks)) emit({ type: 'clocks-doubted', sync, clocks });
  if (pulledBack === undefined) return;
  const { fromMs, toMs } = pulledBack;
  emit({ type: 'pulled-back', sync, fromMs, toMs });
}

/** The run, in this part of its trace. */
export function within(trace: Trace, run: Run): Run {
  return { ...run, trace, source: tracedSource(run.source, trace) };
}

/** Whether the run has been asked to stop. */
export function isStopped(run: Run): boolean {
  return run.signal?.aborted === true;
}

/** Whether an error is only the signal's word that the run should end. */
export function isStop(run: Run, error: unknown): boolean {
  return isStopped(run) && error === run.signal?.reason;
}

/** Does this as a part of the run; that it was asked to stop is no error. */
export async function untilStopped(run: Run, work: () => Promise<void>): Promise<void> {
  try {
    await run.trace.during(work);
  } catch (error) {
    if (!isStop(run, error)) throw error;
  }
}
