import { readColumns } from '@tdp-sync/core';
import type { Sink } from '@tdp-sync/sink';
import { stringify } from 'yaml';
import { type LoadedConfig, loadConfig } from '../config/load.ts';
import { storedName } from '../config/tables.ts';
import { type Console, print } from '../console.ts';
import { CliError } from '../exit.ts';
import { ExitCode } from '../exit-code.ts';
import { type DescribedSource, dbtSource } from '../render/dbt-source.ts';
import { openToLook } from '../sync/look.ts';
import { chosenSyncs } from './each-sync.ts';

/** Options of `tdp-sync dbt-sources`. */
export interface DbtSourcesOptions {
  readonly config: string;
  /** `undefined` for all. */
  readonly sync: string | undefined;
  /** How old the newest load may be before dbt warns, in milliseconds. */
  readonly warnAfter: number;
}

const QUOTED = { defaultStringType: 'QUOTE_DOUBLE', defaultKeyType: 'PLAIN' } as const;

/** Where tables are in a database, by the settings that sinks have for it. */
const PLACES = { database: ['project', 'database'], schema: ['schema', 'dataset'] } as const;

/** Prints dbt's `sources.yml` for the tables that syncs have by now. */
export async function dbtSources(options: DbtSourcesOptions, console: Console): Promise<number> {
  const loaded = await loadConfig(options.config, console);
  const chosen = chosenSyncs(loaded, options.sync === undefined ? [] : [options.sync]);
  await using sink = await openToLook(loaded);
  const sources: DescribedSource[] = [];
  for (const name of chosen) sources.push(await describedSource(name, loaded, sink, options));
  const none = sources.find(({ tables }) => tables.length === 0);
  if (none !== undefined)
    throw new CliError(
      `The sync "${none.name}" has no tables yet: they come with its first files. "tdp-sync run" loads them.`,
    );
  const document = { version: 2, sources: sources.map((source) => dbtSource(source)) };
  // dbt reads YAML 1.1, by which much is no text that is not in quotes: no, on, 1_0, 12:30.
  const text = stringify(document, { version: '1.1', lineWidth: 100, ...QUOTED });
  print(console, ...text.trimEnd().split('\n'));
  return ExitCode.complete;
}

async function describedSource(
  name: string,
  { config, adapter, sinkConfig }: LoadedConfig,
  sink: Sink,
  { warnAfter }: DbtSourcesOptions,
): Promise<DescribedSource> {
  const stored = storedName(name, config.syncs[name] ?? {});
  return {
    ...{ name, stored, warnAfterMs: warnAfter },
    database: settingOf(sinkConfig, PLACES.database),
    schema: settingOf(sinkConfig, PLACES.schema),
    tables: await readColumns(sink, stored),
    storedName: (table, column) => adapter.storedName?.(table, column) ?? column ?? table,
  };
}

function settingOf(settings: unknown, names: readonly string[]): string | undefined {
  if (typeof settings !== 'object' || settings === null) return undefined;
  const values = new Map<string, unknown>(Object.entries(settings));
  return names.map((name) => values.get(name)).find((value) => typeof value === 'string') as
    | string
    | undefined;
}
