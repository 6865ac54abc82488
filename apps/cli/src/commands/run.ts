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
import { summary, sweepLines } from '../render/summary.ts';
import { journaled, type OnLine } from '../sync/journal.ts';
import { type EachSyncOptions, eachSync, type Outcome } from './each-sync.ts';

/** What a run did, and the sweep that was due after it. */
interface RunAndSweep extends RunReport {
  readonly sweep: SweepReport | null;
}

/** One pass over every sync, and over its deletes and drift where a sweep is due. */
export async function run(options: EachSyncOptions, console: Console): Promise<number> {
  return eachSync<RunAndSweep>(options, console, {
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
  const isDue = await isSweepDue(options, config);
  const report = await journaled('run', options, sync, onLine);
  if (report.outcome !== 'complete' || !isDue) return { report: { ...report, sweep: null } };
  try {
    const { maxVanished: maxVanishedShare } = config;
    const work = (given: SyncOptions) => sweep({ ...given, maxVanishedShare });
    const swept = await journaled('sweep', options, work, onLine);
    return { report: { ...report, failing: swept.failing, sweep: swept } };
  } catch (error) {
    return { report: { ...report, sweep: null }, error };
  }
}

/** Not before the first run: what it is about to list and load cannot have vanished yet. */
async function isSweepDue(
  { name, sink }: SyncOptions,
  { sweep: everyMs }: SyncConfig,
): Promise<boolean> {
  if (everyMs === undefined) return false;
  const stored = await sink.readState(name);
  if (stored === undefined) return false;
  const last = parseState(stored).sweep;
  return last === undefined || Date.now() - last.atMs >= everyMs;
}
