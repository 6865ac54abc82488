import {
  parseState,
  type RunReport,
  type SweepReport,
  type SyncOptions,
  sweep,
  sync,
} from '@tdp-sync/core';
import type { SyncConfig } from '../config/schema.ts';
import type { Console } from '../console.ts';
import { CliError } from '../exit.ts';
import type { Stretch } from '../render/backfill.ts';
import { summary, sweepLines } from '../render/summary.ts';
import { journaled, type OnLine } from '../sync/journal.ts';

import { type EachSyncOptions, eachSync, type Outcome } from './each-sync.ts';
import type { SliceOptions } from './slice.ts';

/** What a run did, and the sweep that was due after it. */
interface RunAndSweep extends RunReport {
  readonly sweep: SweepReport | null;
}

/** Options of `tdp-sync run`. */
export type RunOptions = EachSyncOptions &
  Partial<Stretch> &
  Partial<Pick<SliceOptions, 'slice' | 'sliceFiles'>>;

/** One pass over every sync, and over its deletes and drift where a sweep is due; or over a stretch of time alone. */
export async function run(options: RunOptions, console: Console): Promise<number> {
  const { from, to, slice, sliceFiles } = options;
  if (sliceFiles !== undefined && slice === undefined)
    throw new CliError('--slice-files is about slices: say which share, too, such as --slice 0/8.');
  // Loaded where they are asked for: a run that finds nothing new is to be over soon.
  if (slice !== undefined) {
    const { sliceNow } = await import('./slice.ts');
    return sliceNow({ ...options, slice, sliceFiles }, console);
  }
  if (from !== undefined || to !== undefined) {
    const { backfillNow } = await import('./backfill.ts');
    return backfillNow({ ...options, from, to }, console);
  }
  return eachSync<RunAndSweep>(options, console, {
    command: 'run',
    work: runAndSweep,
    render: (report) => [
      ...summary(report),
      ...(report.sweep === null ? [] : sweepLines(report.sweep)),
    ],
  });
}

/** A sweep that fails does not take back what the run has done. */
async function runAndSweep(
  options: SyncOptions,
  config: SyncConfig,
  onLine: OnLine,
): Promise<Outcome<RunAndSweep>> {
  const last = await lastSweep(options);
  const report = await journaled('run', options, sync, onLine);
  // A sweep would bring in what is left to workers.
  const isWhole = report.outcome === 'complete' && report.slicesLeft === 0;
  if (!isWhole || !isSweepDue(last, report, config)) return { report: { ...report, sweep: null } };
  try {
    const { maxVanished: maxVanishedShare } = config;
    const work = (given: SyncOptions) => sweep({ ...given, maxVanishedShare });
    const swept = await journaled('sweep', options, work, onLine);
    return { report: { ...report, failing: swept.failing, sweep: swept } };
  } catch (error) {
    return { report: { ...report, sweep: null }, error };
  }
}

/** When a sweep came to its end last; `never` for a sync that has run, `undefined` for one that has not. */
async function lastSweep({ name, sink }: SyncOptions): Promise<number | 'never' | undefined> {
  const stored = await sink.readState(name);
  return stored === undefined ? undefined : (parseState(stored).sweep?.atMs ?? 'never');
}

/**
 * Not before the first run: what it is about to list and load cannot have vanished yet. A sweep that is yet to come was
 * dated by a wrong clock.
 */
function isSweepDue(
  lastMs: number | 'never' | undefined,
  { clocks }: RunReport,
  { sweep: everyMs }: SyncConfig,
): boolean {
  if (everyMs === undefined || lastMs === undefined) return false;
  return lastMs === 'never' || Math.abs(clocks.nowMs - lastMs) >= everyMs;
}
