import type { SinkAdapter } from '@tdp-sync/sink';
import { type AdapterKind, importAdapter, isAdapterLike } from './adapters.ts';
import { CliError } from './exit.ts';

const SINK: AdapterKind = {
  word: 'sink',
  official: {
    bigquery: '@tdp-sync/sink-bigquery',
    duckdb: '@tdp-sync/sink-duckdb',
    mssql: '@tdp-sync/sink-mssql',
    postgres: '@tdp-sync/sink-postgres',
    snowflake: '@tdp-sync/sink-snowflake',
  },
  guide: 'docs/write-a-sink.md',
};

/** The short names of the official sinks. */
export const officialSinks: readonly string[] = Object.keys(SINK.official);

/**
 * The adapter that a config's `sink.type` names.
 *
 * @throws CliError when there is none, with the ways to have one.
 */
export async function resolveSink(type: string, baseDir: string): Promise<SinkAdapter> {
  const module = await importSink(type, '', baseDir);
  const adapter = module['default'];
  if (!isAdapterLike(adapter)) {
    throw new CliError(
      `"${type}" is no sink: its default export is not a sink adapter. docs/write-a-sink.md says what one is`,
    );
  }
  if (adapter.contract !== 1) {
    throw new CliError(
      `The sink "${type}" keeps version ${String(adapter.contract)} of the contract, this tdp-sync version 1. Install matching versions`,
    );
  }
  return adapter as SinkAdapter;
}

/** A module of a sink's package: `''` for its entry, or a subpath such as `/conformance`. @throws CliError as {@link resolveSink}. */
export function importSink(
  type: string,
  subpath: string,
  baseDir: string,
): Promise<Readonly<Record<string, unknown>>> {
  return importAdapter(SINK, type, subpath, baseDir);
}
