import { type SliceReport, type SyncOptions, syncSlices } from '@tdp-sync/core';
import type { SliceShare } from '../arguments.ts';
import { loadConfig } from '../config/load.ts';
import type { Console } from '../console.ts';
import { CliError } from '../exit.ts';
import type { WithFailures } from '../failures.ts';
import { counted, span } from '../render/format.ts';
import { headline, summary } from '../render/summary.ts';
import { journaled } from '../sync/journal.ts';
import { type EachSyncOptions, eachSync } from './each-sync.ts';

/** Options of `tdp-sync run --slice`. */
export interface SliceOptions extends EachSyncOptions {
  readonly slice: SliceShare;
  /** About so many files make a slice. Default as core has it. */
  readonly sliceFiles?: number | undefined;
}

/** Brings in one worker's share of the backlog. */
export async function sliceNow(options: SliceOptions, console: Console): Promise<number> {
  const { slice: share, sliceFiles } = options;
  await refuseExclusive(options.config, console);
  return eachSync<SliceReport>({ ...options, isShared: share.of > 1 }, console, {
    command: 'run',
    work: async (sync, _config, onLine) => {
      const { source } = sync;
      const slices = { source, share, ...(sliceFiles === undefined ? {} : { sliceFiles }) };
      const work = (given: SyncOptions) => syncSlices({ ...given, ...slices });
      return { report: await journaled('run', sync, work, onLine) };
    },
    render: (report) => lines(report, options),
  });
}

/** The workers would shut each other out. */
async function refuseExclusive(config: string, console: Console): Promise<void> {
  const { adapter } = await loadConfig(config, console);
  if (adapter.isExclusive !== true) return;
  throw new CliError(
    `A database of the sink "${adapter.name}" can be open in one process at a time, so that several workers cannot share it. Nothing was changed: "tdp-sync run" brings everything in.`,
  );
}

function lines(
  report: WithFailures<SliceReport>,
  { slice: { index, of } }: SliceOptions,
): readonly string[] {
  const { sync, slicesLeft, shareLeft, outcome, watermarkMs, seen, durationMs } = report;
  if (outcome === 'interrupted')
    return summary(
      report,
      `interrupted after ${span(durationMs)}; everything committed stays, and the same command goes on here`,
    );
  if (seen === 0 && slicesLeft === 0 && watermarkMs === undefined)
    return [
      `${sync}: fewer files than two slices, so that nothing was cut. "tdp-sync run" brings them in.`,
    ];
  const whose = `share ${index} of ${of}`;
  const state =
    shareLeft > 0
      ? `${counted(shareLeft, 'slice')} of ${whose} left to others who have them, ${slicesLeft} of all`
      : slicesLeft > 0
        ? `none of ${whose} left; ${slicesLeft} of the other shares are`
        : 'none left; "tdp-sync run" goes on from here';
  return [...summary({ ...report, slicesLeft: 0 }, headline(report)), `  slices     ${state}`];
}
