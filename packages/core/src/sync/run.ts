import { createHash, randomUUID } from 'node:crypto';
import type { Sink, Table } from '@tdp-sync/sink';
import { type Clock, systemClock } from '../clock.ts';
import type { FileHit } from '../file.ts';
import { Position } from '../position/position.ts';
import type { SyncState } from '../position/state.ts';
import { defaultFailureBudget, type FailureBudget, OutageDetector } from '../source/failures.ts';
import type { PageSizes } from '../source/pages.ts';
import type { FileQuery, QueryClause, Source, Survey } from '../source/source.ts';
import type { WindowRule } from '../source/window.ts';
import { Catalog } from '../tables/catalog.ts';
import { filesTable } from '../tables/files-table.ts';
import { type SchemaNote, type SchemaPolicy, Settler } from '../tables/resolve.ts';
import { documentTransform } from '../transform/document.ts';
import type { Transform } from '../transform/transform.ts';
import { type BatchLimits, defaultBatchLimits } from './batch.ts';
import type { SyncEvent } from './events.ts';
import { runsTable } from './journal.ts';
import { RecentLayouts } from './recent-layouts.ts';
import { Tally } from './tally.ts';
import { Trace, tracedSource } from './trace.ts';
import type { ContentPolicy, DeletePolicy, WorkContext } from './work.ts';

/** One sync, and what it works with. */
export interface SyncOptions {
  /** Name of the sync and of its data table; `<name>_files` is its files table. */
  readonly name: string;
  readonly source: Source;
  /** Names the source, so that a sync that is pointed at another one starts from the beginning. */
  readonly sourceId: string;
  readonly sink: Sink;
  /** Clauses of TDP's query language that a file must match, every one. Default none: all files. */
  readonly filter?: readonly QueryClause[];
  /** Only files indexed since then, in milliseconds since 1970. Default: from the oldest. */
  readonly sinceMs?: number | undefined;
  /** Windows end at least this long ago. Default 60,000: a file is searchable some seconds after its stamp. */
  readonly settleMs?: number;
  /** Windows begin this long before the watermark. Default 3,600,000: files were seen to become searchable 15 minutes late. */
  readonly lookbackMs?: number;
  /** Longest window. Default 30 days. */
  readonly maxWindowMs?: number;
  /** Which files' content is retrieved. Default `ids`. */
  readonly content?: ContentPolicy;
  /** What becomes of files that were deleted in TDP. Default `mark`. */
  readonly deletes?: DeletePolicy;
  /** Default: the whole document as JSON. */
  readonly transform?: Transform;
  /** What becomes of data that the tables have no place for. Default `evolve`. */
  readonly schema?: SchemaPolicy;
  /** Names of tables that this sync must not give to its own. */
  readonly reservedTables?: readonly string[];
  readonly batch?: Partial<BatchLimits>;
  readonly pageSizes?: PageSizes;
  readonly failureBudget?: Partial<FailureBudget>;
  /** Most files retrieved at once; asked before each one. Default 16. */
  readonly concurrency?: () => number;
  readonly clock?: Clock;
  /** Asks the run to commit what it has in hand and end. */
  readonly signal?: AbortSignal;
  readonly emit?: (event: SyncEvent) => void;
}

/** Everything that the steps of one run share. */
export interface Run {
  readonly name: string;
  readonly source: Source;
  readonly sink: Sink;
  readonly filter: readonly QueryClause[];
  readonly position: Position;
  readonly catalog: Catalog;
  /** The tables that are there before any file asks for one. */
  readonly declared: readonly Table[];
  readonly work: WorkContext;
  readonly outage: OutageDetector;
  /** For the files that had failed before. */
  readonly retryOutage: OutageDetector;
  readonly tally: Tally;
  /** The part of the run that is under way. */
  readonly trace: Trace;
  readonly clock: Clock;
  readonly batch: BatchLimits;
  readonly pageSizes: PageSizes;
  readonly concurrency: () => number;
  readonly signal: AbortSignal | undefined;
  readonly emit: (event: SyncEvent) => void;
  /** TDP's clock: what it said when the run began, and what has passed since by the local one. */
  readonly nowMs: () => number;
  /** What bounds the next window, for the position as it is now. */
  readonly windowRule: () => WindowRule;
}

const LOOKBACK_MS = 3_600_000;

/** Reads the position and asks TDP for its clock and for what there is; by default, what a run will look at. */
export async function startRun(options: SyncOptions, query?: FileQuery): Promise<Run> {
  const { name, source, sink, filter = [], emit = () => undefined, clock = systemClock } = options;
  const { deletes = 'mark' } = options;
  const { transform, content } = shapeOf(options);
  const { position, catalog } = await readPosition(options);
  const localMs = clock.now();
  const survey = await source.survey(query ?? startQuery(position.state, options), options.signal);
  const nowMs = (): number => survey.nowMs + (clock.now() - localMs);
  const { watermarkMs } = position.state;
  const { count: expected, newestMs } = survey;
  const { run } = position.state;
  emit({
    ...{ type: 'run-started', sync: name, run, expected, newestMs, watermarkMs },
    nowMs: survey.nowMs,
  });
  const batch = { ...defaultBatchLimits, ...options.batch };
  const budget = { ...defaultFailureBudget, ...options.failureBudget };
  const tally = new Tally(name, survey, localMs);
  const noted = (file: FileHit, note: SchemaNote): void => {
    tally.noted(note);
    emit({ type: 'schema-note', sync: name, fileId: file.fileId, note });
  };
  const trace = Trace.ofRun(name, run);
  return within(trace, {
    name,
    source,
    sink,
    filter,
    position,
    catalog,
    declared: transform.declared,
    work: {
      ...{ sync: name, source, transform, content, deletes, nowMs, emit },
      settler: new Settler(catalog, options.schema ?? 'evolve', transform.declared, (file, note) =>
        noted(file, note),
      ),
      recent: new RecentLayouts(2 * batch.documents + 4096),
      inherited: () => position.state.inherited,
    },
    outage: new OutageDetector(budget),
    retryOutage: new OutageDetector(budget),
    tally,
    trace,
    clock,
    batch,
    pageSizes: options.pageSizes ?? {},
    concurrency: options.concurrency ?? (() => 16),
    signal: options.signal,
    emit,
    nowMs,
    windowRule: windowRule(options, position, survey),
  });
}

/** The run, in this part of its trace. */
export function within(trace: Trace, run: Run): Run {
  const source = tracedSource(run.source, trace);
  return { ...run, trace, source, work: { ...run.work, source } };
}

/** What the rows of a file depend on besides the file. */
function shapeOf(options: SyncOptions): Pick<WorkContext, 'transform' | 'content'> {
  const { name, transform = documentTransform(name), content = 'ids' } = options;
  return { transform, content };
}

/**
 * Reads where the sync stands and which tables it has, and tells when the config has changed since.
 *
 * @throws SinkError `SCHEMA_MISMATCH` when a column is to have another type than it has.
 */
export async function readPosition(
  options: SyncOptions,
): Promise<{ readonly position: Position; readonly catalog: Catalog }> {
  const { name, sink, sourceId, filter = [], sinceMs = null, reservedTables = [] } = options;
  const { transform, content } = shapeOf(options);
  const reserved = [...reservedTables, filesTable(name).name, runsTable(name).name];
  const catalog = await Catalog.read(name, sink, reserved);
  const inherited = catalog.layouts;
  for (const table of transform.declared) catalog.declare(table);
  const { position, changes } = await Position.read({
    sync: name,
    sink,
    scope: fingerprint([sourceId, filter, sinceMs]),
    mapping: fingerprint([transform.fingerprint, content]),
    run: randomUUID(),
    inherited,
  });
  if (changes.scope || changes.mapping)
    options.emit?.({ type: 'config-changed', sync: name, changes });
  return { position, catalog };
}

function windowRule(options: SyncOptions, position: Position, survey: Survey): () => WindowRule {
  const lookbackMs = options.lookbackMs ?? LOOKBACK_MS;
  const { watermarkMs, open, startMs: storedMs } = position.state;
  const isFirst = watermarkMs === undefined && open === undefined;
  const startMs = isFirst ? (options.sinceMs ?? before(survey.oldestMs, lookbackMs)) : storedMs;
  return () => ({
    watermarkMs: position.state.watermarkMs,
    // Nothing to see yet: no window is opened, and the next run asks again.
    startMs: startMs ?? Number.POSITIVE_INFINITY,
    // As it was at the start: a run ends when it has caught up with the moment it began.
    nowMs: survey.nowMs,
    settleMs: options.settleMs ?? 60_000,
    lookbackMs,
    maxWindowMs: options.maxWindowMs ?? 30 * 24 * 3_600_000,
  });
}

/** A file that becomes searchable late may be a little older than the oldest of now. */
function before(oldestMs: number | undefined, lookbackMs: number): number | undefined {
  return oldestMs === undefined ? undefined : oldestMs - lookbackMs;
}

function startQuery({ watermarkMs }: SyncState, options: SyncOptions): FileQuery {
  const { filter = [], sinceMs, lookbackMs = LOOKBACK_MS } = options;
  const fromMs = watermarkMs === undefined ? sinceMs : watermarkMs - lookbackMs;
  return fromMs === undefined ? { filter } : { filter, indexed: { fromMs } };
}

function fingerprint(parts: unknown): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}
