import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { commit, idOf, LAB, longText } from '../documents.ts';
import { type Folder, temporaryFolder } from '../folder.ts';
import { query } from '../query.ts';
import { askParquet, filesIn, manifestOf, publishTo } from './copies.ts';

let folder: Folder;
let out: string;
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2026, 10, 30, 12) });
  folder = await temporaryFolder();
  out = join(folder.path, 'out');
});
afterEach(async () => {
  vi.useRealTimers();
  await folder[Symbol.asyncDispose]();
});

function text(n: number, value = `"${n}"`): ReadonlyMap<string, string> {
  return new Map([[idOf(n), value]]);
}

test('one folder per table that syncs have made, and a manifest that names the newest files', async () => {
  await using sink = await folder.open();
  await commit(sink, '1', text(1));
  await query(folder, 'CREATE TABLE mine (x INTEGER)');
  expect(await publishTo(folder, { parquet: 'out' })).toMatchObject([
    { target: out, isNew: true, isCurrent: true, error: undefined },
  ]);
  const { format, publishedAt, release, tables, superseded } = await manifestOf(out);
  expect({ format, publishedAt, superseded }).toEqual({
    ...{ format: 1, publishedAt: '2026-11-30T12:00:00.000Z', superseded: [] },
  });
  expect(tables).toEqual({ lab: { rows: 1, files: [`lab/${release}.parquet`] } });
  expect(await filesIn(out)).toEqual([`lab/${release}.parquet`, 'manifest.json']);
  expect(await askParquet(out, 'lab', '_file_key, _row, document::VARCHAR')).toEqual([
    [idOf(1), 0, '"1"'],
  ]);
});

test('files of a version that was replaced stay as long as readers were told, then they go', async () => {
  await using sink = await folder.open();
  const releases: string[] = [];
  for (const [n, minutes] of [0, 40, 40, 1].entries()) {
    vi.setSystemTime(Date.now() + minutes * 60_000);
    await commit(sink, String(n), text(n));
    await publishTo(folder, { parquet: 'out', keep: '1h' });
    releases.push((await manifestOf(out)).release);
  }
  // The first was replaced 41 minutes ago, the second and the third later.
  expect(await filesIn(out)).toEqual([
    ...releases.map((at) => `lab/${at}.parquet`),
    'manifest.json',
  ]);
  vi.setSystemTime(Date.now() + 20 * 60_000);
  await commit(sink, '9', text(9));
  await publishTo(folder, { parquet: 'out', keep: '1h' });
  const { release, superseded } = await manifestOf(out);
  expect(superseded.map((one) => one.release)).toEqual(releases.slice(1));
  const kept = [...releases.slice(1), release].map((at) => `lab/${at}.parquet`);
  expect(await filesIn(out)).toEqual([...kept, 'manifest.json']);
});

test('what a killed process has begun goes; what is not of tdp-sync stays', async () => {
  await using sink = await folder.open();
  await commit(sink, '1', text(1));
  await mkdir(join(out, 'lab'), { recursive: true });
  await mkdir(join(out, 'gone'));
  const begun = ['lab/20261130T110000Z-01234567.parquet', 'gone/20261130T110000Z-01234567.parquet'];
  for (const name of [...begun, 'manifest.json.next-0123456789ab', 'lab/mine.parquet'])
    await writeFile(join(out, name), 'x');
  await publishTo(folder, { parquet: 'out' });
  const { release } = await manifestOf(out);
  expect(await filesIn(out)).toEqual([
    ...[`lab/${release}.parquet`, 'lab/mine.parquet', 'manifest.json'],
  ]);
});

test('a manifest that was taken away is made again, and so is one that nobody can read', async () => {
  await using sink = await folder.open();
  await commit(sink, '1', text(1));
  await publishTo(folder, { parquet: 'out' });
  await rm(join(out, 'manifest.json'));
  expect(await publishTo(folder, { parquet: 'out' })).toMatchObject([{ isNew: true }]);
  await writeFile(join(out, 'manifest.json'), '{"form');
  expect(await publishTo(folder, { parquet: 'out' })).toMatchObject([{ isNew: true }]);
  expect(await askParquet(out, 'lab', 'count(*)::INTEGER')).toEqual([[1]]);
});

test('names of tables that no folder can have, and tables that differ only in such', async () => {
  await using sink = await folder.open();
  const names = ['../up', 'a/b', 'a%2fb', 'Größe m²', '.'];
  const rows = new Map(names.map((name) => [name, [['"x"']]]));
  const tables = names.map((name) => ({ ...LAB, name }));
  await using load = await sink.begin({ sync: 'lab', tables, since: undefined });
  await load.stage([{ id: idOf(1), order: '1', status: 'loaded', rows }]);
  await load.commit('1');
  expect(await publishTo(folder, { parquet: 'out' })).toMatchObject([{ error: undefined }]);
  const published = await manifestOf(out);
  expect(Object.keys(published.tables).sort()).toEqual([...names].sort());
  expect(new Set(Object.values(published.tables).flatMap(({ files }) => files)).size).toBe(5);
  for (const name of names) expect(await askParquet(out, name, 'count(*)::INTEGER')).toEqual([[1]]);
  expect(await filesIn(folder.path)).not.toContainEqual(expect.stringMatching(/^up\//));
});

test('documents that are larger together than the memory that DuckDB has', async () => {
  const sink = await folder.open();
  const long = Array.from({ length: 30 }, (_, n) => [idOf(n), longText(1_000_000)] as const);
  for (const [at, one] of long.entries()) await commit(sink, String(at), new Map([one]));
  await sink[Symbol.asyncDispose]();
  const [done] = await publishTo(folder, { parquet: 'out' }, { memoryLimit: '32MB' });
  expect(done?.error?.message).toBeUndefined();
  expect(await askParquet(out, 'lab', 'count(*)::INTEGER, min(length(document))')).toEqual([
    [30, 1_000_002n],
  ]);
});
