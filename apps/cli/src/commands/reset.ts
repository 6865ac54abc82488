import { clearSync } from '@tdp-sync/core';
import { loadConfig } from '../config/load.ts';
import { storedName } from '../config/tables.ts';
import { type Console, print } from '../console.ts';
import { CliError } from '../exit.ts';
import { ExitCode } from '../exit-code.ts';
import { openToLook } from '../sync/look.ts';
import { chosenSyncs } from './each-sync.ts';

/** Options of `tdp-sync reset`. */
export interface ResetOptions {
  readonly config: string;
  readonly sync: string;
  readonly yes: boolean;
}

/** Forgets the position and the ledger of one sync, so that the next run reads everything again. */
export async function reset(options: ResetOptions, console: Console): Promise<number> {
  const loaded = await loadConfig(options.config, console);
  chosenSyncs(loaded, [options.sync]);
  if (!options.yes) {
    throw new CliError(
      `This makes tdp-sync forget what it knows of "${options.sync}": the next run retrieves every file again. Tables and rows stay. Add --yes to do it.`,
    );
  }
  await using sink = await openToLook(loaded);
  await clearSync(sink, storedName(options.sync, loaded.config.syncs[options.sync] ?? {}));
  print(
    console,
    `"${options.sync}" starts from the beginning at the next run. Its tables and rows are untouched until then, and its history, where it keeps one, goes on.`,
  );
  return ExitCode.complete;
}
