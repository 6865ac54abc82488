import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DuckDBInstance, type DuckDBValue } from '@duckdb/node-api';
import type { Published } from '@tdp-sync/sink';
import { configSchema, type DuckdbInput } from '../../src/config.ts';
import type { Manifest } from '../../src/publish/manifest.ts';
import { publish, published } from '../../src/publish/publish.ts';
import type { Folder } from '../folder.ts';

type Given = NonNullable<DuckdbInput['publish']>;

/** Publishes from the folder's database. */
export function publishTo(
  { path: baseDir }: Folder,
  to: Given,
  rest: Partial<DuckdbInput> = {},
): Promise<readonly Published[]> {
  return publish(configSchema.parse({ path: 'lab.duckdb', publish: to, ...rest }), { baseDir });
}

/** What is noted of the copies. */
export function publishedAt({ path: baseDir }: Folder, to: Given): Promise<readonly Published[]> {
  return published(configSchema.parse({ path: 'lab.duckdb', publish: to }), { baseDir });
}

/** Asks a copy as a reader does. */
export async function ask(path: string, sql: string): Promise<readonly (readonly DuckDBValue[])[]> {
  const instance = await DuckDBInstance.create(path, { access_mode: 'READ_ONLY' });
  const connection = await instance.connect();
  try {
    return (await connection.runAndReadAll(sql)).getRows();
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** The manifest of a folder of Parquet files. */
export async function manifestOf(folder: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')) as Manifest;
}

/** The rows of a published table, through the manifest. */
export async function askParquet(
  folder: string,
  table: string,
  what: string,
  rest = '',
): Promise<readonly (readonly DuckDBValue[])[]> {
  const files = (await manifestOf(folder)).tables[table]?.files ?? [];
  const list = files.map((file) => `'${join(folder, file)}'`).join(', ');
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    const sql = `SELECT ${what} FROM read_parquet([${list}]) ${rest}`;
    return (await connection.runAndReadAll(sql)).getRows();
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** Every file below a folder. */
export async function filesIn(folder: string): Promise<readonly string[]> {
  await mkdir(folder, { recursive: true });
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}
