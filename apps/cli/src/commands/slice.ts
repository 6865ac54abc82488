import { parseState, type RunReport, type SyncOptions, syncSlices } from '@tdp-sync/core';
import type { SliceShare } from '../arguments.ts';
import type { Console } from '../console.ts';
import type { WithFailures } from '../failures.ts';
import { counted } from '../render/format.ts';
import { summary } from '../render/summary.ts';
import { journaled } from '../sync/journal.ts';
import { type EachSyncOptions, eachSync } from './each-sync.ts';

/** Options of `tdp-sync run --slice`. */
export interface SliceOptions extends EachSyncOptions {
  readonly slice: SliceShare;
  /** About so many files make a slice. Default as core has it. */
  readonly sliceFiles?: number | undefined;
}

/** What a worker has brought in, and what is left of the backlog for all of them. */
interface SliceReport extends RunReport {
  /** Slices that are not known to be in the database, in whosever hands; 0 where there are none or it was never cut. */
  readonly slicesLeft: number;
}

/** Brings in one worker's share of the backlog. */
export async function sliceNow(options: SliceOptions, console: Console): Promise<number> {
  const { slice: share, sliceFiles } = options;
  return eachSync<SliceReport>(options, console, {
    command: 'run',
    work: async (sync, _config, onLine) => {
      const { source } = sync;
      const slices = { source, share, ...(sliceFiles === undefined ? {} : { sliceFiles }) };
      const work = (given: SyncOptions) => syncSlices({ ...given, ...slices });
      const report = await journaled('run', sync, work, onLine);
      return { report: { ...report, slicesLeft: await slicesLeft(sync) } };
    },
    render: lines,
  });
}

async function slicesLeft({ sink, name }: SyncOptions): Promise<number> {
  const stored = await sink.readState(name);
  const slices = stored === undefined ? undefined : parseState(stored).slices;
  return (slices?.cuts.length ?? 1) - 1;
}

function lines(report: WithFailures<SliceReport>): readonly string[] {
  const { slicesLeft, outcome, watermarkMs } = report;
  if (outcome === 'interrupted' || slicesLeft > 0)
    return [
      ...summary(report),
      `  slices     ${counted(slicesLeft, 'slice')} left; the same command goes on with those of its share`,
    ];
  if (watermarkMs === undefined)
    return [
      `${report.sync}: fewer files than two slices, so that nothing was cut. "tdp-sync run" brings them in.`,
    ];
  return [...summary(report), '  slices     none left; "tdp-sync run" goes on from here'];
}
