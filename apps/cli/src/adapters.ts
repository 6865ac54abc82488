import { createRequire } from 'node:module';
import { dirname, extname, isAbsolute, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { resolve as resolveFrom } from 'import-meta-resolve';
import { CliError } from './exit.ts';
import { nearest } from './near.ts';

/** What an adapter is for. */
export interface AdapterKind {
  /** How messages call it. */
  readonly word: 'sink' | 'queue';
  /** The packages behind the short names. Every other type is the name of an npm package or the path of a module. */
  readonly official: Readonly<Record<string, string>>;
  /** What says how one is written. */
  readonly guide: string;
}

/**
 * A module of an adapter's package, looked for from the config's folder, then from where tdp-sync itself is installed.
 *
 * @param subpath - `''` for the package's entry, or a subpath such as `/conformance`.
 * @throws CliError when there is none, with the ways to have one.
 */
export async function importAdapter(
  kind: AdapterKind,
  type: string,
  subpath: string,
  baseDir: string,
): Promise<Readonly<Record<string, unknown>>> {
  try {
    return await import(
      isPath(type)
        ? moduleUrl(resolve(baseDir, type), subpath)
        : packageUrl(packageOf(kind, type) + subpath, baseDir)
    );
  } catch (cause) {
    throw new CliError(whyNot(kind, type, subpath, baseDir, cause), undefined, cause);
  }
}

function packageOf({ official }: AdapterKind, type: string): string {
  return official[type] ?? type;
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
function waysOut(kind: AdapterKind, type: string): string {
  const { word, official, guide } = kind;
  const name = packageOf(kind, type);
  if (Object.hasOwn(official, type))
    return `The ${word} "${type}" is not installed. It is the package ${name}: npm install ${name}`;
  const known = Object.keys(official);
  const meant = nearest(type, known);
  return `There is no ${word} "${type}"${meant === undefined ? '.' : `; did you mean ${meant}?`} Official: ${known.join(', ')}. One of your own: its path, beginning with a dot, or the name of its package, installed beside the config (${guide})`;
}

function whyNot(
  kind: AdapterKind,
  type: string,
  subpath: string,
  baseDir: string,
  cause: unknown,
): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  const sought = isPath(type) ? resolve(baseDir, type) : packageOf(kind, type);
  // When it is another module that is missing, the sink is there and imports it.
  if (message.includes(`'${sought}'`) && MISSING.has(codeOf(cause))) {
    return isPath(type) ? `There is no module at ${sought}` : waysOut(kind, type);
  }
  const what =
    subpath === '' ? `The ${kind.word} "${type}"` : `"${subpath}" of the ${kind.word} "${type}"`;
  return `${what} cannot be loaded: ${message}`;
}

const MISSING: ReadonlySet<unknown> = new Set(['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND']);

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

/** Whether a module's export has what all adapters have. */
export function isAdapterLike(value: unknown): value is { readonly contract: unknown } {
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
