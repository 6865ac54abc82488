import { type BackfillReport, backfill, type SyncOptions } from '@tdp-sync/core';
import { loadConfig } from '../config/load.ts';
import type { SyncConfig } from '../config/schema.ts';
import { type Console, tell } from '../console.ts';
import { CliError } from '../exit.ts';
import type { WithFailures } from '../failures.ts';
import { failureLines } from '../render/failures.ts';
import { counted, moment, number, size } from '../render/format.ts';
import { clockLines, schemaLines } from '../render/summary.ts';
import { journaled } from '../sync/journal.ts';
import { chosenSyncs, type EachSyncOptions, eachSync } from './each-sync.ts';

/** A stretch of time, in milliseconds since 1970. */
export interface Stretch {
  /** Left out: from where the sync begins. */
  readonly from: number | undefined;
  /** Left out: until now. */
  readonly to: number | undefined;
}

/** Options of `tdp-sync run --from --to`. */
export type BackfillOptions = EachSyncOptions & Stretch;

/** Brings files up to date that were indexed in a stretch of time. The position stays where it is. */
export async function backfillNow(options: BackfillOptions, console: Console): Promise<number> {
  const { from, to } = options;
  if (from !== undefined && to !== undefined && to <= from)
    throw new CliError(
      `--to (${moment(to)}) must be later than --from (${moment(from)}). Both are where that year, month or day begins, in UTC.`,
    );
  const loaded = await loadConfig(options.config, console);
  for (const name of chosenSyncs(loaded, options.sync))
    refuseBefore(name, loaded.config.syncs[name]?.since, options);
  if (!options.json) tell(console, `Only files that TDP has indexed ${stretchText(from, to)}.`);
  return eachSync<BackfillReport>(options, console, {
    command: 'run',
    work: async (sync, { since = 0 }, onLine) => {
      const asked = { fromMs: from ?? since, ...(to === undefined ? {} : { toMs: to }) };
      const work = (given: SyncOptions) => backfill(given, asked);
      return { report: await journaled('backfill', sync, work, onLine) };
    },
    render: (report) => lines(report, options),
  });
}

/** What lies before `since` is none of the sync's: a verification would not count it, and no run would keep it up to date. */
function refuseBefore(sync: string, since: SyncConfig['since'], { from, to }: Stretch): void {
  if (since === undefined) return;
  const isBefore = from === undefined ? to !== undefined && to <= since : from < since;
  if (!isBefore) return;
  throw new CliError(
    `"${sync}" is about files indexed from ${moment(since)} on (since), and earlier ones are asked for, which no run and no verification would look after. ` +
      'Set "since" to an earlier time, or take it out: the next run then brings in what is missing, and retrieves nothing that the database has.',
  );
}

function lines(report: WithFailures<BackfillReport>, { to }: Stretch): readonly string[] {
  const { sync, files, window, seen, known, loaded, refreshed, failing } = report;
  const done =
    files === undefined
      ? `stopped after ${counted(seen, 'file')}; the same command goes on, and retrieves only what is missing`
      : `${counted(files, 'file')} indexed ${stretchText(window.fromMs || undefined, window.toMs)}, all looked at`;
  const isCut = files !== undefined && to !== undefined && to > window.toMs;
  return [
    `${sync}: ${done}`,
    `  loaded     ${number(loaded)}${loaded === 0 ? '' : `  (${size(report.bytes)})`}`,
    `  up to date ${number(known)}  (not fetched again)`,
    ...(refreshed > 0 ? [`  refreshed  ${number(refreshed)}  (attributes only)`] : []),
    ...(failing > 0
      ? [
          `  failed     ${number(failing)}  (of the whole sync)`,
          ...failureLines(report.filesTable, report.failures),
        ]
      : []),
    ...schemaLines(report),
    ...(isCut ? ['  younger    what has not settled yet is for the next run'] : []),
    `  position   ${positionText(report.watermarkMs)}`,
    ...clockLines(report),
  ];
}

function positionText(positionMs: number | undefined): string {
  if (positionMs === undefined) return 'none yet: "tdp-sync run" brings in the rest';
  return `stays at ${moment(positionMs)}`;
}

function stretchText(fromMs: number | undefined, toMs: number | undefined): string {
  const from = fromMs === undefined ? '' : `from ${moment(fromMs)} on`;
  const to = toMs === undefined ? '' : `before ${moment(toMs)}`;
  return [from, to].filter((part) => part !== '').join(' and ');
}
