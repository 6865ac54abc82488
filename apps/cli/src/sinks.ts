import { createRequire } from 'node:module';
import { dirname, extname, isAbsolute, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { SinkAdapter } from '@tdp-sync/sink';
import { resolve as resolveFrom } from 'import-meta-resolve';
import { CliError } from './exit.ts';
import { nearest } from './near.ts';

/** The short names. Every other type is the name of an npm package or the path of a module. */
const OFFICIAL: Readonly<Record<string, string>> = {
  bigquery: '@tdp-sync/sink-bigquery',
  duckdb: '@tdp-sync/sink-duckdb',
  mssql: '@tdp-sync/sink-mssql',
  postgres: '@tdp-sync/sink-postgres',
  snowflake: '@tdp-sync/sink-snowflake',
};

/** The short names of the official sinks. */
export const officialSinks: readonly string[] = Object.keys(OFFICIAL);

/**
 * The adapter that a config's `sink.type` names, looked for from the config's folder, then from where
 * tdp-sync itself is installed.
 *
 * @throws CliError when there is none, with the ways to have one.
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
  try {
    return await import(
      isPath(type)
        ? moduleUrl(resolve(baseDir, type), subpath)
        : packageUrl(packageOf(type) + subpath, baseDir)
    );
  } catch (cause) {
    throw new CliError(whyNot(type, subpath, baseDir, cause), undefined, cause);
  }
}

function packageOf(type: string): string {
  return OFFICIAL[type] ?? type;
}

function isPath(type: string): boolean {
  return type.startsWith('.') || isAbsolute(type);
}

/** Of a file, a subpath is the file beside it that is called so; of a package's folder, what the package exports. */
function moduleUrl(path: string, subpath: string): string {
  if (extname(path) !== '') {
    const file = subpath === '' ? path : join(dirname(path), `${subpath}${extname(path)}`);
    return pathToFileURL(file).href;
  }
  const manifest = join(path, 'package.json');
  const require = createRequire(manifest);
  try {
    return resolveFrom(`${require(manifest).name}${subpath}`, pathToFileURL(manifest).href);
  } catch {
    return pathToFileURL(require.resolve(path + subpath)).href;
  }
}

function packageUrl(specifier: string, baseDir: string): string {
  try {
    return resolveFrom(specifier, pathToFileURL(join(baseDir, 'config.js')).href);
  } catch (error) {
    if (codeOf(error) === 'ERR_PACKAGE_PATH_NOT_EXPORTED') throw error;
    // Not beside the config: import() looks beside tdp-sync.
    return specifier;
  }
}

/** No stranger's package is named: its name may be a slip, and somebody may own what it leads to. */
function waysOut(type: string): string {
  if (Object.hasOwn(OFFICIAL, type))
    return `The sink "${type}" is not installed. It is the package ${packageOf(type)}: npm install ${packageOf(type)}`;
  const meant = nearest(type, officialSinks);
  return `There is no sink "${type}"${meant === undefined ? '.' : `; did you mean ${meant}?`} Official: ${officialSinks.join(', ')}. One of your own: its path, beginning with a dot, or the name of its package, installed beside the config (docs/write-a-sink.md)`;
}

function whyNot(type: string, subpath: string, baseDir: string, cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  const sought = isPath(type) ? resolve(baseDir, type) : packageOf(type);
  // When it is another module that is missing, the sink is there and imports it.
  if (message.includes(`'${sought}'`) && MISSING.has(codeOf(cause))) {
    return isPath(type) ? `There is no module at ${sought}` : waysOut(type);
  }
  const what = subpath === '' ? `The sink "${type}"` : `"${subpath}" of the sink "${type}"`;
  return `${what} cannot be loaded: ${message}`;
}

const MISSING: ReadonlySet<unknown> = new Set(['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND']);

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
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
