import { mkdir, readFile, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { commit, idOf, LAB, longText } from '../documents.ts';
import { type Folder, temporaryFolder } from '../folder.ts';
import { query } from '../query.ts';
import { askParquet, filesIn, manifestOf, publishedAt, publishTo } from './copies.ts';

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
  const { size: bytes } = await stat(join(out, `lab/${release}.parquet`));
  expect(tables).toEqual({ lab: { rows: 1, bytes, files: [`lab/${release}.parquet`] } });
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

test('a manifest that was taken away is made again', async () => {
  await using sink = await folder.open();
  await commit(sink, '1', text(1));
  await publishTo(folder, { parquet: 'out' });
  await rm(join(out, 'manifest.json'));
  expect(await publishTo(folder, { parquet: 'out' })).toMatchObject([{ isNew: true }]);
  expect(await askParquet(out, 'lab', 'count(*)::INTEGER')).toEqual([[1]]);
});

test.each([
  ['one that is torn', '{"form', /cannot be read/],
  ['one of a later tdp-sync', '{"format": 2}', /cannot be read/],
  ["somebody's own", '{"name": "my app"}', /cannot be read/],
  ['one that cannot be opened', undefined, /there is a folder of that name/],
])('nothing is removed for a manifest that is not understood: %s', async (_, content, why) => {
  await using sink = await folder.open();
  await commit(sink, '1', text(1));
  await publishTo(folder, { parquet: 'out' });
  await rm(join(out, 'manifest.json'));
  if (content === undefined) await mkdir(join(out, 'manifest.json'));
  else await writeFile(join(out, 'manifest.json'), content);
  const before = await filesIn(out);
  await commit(sink, '2', text(2));
  const [refused] = await publishTo(folder, { parquet: 'out' });
  expect(refused?.error?.message).toMatch(why);
  expect(await filesIn(out)).toEqual(before);
  if (content !== undefined)
    expect(await readFile(join(out, 'manifest.json'), 'utf8')).toBe(content);
});

test("another database's folder is left alone", async () => {
  await using sink = await folder.open();
  await commit(sink, '1', text(1));
  await publishTo(folder, { parquet: 'out' });
  const before = await manifestOf(out);
  await using other = await folder.open({ path: 'other.duckdb' });
  await commit(other, '1', text(7));
  const [refused] = await publishTo(folder, { parquet: 'out' }, { path: 'other.duckdb' });
  expect(refused?.error?.message).toMatch(/of the copy of another database/);
  expect(await manifestOf(out)).toEqual(before);
  expect(await askParquet(out, 'lab', 'document::VARCHAR')).toEqual([['"1"']]);
});

test.each<[string, (file: string) => Promise<void>]>([
  ['a file that is lost', (file) => rm(file)],
  ['a file that was cut off', (file) => truncate(file, 10)],
])('a copy is made anew for %s', async (_, harm) => {
  await using sink = await folder.open();
  await commit(sink, '1', text(1));
  await publishTo(folder, { parquet: 'out' });
  const { tables } = await manifestOf(out);
  await harm(join(out, tables['lab']?.files[0] ?? ''));
  expect(await publishedAt(folder, { parquet: 'out' })).toMatchObject([{ isGone: true }]);
  expect(await publishTo(folder, { parquet: 'out' })).toMatchObject([{ isNew: true }]);
  expect(await askParquet(out, 'lab', 'count(*)::INTEGER')).toEqual([[1]]);
});

test('a file where the folder is to be is told of', async () => {
  await using sink = await folder.open();
  await commit(sink, '1', text(1));
  await writeFile(out, 'a file');
  const [first] = await publishTo(folder, { parquet: 'out' });
  expect(first?.error?.message).toMatch(/there is a file of that name, where a folder is to be/);
});

test.runIf(process.platform === 'linux')(
  'what DuckDB cannot write there is told of by its name',
  async () => {
    await using sink = await folder.open();
    await commit(sink, '1', text(1));
    await mkdir(out);
    // Nobody can make files there, and who asks for the right to is told that it is there.
    await symlink('/proc', join(out, 'lab'));
    const [second] = await publishTo(folder, { parquet: 'out' });
    expect(second?.error?.message).toMatch(/[\\/]out[\\/]lab[\\/]/);
    expect(second?.error?.message).not.toMatch(/lab\.duckdb/);
  },
);

test('the folder of Parquet files is made for a DuckDB file in it, too', async () => {
  await using sink = await folder.open();
  await commit(sink, '1', text(1));
  const [parquet, duckdb] = await publishTo(folder, { duckdb: 'out/x.duckdb', parquet: 'out' });
  expect([parquet?.error, duckdb?.error]).toEqual([undefined, undefined]);
  expect(duckdb?.target).toBe(join(out, 'x.duckdb'));
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
