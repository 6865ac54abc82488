import { type BackfillReport, backfill, type SyncOptions } from '@tdp-sync/core';
import { loadConfig } from '../config/load.ts';
import type { SyncConfig } from '../config/schema.ts';
import { type Console, tell } from '../console.ts';
import { CliError } from '../exit.ts';
import { backfillLines, type Stretch, stretchText } from '../render/backfill.ts';
import { moment } from '../render/format.ts';
import { journaled } from '../sync/journal.ts';
import { chosenSyncs, type EachSyncOptions, eachSync } from './each-sync.ts';

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
    render: (report) => backfillLines(report, options),
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
