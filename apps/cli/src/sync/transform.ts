import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  autoTransform,
  ColumnPlan,
  documentTransform,
  type FindSchema,
  isolatedTransform,
  mappingTransform,
  reading,
  redacting,
  type Transform,
  TransformModuleError,
} from '@tdp-sync/core';
import type { LoadedConfig } from '../config/load.ts';
import type { SyncConfig } from '../config/schema.ts';
import { knownTables, storedName } from '../config/tables.ts';
import { CliError } from '../exit.ts';
import { readText } from '../read-text.ts';

/** A transform, and the process of a user's module where it has one. Dispose it to end that. */
export type OpenTransform = Transform & AsyncDisposable;

/** What a transform is made with besides the config. */
export interface TransformSurroundings {
  readonly schemas: FindSchema;
  /** Told of each line that a user's module prints. */
  readonly onOutput: (line: string) => void;
}

/**
 * What turns a sync's files into rows, by its config.
 *
 * @throws CliError when the module of `transform:` cannot be used.
 */
export async function transformOf(
  sync: string,
  config: SyncConfig,
  loaded: LoadedConfig,
  surroundings: TransformSurroundings,
): Promise<OpenTransform> {
  const { nan, checkIds } = config;
  const columns = new ColumnPlan(config.columns, loaded.config.hashSalt);
  const opened = await transformBy(sync, config, loaded, { ...surroundings, columns });
  return {
    ...reading(redacting(opened, columns), { nan, checkIds }),
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  };
}

async function transformBy(
  sync: string,
  config: SyncConfig,
  loaded: LoadedConfig,
  { schemas, onOutput, columns }: TransformSurroundings & { readonly columns: ColumnPlan },
): Promise<OpenTransform> {
  if (config.transform !== undefined)
    return moduleTransform(sync, config, config.transform, loaded, onOutput);
  return {
    ...builtIn(sync, config, schemas, columns),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

function builtIn(
  sync: string,
  config: SyncConfig,
  schemas: FindSchema,
  columns: ColumnPlan,
): Transform {
  const { tables, tablePrefix: prefix, datacubes, uuids } = config;
  const fallbackName = storedName(sync, config);
  if (tables === undefined) return documentTransform(fallbackName);
  const kept = keptBy(sync, config);
  if (tables !== 'auto') return mappingTransform(tables, kept);
  return autoTransform({ prefix, datacubes, uuids, fallbackName, schemas, columns, ...kept });
}

function keptBy(sync: string, config: SyncConfig): { readonly keepDocument?: string } {
  return config.keepDocument ? { keepDocument: storedName(sync, config) } : {};
}

/** Names that the tables of a sync must not get by themselves: those that other syncs have by their config. */
export function reservedTables(sync: string, { config }: LoadedConfig): readonly string[] {
  return Object.entries(config.syncs).flatMap(([name, other]) =>
    name === sync ? [] : knownTables(name, other),
  );
}

async function moduleTransform(
  sync: string,
  config: SyncConfig,
  path: string,
  loaded: LoadedConfig,
  onOutput: (line: string) => void,
): Promise<OpenTransform> {
  const file = resolve(loaded.baseDir, path);
  const where = `syncs.${sync}.transform: ${file}`;
  const source = await sourceOf(file, where);
  try {
    const transform = await isolatedTransform({
      ...{ url: pathToFileURL(file).href, source },
      onOutput: (line) => onOutput(`transform: ${line}`),
      fingerprint: createHash('sha256').update(source).digest('hex').slice(0, 16),
      timeoutMs: config.transformTimeout,
      redact: loaded.redactor.clean,
      ...keptBy(sync, config),
    });
    const issue = takenTable(sync, config, transform, loaded);
    if (issue === undefined) return transform;
    await transform[Symbol.asyncDispose]();
    throw new CliError(`${where}: ${issue}`);
  } catch (error) {
    if (!(error instanceof TransformModuleError)) throw error;
    const lines = error.issues.map((issue) => `${where}: ${issue}`);
    throw new CliError(lines.join('\n'), undefined, error);
  }
}

async function sourceOf(file: string, where: string): Promise<string> {
  try {
    return await readText(file);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CliError(`${where} cannot be loaded: ${why}`, undefined, cause);
  }
}

/** A table of the module that belongs to somebody else by the config. */
function takenTable(
  sync: string,
  config: SyncConfig,
  { declared }: Transform,
  loaded: LoadedConfig,
): string | undefined {
  const taken = new Map(
    Object.entries(loaded.config.syncs).flatMap(([name, other]) =>
      knownTables(name, other).map((table) => [table.toLowerCase(), name] as const),
    ),
  );
  const { keepDocument } = keptBy(sync, config);
  for (const { name } of declared.slice(keepDocument === undefined ? 0 : 1)) {
    const owner = taken.get(name.toLowerCase());
    if (owner !== undefined) return `the table "${name}" belongs to the sync "${owner}" already`;
  }
  return undefined;
}
