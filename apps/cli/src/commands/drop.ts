import { clearColumns, clearJournal, clearSync } from '@tdp-sync/core';
import type { Sink } from '@tdp-sync/sink';
import { type LoadedConfig, loadConfig } from '../config/load.ts';
import { knownTables, storedName } from '../config/tables.ts';
import { type Console, print } from '../console.ts';
import { CliError } from '../exit.ts';
import { ExitCode } from '../exit-code.ts';
import { counted } from '../render/format.ts';
import { openToLook } from '../sync/look.ts';
import { isAgreed } from './agreed.ts';

/** Options of `tdp-sync drop`. */
export interface DropOptions {
  readonly config: string;
  readonly sync: string;
  readonly yes: boolean;
}

/**
 * Removes what tdp-sync has noted of a sync, whether the config still has it or not, once somebody has agreed. Tables are their owner's:
 * they are named, and stay.
 */
export async function drop(options: DropOptions, console: Console): Promise<number> {
  const { sync } = options;
  const loaded = await loadConfig(options.config, console);
  refuseOther(sync, loaded);
  const stored = storedName(sync, loaded.config.syncs[sync] ?? {});
  await using sink = await openToLook(loaded);
  const files = await heldFiles(stored, sink);
  if (files === undefined)
    throw new CliError(
      `The database knows no sync "${sync}". The config has: ${Object.keys(loaded.config.syncs).join(', ')}.`,
    );
  const what = `the position of "${sync}" and its ledger of ${counted(files, 'file')}`;
  if (!options.yes && !(await isAgreed(`Remove ${what}?`, console)))
    throw new CliError(`This removes ${what}; tables and rows stay. Add --yes to do it.`);
  await clearSync(sink, stored);
  // Else the status would go on telling of its runs.
  await clearJournal(sink, stored);
  await clearColumns(sink, stored);
  print(console, `Removed ${what}.`, ...whatStays(sync, loaded));
  return ExitCode.complete;
}

/** By its former name nobody means a sync of the config. */
function refuseOther(sync: string, { config }: LoadedConfig): void {
  if (config.syncs[sync] !== undefined) return;
  const [owner] = Object.entries(config.syncs).find(([, { storedAs }]) => storedAs === sync) ?? [];
  if (owner === undefined) return;
  throw new CliError(
    `"${sync}" is what the database calls the sync "${owner}" of the config. "tdp-sync drop ${owner}" removes it.`,
  );
}

/** Files in the ledger; `undefined` where there is nothing of such a sync. */
async function heldFiles(sync: string, sink: Sink): Promise<number | undefined> {
  let files = 0;
  for await (const _document of sink.documents(sync)) files += 1;
  return files === 0 && (await sink.readState(sync)) === undefined ? undefined : files;
}

function whatStays(sync: string, { config, file }: LoadedConfig): readonly string[] {
  const own = config.syncs[sync];
  const plain = { keepDocument: true, history: true, tablePrefix: '' };
  const names = [...new Set(knownTables(sync, own ?? plain))];
  const made = own === undefined || own.tables === 'auto' || own.transform !== undefined;
  return [
    `Its tables stay: ${names.join(', ')}, as far as it had them${made ? ', and those of its content' : ''}. Drop them in SQL when nobody reads them any more.`,
    ...(own === undefined
      ? []
      : [`Take "${sync}" out of ${file}, too: else the next run begins it anew.`]),
  ];
}
