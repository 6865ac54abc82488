import { spawnSync } from 'node:child_process';
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { publishFailed } from '../../src/publish/trouble.ts';
import { commit, idOf, longText } from '../documents.ts';
import { type Folder, temporaryFolder } from '../folder.ts';
import { ask, publishedAt, publishTo } from './copies.ts';

const COUNT = 'SELECT count(*)::INTEGER, max(document::VARCHAR) FROM lab';

let folder: Folder;
let copy: string;
beforeEach(async () => {
  folder = await temporaryFolder();
  copy = join(folder.path, 'read.duckdb');
});
afterEach(() => folder[Symbol.asyncDispose]());

function text(n: number, value = `"${n}"`): ReadonlyMap<string, string> {
  return new Map([[idOf(n), value]]);
}

test('a copy holds what is committed, and is made anew only when that has changed', async () => {
  await using sink = await folder.open();
  await commit(sink, '1', text(1));
  expect(await publishTo(folder, 'read.duckdb')).toMatchObject([
    { target: copy, isNew: true, isCurrent: true, error: undefined },
  ]);
  expect(await ask(copy, COUNT)).toEqual([[1, '"1"']]);
  const { ino } = await stat(copy);
  expect(await publishTo(folder, 'read.duckdb')).toMatchObject([{ isNew: false, isCurrent: true }]);
  expect((await stat(copy)).ino).toBe(ino);
  await commit(sink, '2', text(2));
  expect(await publishedAt(folder, 'read.duckdb')).toMatchObject([{ isCurrent: false }]);
  expect(await publishTo(folder, 'read.duckdb')).toMatchObject([{ isNew: true }]);
  expect(await ask(copy, COUNT)).toEqual([[2, '"2"']]);
  expect(await publishedAt(folder, 'read.duckdb')).toMatchObject([
    { isCurrent: true, atMs: expect.any(Number) },
  ]);
});

test('what is loaded anew after a reset is copied, though its orders are those of before', async () => {
  await using sink = await folder.open();
  await commit(sink, '1', text(1, '"a name"'));
  await publishTo(folder, 'read.duckdb');
  await sink.clear('lab');
  await commit(sink, '1', text(1, '"no name"'));
  expect(await publishTo(folder, 'read.duckdb')).toMatchObject([{ isNew: true }]);
  expect(await ask(copy, COUNT)).toEqual([[1, '"no name"']]);
});

test('a reader keeps the copy that it has open, while runs and copies go on', async () => {
  await using sink = await folder.open();
  await commit(sink, '1', text(1));
  await publishTo(folder, 'read.duckdb');
  const reader = await DuckDBInstance.create(copy, { access_mode: 'READ_ONLY' });
  const connection = await reader.connect();
  await commit(sink, '2', text(2));
  expect(await publishTo(folder, 'read.duckdb')).toMatchObject([{ isNew: true }]);
  expect((await connection.runAndReadAll(COUNT)).getRows()).toEqual([[1, '"1"']]);
  connection.closeSync();
  reader.closeSync();
  expect(await ask(copy, COUNT)).toEqual([[2, '"2"']]);
});

test('the lock on the database is kept: no other process gets in behind a copy', async () => {
  await using sink = await folder.open();
  await commit(sink, '1', text(1));
  expect(await publishTo(folder, 'read.duckdb')).toMatchObject([{ isNew: true }]);
  const script = fileURLToPath(new URL('../child/few-files.ts', import.meta.url));
  const other = spawnSync(process.execPath, [script, folder.path, 'never', '0'], {
    encoding: 'utf8',
  });
  expect(other.stdout).toMatch(/^SINK_LOCKED/);
});

test('of a file with long rows, whose log stays beside it, the copy is one file', async () => {
  await using sink = await folder.open();
  await commit(sink, '1', text(1, longText(40_000)));
  await commit(sink, '2', text(2, longText(40_000)));
  expect((await stat(join(folder.path, 'lab.duckdb.wal'))).size).toBeGreaterThan(0);
  expect(await publishTo(folder, 'read.duckdb')).toMatchObject([{ isNew: true }]);
  expect((await stat(join(folder.path, 'lab.duckdb.wal'))).size).toBeGreaterThan(0);
  expect(await ask(copy, 'SELECT count(*)::INTEGER, min(length(document)) FROM lab')).toEqual([
    [2, 40_002n],
  ]);
  const beside = (await readdir(folder.path)).filter((name) => name.startsWith('read.'));
  expect(beside).toEqual(['read.duckdb']);
});

test('what killed processes have begun is taken away, and nothing else', async () => {
  await using sink = await folder.open();
  await commit(sink, '1', text(1));
  for (const name of ['next-0123456789ab', 'next-0123456789ab.wal', 'next-mine', 'notes'])
    await writeFile(join(folder.path, `read.duckdb.${name}`), 'x');
  await mkdir(join(folder.path, 'read.duckdb.next-ba9876543210.tmp'));
  await publishTo(folder, 'read.duckdb');
  const beside = (await readdir(folder.path)).filter((name) => name.startsWith('read.'));
  expect(beside.sort()).toEqual(['read.duckdb', 'read.duckdb.next-mine', 'read.duckdb.notes']);
});

test('the log of somebody who wrote into the copy does not get into the next one', async () => {
  await using sink = await folder.open();
  await commit(sink, '1', text(1));
  await publishTo(folder, 'read.duckdb');
  await writeFile(`${copy}.wal`, 'somebody wrote here');
  await commit(sink, '2', text(2));
  expect(await publishTo(folder, 'read.duckdb')).toMatchObject([{ isNew: true }]);
  expect(await readdir(folder.path)).not.toContain('read.duckdb.wal');
  expect(await ask(copy, COUNT)).toEqual([[2, '"2"']]);
});

test("a file that tdp-sync has not put there is not overwritten; an earlier database's copy is", async () => {
  await using sink = await folder.open();
  await commit(sink, '1', text(1));
  await writeFile(copy, 'the only one');
  const [refused] = await publishTo(folder, 'read.duckdb');
  expect(refused?.error?.message).toMatch(/something of that name/);
  expect((await stat(copy)).size).toBe(12);
  expect(await publishedAt(folder, 'read.duckdb')).toMatchObject([
    { isCurrent: false, error: { code: 'PUBLISH_FAILED', message: refused?.error?.message } },
  ]);
  await using other = await folder.open({ path: 'other.duckdb' });
  await commit(other, '1', text(7));
  const moved = join(folder.path, 'moved.duckdb');
  await publishTo(folder, 'moved.duckdb');
  expect(await publishTo(folder, 'moved.duckdb', { path: 'other.duckdb' })).toMatchObject([
    { isNew: true, error: undefined },
  ]);
  expect(await ask(moved, COUNT)).toEqual([[1, '"7"']]);
});

test.each([
  ['nowhere/read.duckdb', /its folder does not exist/],
  ['lab.duckdb', /it is the database itself/],
])('%s: says why not, keeps the data, and is tried again', async (path, why) => {
  await using sink = await folder.open();
  await commit(sink, '1', text(1));
  const [first] = await publishTo(folder, path);
  expect(first).toMatchObject({ isNew: false, isCurrent: false, atMs: undefined });
  expect(first?.error).toMatchObject({ code: 'PUBLISH_FAILED', retryable: true });
  expect(first?.error?.message).toMatch(why);
  expect(first?.error?.message).toMatch(/The data is in the database; the next run tries again\.$/);
  await mkdir(join(folder.path, 'nowhere'));
  const [second] = await publishTo(folder, path);
  expect(second?.error === undefined).toBe(path !== 'lab.duckdb');
});

test('on Windows a copy that is open cannot be replaced, and the message says so', () => {
  const refused = Object.assign(new Error('EPERM: operation not permitted'), { code: 'EPERM' });
  expect(publishFailed('C:\\read.duckdb', refused, 'win32').message).toMatch(
    /a program has the copy of before open/,
  );
  expect(publishFailed('/read.duckdb', refused, 'linux').message).toMatch(/has no right/);
});

test('where nothing is to be published nothing is opened or noted', async () => {
  await using sink = await folder.open();
  await commit(sink, '1', text(1));
  const { publish } = await import('../../src/publish/publish.ts');
  const { configSchema } = await import('../../src/config.ts');
  const config = configSchema.parse({ path: 'nowhere.duckdb' });
  expect(await publish(config, { baseDir: folder.path })).toEqual([]);
  expect(await readdir(folder.path)).not.toContain('nowhere.duckdb');
});
