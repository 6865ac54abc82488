import { type SyncOptions, syncFiles } from '@tdp-sync/core';
import { loadConfig } from '../config/load.ts';
import { storedName } from '../config/tables.ts';
import { type Console, tell } from '../console.ts';
import { CliError } from '../exit.ts';
import { ExitCode } from '../exit-code.ts';
import { counted, number } from '../render/format.ts';
import { type ReloadReport, reloadLines } from '../render/reload.ts';
import { printResults } from '../render/results.ts';
import { journaled } from '../sync/journal.ts';
import { openToLook } from '../sync/look.ts';
import { isAgreed } from './agreed.ts';
import { awaitDatabase } from './await-database.ts';
import { askedOf, type Choice, type Chosen, chosenFiles } from './choose-files.ts';
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

/** Loads files anew although the database has them: those that a condition on the files table means. */
export async function reloadNow(options: ReloadOptions, console: Console): Promise<number> {
  const { sync, json } = options;
  const chosen = await choose(options, console);
  const { files, notFound } = chosen;
  if (files.length === 0) {
    tell(console, `No file of "${sync}" is meant by that; nothing was done.`);
    const nothing = { chosen: 0, loaded: 0, notShown: 0, notFound };
    if (json) printResults(console, 'reload', [{ sync, outcome: 'complete', ...nothing }]);
    return ExitCode.complete;
  }
  tell(console, ...whatIsChosen(sync, chosen));
  const question = `Load ${counted(files.length, 'file')} anew?`;
  if (files.length > ASKED && !options.yes && !(await isAgreed(question, console)))
    throw new CliError(
      `${counted(files.length, 'file')} would be retrieved again. Add --yes to do it.`,
    );
  return eachSync<ReloadReport>({ ...options, sync: [sync] }, console, {
    command: 'reload',
    work: async (sync, _config, onLine) => ({
      report: await journaled('reload', sync, (given) => reload(given, chosen), onLine),
    }),
    render: reloadLines,
  });
}

async function choose(options: ReloadOptions, console: Console): Promise<Chosen> {
  const { sync, wait: waitMs, signal } = options;
  const asked = askedOf(options);
  const loaded = await loadConfig(options.config, console);
  chosenSyncs(loaded, [sync]);
  const note = (text: string): void => tell(console, text);
  await using sink = await awaitDatabase(() => openToLook(loaded), { waitMs, signal, note });
  return await chosenFiles(sink, storedName(sync, loaded.config.syncs[sync] ?? {}), asked);
}

async function reload(options: SyncOptions, { files, notFound }: Chosen): Promise<ReloadReport> {
  const anew = new Map(files.map(({ key }) => [key, []]));
  const report = await syncFiles(
    options,
    files.map(({ fileId }) => fileId),
    { anew },
  );
  const notShown = Math.max(files.length - report.seen, 0);
  return { ...report, chosen: files.length, notShown, notFound };
}

function whatIsChosen(sync: string, { files, notFound }: Chosen): readonly string[] {
  const names = files.map(({ filePath, fileId }) => filePath ?? fileId);
  return [
    `${counted(files.length, 'file')} of "${sync}":`,
    ...firstOf(names),
    ...(notFound.length > 0 ? ['No file is meant by:', ...firstOf(notFound)] : []),
  ];
}

function firstOf(texts: readonly string[]): readonly string[] {
  const rest = texts.length - SHOWN;
  return [
    ...texts.slice(0, SHOWN).map((text) => `  ${text}`),
    ...(rest > 0 ? [`  and ${number(rest)} more`] : []),
  ];
}
