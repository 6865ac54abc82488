import { createRequire } from 'node:module';
import { isAbsolute, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { SinkAdapter } from '@tdp-sync/sink';
import { resolve as resolveFrom } from 'import-meta-resolve';
import { CliError } from './exit.ts';

/** The short names. Every other type is the name of an npm package or the path of a module. */
const OFFICIAL: Readonly<Record<string, string>> = {
  bigquery: '@tdp-sync/sink-bigquery',
  duckdb: '@tdp-sync/sink-duckdb',
  mssql: '@tdp-sync/sink-mssql',
};

/** The short names of the official sinks. */
export const officialSinks: readonly string[] = Object.keys(OFFICIAL);

/**
 * The adapter that a config's `sink.type` names, looked for from the config's folder, then from where
 * tdp-sync itself is installed.
 *
 * @throws CliError when there is none, with the command that installs it.
 */
export async function resolveSink(type: string, baseDir: string): Promise<SinkAdapter> {
  const module = await importSink(type, '', baseDir);
  const adapter = module['default'];
  if (!isAdapter(adapter)) {
    throw new CliError(
      `"${type}" is no sink: its default export is not a sink adapter. docs/write-a-sink.md says what one is`,
    );
  }
  if (adapter.contract !== 1) {
    throw new CliError(
      `The sink "${type}" keeps version ${String(adapter.contract)} of the contract, this tdp-sync version 1. Install matching versions`,
    );
  }
  return adapter;
}

/** A module of a sink's package: `''` for its entry, or a subpath such as `/conformance`. */
export async function importSink(
  type: string,
  subpath: string,
  baseDir: string,
): Promise<Readonly<Record<string, unknown>>> {
  const specifier = OFFICIAL[type] ?? type;
  const url = isPath(type)
    ? moduleUrl(type, subpath, baseDir)
    : packageUrl(specifier + subpath, baseDir);
  try {
    return await import(url);
  } catch (cause) {
    if (!isMissing(cause)) throw cause;
    const hint = isPath(type)
      ? `There is no module at ${join(baseDir, type)}${subpath}`
      : `The sink "${type}" is not installed. Run: npm install ${specifier}`;
    throw new CliError(hint, undefined, cause);
  }
}

function isPath(type: string): boolean {
  return type.startsWith('.') || isAbsolute(type);
}

function moduleUrl(type: string, subpath: string, baseDir: string): string {
  const path = isAbsolute(type) ? type : join(baseDir, type);
  try {
    return pathToFileURL(createRequire(join(baseDir, 'config.js')).resolve(path + subpath)).href;
  } catch {
    // Left to import(), whose error says what is missing.
    return pathToFileURL(path + subpath).href;
  }
}

function packageUrl(specifier: string, baseDir: string): string {
  try {
    return resolveFrom(specifier, pathToFileURL(join(baseDir, 'config.js')).href);
  } catch {
    // Not beside the config: import() looks beside tdp-sync.
    return specifier;
  }
}

function isMissing(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    (error.code === 'ERR_MODULE_NOT_FOUND' || error.code === 'ERR_PACKAGE_PATH_NOT_EXPORTED')
  );
}

function isAdapter(value: unknown): value is SinkAdapter {
  return (
    typeof value === 'object' &&
    value !== null &&
    'contract' in value &&
    'open' in value &&
    typeof value.open === 'function' &&
    'config' in value &&
    typeof value.config === 'object'
  );
}
