import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  autoTransform,
  documentTransform,
  type FindSchema,
  mappingTransform,
  reading,
  type Transform,
  type TransformModule,
  userTransform,
} from '@tdp-sync/core';
import type { LoadedConfig } from '../config/load.ts';
import type { SyncConfig } from '../config/schema.ts';
import { knownTables } from '../config/tables.ts';
import { CliError } from '../exit.ts';

/**
 * What turns a sync's files into rows, by its config.
 *
 * @throws CliError when the module of `transform:` cannot be used.
 */
export async function transformOf(
  sync: string,
  config: SyncConfig,
  loaded: LoadedConfig,
  schemas: FindSchema,
): Promise<Transform> {
  const { nan, checkIds } = config;
  return reading(await transformBy(sync, config, loaded, schemas), { nan, checkIds });
}

async function transformBy(
  sync: string,
  config: SyncConfig,
  loaded: LoadedConfig,
  schemas: FindSchema,
): Promise<Transform> {
  const { tables, transform, tablePrefix: prefix, datacubes, uuids } = config;
  const kept = config.keepDocument ? { keepDocument: sync } : {};
  if (transform !== undefined) return moduleTransform(sync, transform, loaded, kept);
  if (tables === undefined) return documentTransform(sync);
  if (tables !== 'auto') return mappingTransform(tables, kept);
  return autoTransform({ prefix, datacubes, uuids, fallbackName: sync, schemas, ...kept });
}

/** Names that the tables of a sync must not get by themselves: those that other syncs have by their config. */
export function reservedTables(sync: string, { config }: LoadedConfig): readonly string[] {
  return Object.entries(config.syncs).flatMap(([name, other]) =>
    name === sync ? [] : knownTables(name, other),
  );
}

async function moduleTransform(
  sync: string,
  path: string,
  loaded: LoadedConfig,
  kept: { readonly keepDocument?: string },
): Promise<Transform> {
  const file = resolve(loaded.baseDir, path);
  const where = `syncs.${sync}.transform: ${file}`;
  let fingerprint: string;
  let url: string;
  let module: { readonly default?: unknown };
  try {
    const source = await readFile(file, 'utf8');
    fingerprint = createHash('sha256').update(source).digest('hex').slice(0, 16);
    // A module that has changed since it was imported in this process is another one.
    url = `${pathToFileURL(file).href}?${fingerprint}`;
    module = await import(url);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CliError(`${where} cannot be loaded: ${reason}`, undefined, cause);
  }
  if (!isTransformModule(module.default))
    throw new CliError(
      `${where} has no default export with tables and rows; docs/tables.md shows one`,
    );
  const taken = new Map(
    Object.entries(loaded.config.syncs).flatMap(([name, config]) =>
      knownTables(name, config).map((table) => [table.toLowerCase(), name] as const),
    ),
  );
  for (const table of Object.keys(module.default.tables)) {
    const owner = taken.get(table.toLowerCase());
    if (owner !== undefined)
      throw new CliError(`${where}: the table "${table}" belongs to the sync "${owner}" already`);
  }
  return userTransform(module.default, { fingerprint, url, ...kept });
}

function isTransformModule(value: unknown): value is TransformModule {
  return (
    typeof value === 'object' &&
    value !== null &&
    'rows' in value &&
    typeof value.rows === 'function' &&
    'tables' in value &&
    typeof value.tables === 'object' &&
    value.tables !== null
  );
}
