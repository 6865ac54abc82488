import { type SweepReport, sweep } from '@tdp-sync/core';
import type { Console } from '../console.ts';
import { sweepLines } from '../render/summary.ts';
import { type EachSyncOptions, eachSync } from './each-sync.ts';

/** Options of `tdp-sync sweep`. */
export interface SweepCommandOptions extends EachSyncOptions {
  /** Overrides the config's `maxVanished` this once. */
  readonly maxVanished?: number;
}

/** Compares TDP's whole listing with the database now. */
export async function sweepNow(options: SweepCommandOptions, console: Console): Promise<number> {
  return eachSync<SweepReport>(options, console, {
    work: async (sync, config) => ({
      report: await sweep({ ...sync, maxVanishedShare: options.maxVanished ?? config.maxVanished }),
    }),
    render: (report) => [`${report.sync}: sweep`, ...sweepLines(report)].join('\n'),
  });
}
