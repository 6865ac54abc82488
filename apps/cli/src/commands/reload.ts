import { type RunReport, type SyncOptions, syncFiles } from '@tdp-sync/core';
import { loadConfig } from '../config/load.ts';
import { storedName } from '../config/tables.ts';
import { type Console, tell } from '../console.ts';
import { CliError } from '../exit.ts';
import { ExitCode } from '../exit-code.ts';
import type { WithFailures } from '../failures.ts';
import { failureLines } from '../render/failures.ts';
import { counted, number, size } from '../render/format.ts';
import { schemaLines } from '../render/summary.ts';
import { journaled } from '../sync/journal.ts';
import { openToLook } from '../sync/look.ts';
import { isAgreed } from './agreed.ts';
import { awaitDatabase } from './await-database.ts';
import { type Choice, type ChosenFile, chosenFiles, whereOf } from './choose-files.ts';
import { chosenSyncs, type EachSyncOptions, eachSync } from './each-sync.ts';

/** Options of `tdp-sync reload`. */
export interface ReloadOptions extends Omit<EachSyncOptions, 'sync'>, Choice {
  readonly sync: string;
  /** Nobody is asked. */
  readonly yes: boolean;
}

/** So many are loaded without a question. */
const ASKED = 100;
const SHOWN = 5;

/** What a reload did. */
interface ReloadReport extends RunReport {
  /** Files that were chosen. */
  readonly chosen: number;
  /** Of them, those that TDP does not show in the version that is held. */
  readonly notShown: number;
}

/** Loads files anew although the database has them: those that a condition on the files table means. */
export async function reloadNow(options: ReloadOptions, console: Console): Promise<number> {
  const files = await choose(options, console);
  if (files.length === 0) {
    tell(console, `No file of "${options.sync}" is meant by that; nothing was done.`);
    return ExitCode.complete;
  }
  tell(console, ...whatIsChosen(options.sync, files));
  const question = `Load ${counted(files.length, 'file')} anew?`;
  if (files.length > ASKED && !options.yes && !(await isAgreed(question, console)))
    throw new CliError(
      `${counted(files.length, 'file')} would be retrieved again. Add --yes to do it.`,
    );
  return eachSync<ReloadReport>({ ...options, sync: [options.sync] }, console, {
    command: 'reload',
    work: async (sync, _config, onLine) => ({
      report: await journaled('reload', sync, (given) => reload(given, files), onLine),
    }),
    render: lines,
  });
}

async function choose(options: ReloadOptions, console: Console): Promise<readonly ChosenFile[]> {
  const { sync, wait: waitMs, signal } = options;
  const where = whereOf(options);
  const loaded = await loadConfig(options.config, console);
  chosenSyncs(loaded, [sync]);
  const note = (text: string): void => tell(console, text);
  await using sink = await awaitDatabase(() => openToLook(loaded), { waitMs, signal, note });
  return await chosenFiles(sink, storedName(sync, loaded.config.syncs[sync] ?? {}), where);
}

async function reload(options: SyncOptions, files: readonly ChosenFile[]): Promise<ReloadReport> {
  const anew = new Map(files.map(({ key }) => [key, []]));
  const report = await syncFiles(
    options,
    files.map(({ fileId }) => fileId),
    { anew },
  );
  return { ...report, chosen: files.length, notShown: Math.max(files.length - report.seen, 0) };
}

function whatIsChosen(sync: string, files: readonly ChosenFile[]): readonly string[] {
  const rest = files.length - SHOWN;
  return [
    `${counted(files.length, 'file')} of "${sync}":`,
    ...files.slice(0, SHOWN).map(({ filePath, fileId }) => `  ${filePath ?? fileId}`),
    ...(rest > 0 ? [`  and ${number(rest)} more`] : []),
  ];
}

function lines(report: WithFailures<ReloadReport>): readonly string[] {
  const { sync, outcome, chosen, loaded, notShown, failed, failing } = report;
  const ended =
    outcome === 'interrupted'
      ? 'stopped before the end; the same command begins with the first file again'
      : `${number(loaded)} of ${counted(chosen, 'file')} loaded anew`;
  return [
    `${sync}: ${ended}${loaded === 0 ? '' : ` (${size(report.bytes)})`}`,
    ...(notShown > 0 && outcome === 'complete'
      ? [
          `  not shown  ${number(notShown)}: TDP has another version of them by now, or none; "tdp-sync run" and "tdp-sync sweep" settle that`,
        ]
      : []),
    ...(failed > 0 ? [`  failed     ${number(failed)}; rows of before stay`] : []),
    ...(failing > 0 ? failureLines(report.filesTable, report.failures) : []),
    ...schemaLines(report),
  ];
}
