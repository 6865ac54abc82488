import { type SweepReport, type SyncOptions, sweep } from '@tdp-sync/core';
import type { Console } from '../console.ts';
import { clockLines, sweepLines, unredactedLines } from '../render/summary.ts';
import { journaled } from '../sync/journal.ts';
import { type EachSyncOptions, eachSync } from './each-sync.ts';

/** Options of `tdp-sync sweep`. */
export interface SweepCommandOptions extends EachSyncOptions {
  /** Overrides the config's `maxVanished` this once. */
  readonly maxVanished?: number;
}

/** Compares TDP's whole listing with the database now. */
export async function sweepNow(options: SweepCommandOptions, console: Console): Promise<number> {
  return eachSync<SweepReport>(options, console, {
    command: 'sweep',
    work: async (sync, config, onLine) => {
      const maxVanishedShare = options.maxVanished ?? config.maxVanished;
      const work = (given: SyncOptions) => sweep({ ...given, maxVanishedShare });
      return { report: await journaled('sweep', sync, work, onLine) };
    },
    render: (report) => [
      `${report.sync}: sweep`,
      ...sweepLines(report),
      ...unredactedLines(report),
      ...clockLines(report),
    ],
  });
}
