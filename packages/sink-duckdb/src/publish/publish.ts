import { resolve } from 'node:path';
import { type Published, type SinkContext, SinkError } from '@tdp-sync/sink';
import type { DuckdbConfig } from '../config.ts';
import { Database, realFile } from '../database.ts';
import { prepareBookkeeping } from '../schema.ts';
import { DATABASE } from '../sql.ts';
import { FileCopy } from './file-copy.ts';
import { FolderStore } from './folder-store.ts';
import { ParquetCopy } from './parquet-copy.ts';
import {
  makeId,
  type PublishRecord,
  readId,
  readRecord,
  versionOf,
  writeRecord,
} from './record.ts';
import { S3Store } from './s3-store.ts';
import type { PublishSettings } from './settings.ts';
import type { Origin, PublishTarget } from './target.ts';
import { PublishTrouble, publishFailed, publishImpossible } from './trouble.ts';
import { publishersOf } from './turns.ts';

/** Puts copies of what is committed where the config wants them, where they are not as the database is. */
export async function publish(
  config: DuckdbConfig,
  context: SinkContext,
): Promise<readonly Published[]> {
  return await within(config, context, async (origin, targets) => {
    const { connection, place, database } = origin;
    const id = await database.writers.run(() => makeId(connection, place));
    const published: Published[] = [];
    for (const target of targets) published.push(await bringUpToDate(origin, target, id));
    return published;
  });
}

/** What is noted of the copies that the config wants. */
export async function published(
  config: DuckdbConfig,
  context: SinkContext,
): Promise<readonly Published[]> {
  return await within(config, context, async (origin, targets) => {
    const { connection, place } = origin;
    const version = await versionOf(connection, place);
    const id = await readId(connection, place);
    const found: Published[] = [];
    for (const target of targets) {
      const record = await readRecord(connection, place, target.name);
      found.push(stateOf(target, record, await lookAt(origin, target, record, { id, version })));
    }
    return found;
  });
}

/** Whether copies could be put where the config wants them, of a database that may not be there yet. */
export async function publishable(
  config: DuckdbConfig,
  context: SinkContext,
): Promise<readonly Pick<Published, 'target' | 'error'>[]> {
  const { file, isNew } = await realFile(resolve(context.baseDir, config.path));
  if (isNew) return await tryAll(targetsOf(config, context), file, undefined);
  return await within(config, context, async ({ connection, place }, targets) =>
    tryAll(targets, file, await readId(connection, place)),
  );
}

async function tryAll(
  targets: readonly PublishTarget[],
  file: string,
  id: string | undefined,
): Promise<readonly Pick<Published, 'target' | 'error'>[]> {
  const found: Pick<Published, 'target' | 'error'>[] = [];
  for (const target of targets) {
    const error = await target.check(file, id).then(
      () => undefined,
      (cause: unknown) => publishImpossible(target.name, cause),
    );
    found.push({ target: target.name, error });
  }
  return found;
}

async function within<T>(
  config: DuckdbConfig,
  context: SinkContext,
  work: (origin: Origin, targets: readonly PublishTarget[]) => Promise<readonly T[]>,
): Promise<readonly T[]> {
  const targets = targetsOf(config, context);
  if (targets.length === 0) return [];
  const database = await Database.open(config, context);
  try {
    const connection = await database.connect();
    try {
      const place = { database: DATABASE, schema: config.schema };
      await database.writers.run(() => prepareBookkeeping(connection, place));
      const origin = { database, connection, place, config, context };
      return await publishersOf(database.file).run(() => work(origin, targets));
    } finally {
      connection.close();
    }
  } finally {
    database.close();
  }
}

function targetsOf(
  { publish: places, path }: DuckdbConfig,
  { baseDir }: SinkContext,
): PublishTarget[] {
  const targets: PublishTarget[] = [];
  // First, since its folder is made when missing: the file may be meant to lie in it.
  if (places?.parquet !== undefined)
    targets.push(parquetTarget(places, places.parquet, baseDir, resolve(baseDir, path)));
  if (places?.duckdb !== undefined) targets.push(new FileCopy(resolve(baseDir, places.duckdb)));
  return targets;
}

function parquetTarget(
  { keep, s3 = {} }: PublishSettings,
  parquet: string,
  baseDir: string,
  database: string,
): PublishTarget {
  if (parquet.startsWith('s3://'))
    return new ParquetCopy(parquet, () => S3Store.open(parquet, `${database}.publish`, s3), keep);
  const path = resolve(baseDir, parquet);
  return new ParquetCopy(path, async () => new FolderStore(path), keep);
}

async function bringUpToDate(
  origin: Origin,
  target: PublishTarget,
  id: string,
): Promise<Published> {
  const { connection, place, database } = origin;
  // As of before the copy: what is committed meanwhile may be in it, and is put there once more.
  const version = await versionOf(connection, place);
  const before = await readRecord(connection, place, target.name);
  const state = await lookAt(origin, target, before, { id, version });
  if (state === 'current' && before.trouble === undefined) return stateOf(target, before, state);
  const note = (record: PublishRecord): Promise<void> =>
    database.writers.run(() => writeRecord(connection, place, target.name, record));
  try {
    await target.put(origin, { database: id, version });
    const record = { version, atMs: Date.now(), trouble: undefined };
    await note(record);
    return { ...stateOf(target, record, 'current'), isNew: true };
  } catch (cause) {
    const error = publishFailed(target.name, cause);
    // Should the note fail as well, it is the copy that is told of.
    await note({ ...before, trouble: error.message }).catch(() => undefined);
    return { ...stateOf(target, before, state), isCurrent: false, error };
  }
}

/** `gone`: what was put there is not there, or no more as it was. */
type CopyState = 'current' | 'old' | 'gone';

async function lookAt(
  { database }: Origin,
  target: PublishTarget,
  { version }: PublishRecord,
  now: { readonly id: string | undefined; readonly version: string },
): Promise<CopyState> {
  if (version === undefined || now.id === undefined) return 'old';
  try {
    const isThere = await target.isThere({ database: now.id, version }, database.file);
    if (!isThere) return 'gone';
  } catch (error) {
    if (error instanceof PublishTrouble) return 'gone';
    // Where it cannot be asked, nothing says that it is gone.
  }
  return version === now.version ? 'current' : 'old';
}

function stateOf(
  { name }: PublishTarget,
  { atMs, trouble }: PublishRecord,
  state: CopyState,
): Published {
  const error =
    trouble === undefined
      ? undefined
      : new SinkError('PUBLISH_FAILED', trouble, { retryable: true });
  const isCurrent = state === 'current' && trouble === undefined;
  return { target: name, atMs, isCurrent, isGone: state === 'gone', isNew: false, error };
}
