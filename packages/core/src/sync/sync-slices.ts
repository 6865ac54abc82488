import { SyncError } from '../errors.ts';
import type { Slice } from '../position/slices.ts';
import type { HistogramSource } from '../source/source.ts';
import type { RunReport } from './events.ts';
import type { SyncOptions } from './options.ts';
import { readPosition } from './read-position.ts';
import { reportOf } from './report.ts';
import { isStopped, type Run, startRun, untilStopped } from './run.ts';
import { bringInSlices, closeSlices, countOpen, cutBacklog, openSlices } from './slices.ts';
import { undisturbed } from './undisturbed.ts';

/** One worker's part of a backlog. */
export interface SliceOptions extends SyncOptions {
  readonly source: HistogramSource;
  /** At most about so many files make a slice, where it is not cut yet. Default 100,000. */
  readonly sliceFiles?: number;
  /** Which worker it is, from 0, of how many. Default: the only one. */
  readonly share?: { readonly index: number; readonly of: number };
  /** Only this slice of a backlog that is cut already, whoever's share it is. */
  readonly slice?: number;
}

/** What a worker did, and what is left. */
export interface SliceReport extends RunReport {
  /** Slices of its share that are not closed: it was stopped, or somebody else has them. */
  readonly shareLeft: number;
}

/** About so many files make a slice by default. */
export const SLICE_FILES = 100_000;

/**
 * Brings in one worker's share of the slices into which the backlog is cut; cuts it where that is to be done. Any number of workers may do so
 * at a time, each with another share or, at the price of work done twice, with the same. Windows behind the slices are `sync`'s,
 * which may go on meanwhile.
 *
 * When it resolves with `complete`, all slices of the share are in the sink, or were taken by somebody else. Where there are fewer files than two
 * slices, nothing is cut, and `sync` brings them in.
 *
 * @throws as `sync`; SyncError `SLICES_OUTDATED` when the sync is not set up as when the backlog was cut: a `sync` or `rebuild` settles that.
 */
export function syncSlices(options: SliceOptions): Promise<SliceReport> {
  let run: Run | undefined;
  return undisturbed(
    async () => {
      run = await startSlices(options, run);
      return await syncSlicesOnce(run, options);
    },
    () => true,
  );
}

/** `before`: the same run, where it is begun anew. */
async function startSlices(options: SliceOptions, before: Run | undefined): Promise<Run> {
  // That something has changed is the error's to tell.
  const read = await readPosition({ ...options, emit: () => undefined });
  const { position, changes, endsHistory } = read;
  const { isApplied } = position.state.mapping;
  if (changes.scope || changes.mapping || endsHistory || !isApplied) throw slicesOutdated(options);
  return startRun(options, { read, before });
}

async function syncSlicesOnce(run: Run, options: SliceOptions): Promise<SliceReport> {
  const { sliceFiles = SLICE_FILES, share = { index: 0, of: 1 }, slice, source } = options;
  let mine: readonly Slice[] = [];
  await untilStopped(run, async () => {
    if (slice === undefined) await cutBacklog(run, source, sliceFiles, share.of);
    mine = openSlices(run).filter(({ number }) =>
      slice === undefined ? number % share.of === share.index : number === slice,
    );
    await bringInSlices(run, mine);
    await closeSlices(run);
  });
  const report = await reportOf(run, isStopped(run));
  return { ...report, shareLeft: await countOpen(run, mine) };
}

function slicesOutdated({ name, label = name }: SyncOptions): SyncError {
  return new SyncError(
    'SLICES_OUTDATED',
    `The config of ${label} here is not the one by which its rows in the database were made. Is it the newer one, "tdp-sync run" by one worker alone makes the rows anew, and the slices go on; ` +
      'is it the older one, bring this machine its newer one: else a run would turn the database back. Nothing was changed.',
  );
}
