import {
  type Clock,
  type HistogramSource,
  rebuild,
  retry,
  type SyncEvent,
  type SyncOptions,
  sweep,
  sync,
  syncFiles,
  syncSlices,
  verify,
} from '@tdp-sync/core';
import type { Sink } from '@tdp-sync/sink';
import type { SyncConfig } from '../config/schema.ts';
import { storedName } from '../config/tables.ts';
import { type AnyReport, journaled, type OnLine } from '../sync/journal.ts';
import { configuredOptions } from '../sync/options.ts';
import type { Job, JobEnd } from './lane.ts';
import type { Runtime } from './runtime.ts';
import { readSnapshot, type Snapshot } from './snapshot.ts';

/** What a job is done with. */
export interface JobSurroundings {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly emit: (event: SyncEvent) => void;
  readonly onLine: OnLine;
}

/** What came of a job. */
export interface JobResult {
  readonly end: JobEnd;
  readonly report?: AnyReport;
  readonly error?: unknown;
  /** What the database says afterwards, if it could be asked. */
  readonly snapshot?: Snapshot;
}

/** Does one job from opening the database to closing it. Never rejects. */
export async function doJob(
  job: Job,
  runtime: Runtime,
  surroundings: JobSurroundings,
): Promise<JobResult> {
  const { signal } = surroundings;
  const config = runtime.loaded.config.syncs[job.sync];
  // A config without it has come in since.
  if (config === undefined) return { end: 'interrupted' };
  let done: JobResult | undefined;
  try {
    return await runtime.lease.use(async (sink) => {
      done = await attempt(job, config, runtime, sink, surroundings);
      // The lease has to know what became of the database.
      if (done.end === 'failed') throw done.error;
      return { ...done, snapshot: await readSnapshot(storedName(job.sync, config), sink) };
    });
  } catch (error) {
    if (done !== undefined && done.end !== 'failed') return { ...done, error };
    return signal.aborted ? { end: 'interrupted', error } : { end: 'failed', ...done, error };
  }
}

async function attempt(
  job: Job,
  config: SyncConfig,
  runtime: Runtime,
  sink: Sink,
  { clock, signal, emit, onLine }: JobSurroundings,
): Promise<JobResult> {
  const transform = runtime.transforms.get(job.sync);
  using share = runtime.shares.join();
  const { source, concurrency } = share;
  const options: SyncOptions = {
    ...configuredOptions(job.sync, config, runtime.loaded),
    ...(transform === undefined ? {} : { transform }),
    ...{ source, sourceId: runtime.source.id, sink },
    ...{ clock, signal, concurrency, emit },
  };
  try {
    const report = await work(job, config, source, options, onLine);
    const isWhole = 'outcome' in report && report.outcome !== 'interrupted';
    return { end: isWhole ? 'complete' : 'interrupted', report };
  } catch (error) {
    if (signal.aborted && error === signal.reason) return { end: 'interrupted' };
    return { end: 'failed', error, ...(await snapshotIfAny(options.name, sink)) };
  }
}

/** After a failure it may be the database that failed, and the error says so already. */
async function snapshotIfAny(name: string, sink: Sink): Promise<{ readonly snapshot?: Snapshot }> {
  try {
    return { snapshot: await readSnapshot(name, sink) };
  } catch {
    return {};
  }
}

function work(
  { kind, fileIds, slice, sliceFiles }: Job,
  config: SyncConfig,
  source: HistogramSource,
  options: SyncOptions,
  onLine: OnLine,
): Promise<AnyReport> {
  const slices = sliceFiles === undefined ? {} : { slices: { source, files: sliceFiles } };
  const bringInSlice = (given: SyncOptions): Promise<AnyReport> =>
    syncSlices({ ...given, source, slice: slice ?? 0 });
  switch (kind) {
    case 'run':
      return journaled('run', options, (given) => sync({ ...given, ...slices }), onLine);
    case 'slice':
      return journaled('run', options, bringInSlice, onLine);
    case 'event':
      return journaled('event', options, (given) => syncFiles(given, fileIds ?? []), onLine);
    case 'retry':
      return journaled(
        'retry',
        options,
        (given) => (fileIds === undefined ? retry(given) : syncFiles(given, fileIds)),
        onLine,
      );
    case 'rebuild':
      return journaled('rebuild', options, (given) => rebuild(given, false), onLine);
    case 'sweep':
      return journaled(
        'sweep',
        options,
        (given) => sweep({ ...given, maxVanishedShare: config.maxVanished }),
        onLine,
      );
    case 'verify':
      return journaled('verify', options, (given) => verify({ ...given, source }), onLine);
  }
}
