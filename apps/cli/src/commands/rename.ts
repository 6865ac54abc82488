import { isDeepStrictEqual } from 'node:util';
import { loadConfig } from '../config/load.ts';
import { isShared, nameInYaml, renamedText } from '../config/renamed.ts';
import { type SyncConfig, syncName } from '../config/schema.ts';
import { knownTables, storedName } from '../config/tables.ts';
import { parseYaml } from '../config/yaml.ts';
import { type Console, print } from '../console.ts';
import { CliError } from '../exit.ts';
import { ExitCode } from '../exit-code.ts';
import { readEncoded } from '../read-text.ts';
import { ChangedMeanwhile, replaceFile } from '../replace-file.ts';
import { chosenSyncs } from './each-sync.ts';

/** Options of `tdp-sync rename`. */
export interface RenameOptions {
  readonly config: string;
  readonly sync: string;
  /** What it is to be called. */
  readonly to: string;
}

/**
 * Gives a sync another name in the config, with the setting by which the database goes on knowing it. Nothing is done to the database: what
 * is noted of the sync and its tables stay where they are, so there is no moment at which a crash could leave half of it renamed.
 */
export async function rename(options: RenameOptions, console: Console): Promise<number> {
  const { sync, to } = options;
  const loaded = await loadConfig(options.config, console);
  chosenSyncs(loaded, [sync]);
  const { file, config } = loaded;
  checkName(to, Object.keys(config.syncs));
  const owner = Object.entries(config.syncs).find(
    ([name, other]) => name !== sync && storedName(name, other) === to,
  );
  if (owner !== undefined)
    throw new CliError(`The tables called "${to}" are those of "${owner[0]}" (storedAs).`);
  const own = config.syncs[sync];
  if (own === undefined) return ExitCode.complete;
  const stored = storedName(sync, own);
  const { text, bytes, encode } = await readEncoded(file);
  // Another rename may have been quicker, or an editor.
  if (text !== loaded.text) throw changedMeanwhile(file);
  const renamed = renamedText(text, sync, to);
  const byHand = `In ${file}, call "${sync}" ${nameInYaml(to)} and give it the setting "storedAs: ${nameInYaml(stored)}"`;
  if (renamed === undefined || !isMeant({ text, renamed, file, sync, to, stored }))
    throw new CliError(`${whyNot(text, sync)} ${byHand}.`);
  await replaceFile(file, encode(renamed), bytes).catch((cause: unknown) => {
    if (cause instanceof ChangedMeanwhile) throw changedMeanwhile(file, cause);
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CliError(`The file cannot be written: ${why}. ${byHand}.`, undefined, cause);
  });
  print(console, ...said(sync, to, stored, own, file));
  return ExitCode.complete;
}

function changedMeanwhile(file: string, cause?: unknown): CliError {
  return new CliError(
    `${file} has been changed meanwhile, and is left as it is now. Look at it, and run this again.`,
    undefined,
    cause,
  );
}

function whyNot(text: string, sync: string): string {
  return isShared(text, sync)
    ? `"${sync}" shares its settings by an anchor (&name) and an alias (*name), and storedAs is a setting of one sync alone. Write them out for each sync first, in place of the alias. Then run this again, or do it by hand:`
    : 'The file is written in a way that this command cannot change.';
}

function checkName(to: string, taken: readonly string[]): void {
  const checked = syncName.safeParse(to);
  if (!checked.success)
    throw new CliError(`"${to}" cannot be a name: ${checked.error.issues[0]?.message ?? ''}.`);
  if (taken.includes(to)) throw new CliError(`There is a sync "${to}" already.`);
}

/** Whether the new text says what the old one said, but for the name. That it is stored as what it is called may be said. */
function isMeant({
  text,
  renamed,
  file,
  sync,
  to,
  stored,
}: Readonly<Record<'text' | 'renamed' | 'file' | 'sync' | 'to' | 'stored', string>>): boolean {
  const [before, after] = [text, renamed].map((one) => writtenIn(one, file));
  const syncs = Object.entries(before?.syncs ?? {}).map(([name, settings]) => {
    if (name !== sync) return [name, settings];
    const { storedAs: _, ...rest } = settings;
    const isSaid = after?.syncs[to]?.['storedAs'] !== undefined;
    return [to, stored === to && !isSaid ? rest : { ...rest, storedAs: stored }];
  });
  return isDeepStrictEqual({ ...before, syncs: Object.fromEntries(syncs) }, after);
}

/** `undefined` for what is no config. */
function writtenIn(text: string, file: string): Written | undefined {
  try {
    return parseYaml(text, file).value as Written;
  } catch (error) {
    if (error instanceof CliError) return undefined;
    throw error;
  }
}

interface Written {
  readonly syncs: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

function said(
  sync: string,
  to: string,
  stored: string,
  config: SyncConfig,
  file: string,
): readonly string[] {
  const [files = '', runs = '', ...others] = knownTables(to, { ...config, storedAs: stored });
  const tables = [files, runs, ...others];
  const made = config.tables === 'auto' || config.transform !== undefined;
  const how = stored === to ? '' : `, with "storedAs: ${stored}"`;
  return [
    `"${sync}" is called "${to}" now in ${file}${how}. It keeps its position, ledger, journal and rows; nothing is read again.`,
    `Its tables keep their names: ${tables.join(', ')}${made ? ', and those of its content' : ''}. Who wants them by another name makes views, such as`,
    `  CREATE VIEW ${to}_files AS SELECT * FROM ${files}`,
    'A "serve" that runs takes it over at SIGHUP (on Windows, when it is started anew). Its metrics and addresses have the new name from then on, so look after alerts and dashboards that ask for the old one.',
  ];
}
