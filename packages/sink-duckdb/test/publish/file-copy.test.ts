import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFile,
  link,
  lstat,
  mkdir,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
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

/** No other process gets in. */
function expectLocked(): void {
  const script = fileURLToPath(new URL('../child/few-files.ts', import.meta.url));
  const other = spawnSync(process.execPath, [script, folder.path, 'never', '0'], {
    encoding: 'utf8',
  });
  expect(other.stdout).toMatch(/^SINK_LOCKED/);
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
  expectLocked();
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

test('a file that tdp-sync has not put there is not overwritten', async () => {
  await using sink = await folder.open();
  await commit(sink, '1', text(1));
  await writeFile(copy, 'the only one');
  const [refused] = await publishTo(folder, 'read.duckdb');
  expect(refused?.error?.message).toMatch(/something of that name/);
  expect((await stat(copy)).size).toBe(12);
  expect(await publishedAt(folder, 'read.duckdb')).toMatchObject([
    { isCurrent: false, error: { code: 'PUBLISH_FAILED', message: refused?.error?.message } },
  ]);
});

test('nor is one that has come to a place where a copy was, and it is told that the copy is gone', async () => {
  await using sink = await folder.open();
  await commit(sink, '1', text(1));
  await publishTo(folder, 'read.duckdb');
  await rm(copy);
  expect(await publishedAt(folder, 'read.duckdb')).toMatchObject([
    { isGone: true, isCurrent: false, error: undefined },
  ]);
  await writeFile(copy, 'the only one');
  const [refused] = await publishTo(folder, 'read.duckdb');
  expect(refused).toMatchObject({ isGone: true, isNew: false });
  expect(refused?.error?.message).toMatch(/something of that name/);
  expect(await readFile(copy, 'utf8')).toBe('the only one');
  await rm(copy);
  expect(await publishTo(folder, 'read.duckdb')).toMatchObject([{ isNew: true, isGone: false }]);
});

test("another database, and another's copy, are not overwritten, nor are their logs", async () => {
  const one = await folder.open({ path: 'one.duckdb' });
  await commit(one, '1', text(7));
  await one[Symbol.asyncDispose]();
  await writeFile(join(folder.path, 'one.duckdb.wal'), '');
  await publishTo(folder, 'one-read.duckdb', { path: 'one.duckdb' });
  await writeFile(join(folder.path, 'one.duckdb.wal'), '');
  await using sink = await folder.open();
  await commit(sink, '1', text(1));
  const [database] = await publishTo(folder, 'one.duckdb');
  expect(database?.error?.message).toMatch(/something of that name/);
  const [copied] = await publishTo(folder, 'one-read.duckdb');
  expect(copied?.error?.message).toMatch(/the copy of another database/);
  expect(await readdir(folder.path)).toContain('one.duckdb.wal');
  for (const name of ['one.duckdb', 'one-read.duckdb'])
    expect(await ask(join(folder.path, name), COUNT)).toEqual([[1, '"7"']]);
});

test('a copy that was put in the place of a database is a database from then on', async () => {
  {
    await using sink = await folder.open();
    await commit(sink, '1', text(1));
    await publishTo(folder, 'read.duckdb');
  }
  await copyFile(copy, join(folder.path, 'lab.duckdb'));
  await using _sink = await folder.open();
  expect(await publishTo(folder, 'read.duckdb')).toMatchObject([{ error: undefined }]);
  await _sink[Symbol.asyncDispose]();
  // Of the same id, since both were one file.
  await copyFile(copy, join(folder.path, 'second.duckdb'));
  const [refused] = await publishTo(folder, 'lab.duckdb', { path: 'second.duckdb' });
  expect(refused?.error?.message).toMatch(/something of that name/);
});

test.each<[string, (file: string) => Promise<string>]>([
  [
    'a folder that is a link',
    async (file) => {
      await symlink('.', join(dirname(file), 'here'));
      return 'here/lab.duckdb';
    },
  ],
  [
    'a hard link',
    async (file) => {
      await link(file, copy);
      return 'read.duckdb';
    },
  ],
  [
    'a link',
    async (file) => {
      await symlink(file, copy);
      return 'read.duckdb';
    },
  ],
  ['letters of another case', async () => 'LAB.duckdb'],
  ['the name of its log', async () => 'lab.duckdb.wal'],
])('the database is not replaced by a copy of itself: %s', async (_, name) => {
  await using sink = await folder.open();
  await commit(sink, '1', text(1));
  const file = join(folder.path, 'lab.duckdb');
  const { ino } = await stat(file);
  const given = await name(file);
  const [refused] = await publishTo(folder, given);
  expect(refused?.error?.message).toMatch(/it is the database itself/);
  expect((await stat(file)).ino).toBe(ino);
  expectLocked();
});

test('nor is the lock lost by looking at what has taken the place of a copy', async () => {
  await using sink = await folder.open();
  await commit(sink, '1', text(1));
  await publishTo(folder, 'read.duckdb');
  await rm(copy);
  await link(join(folder.path, 'lab.duckdb'), copy);
  expect(await publishedAt(folder, 'read.duckdb')).toMatchObject([{ isGone: true }]);
  expectLocked();
});

test('a database that is named as the log of its copy would be is not taken away', async () => {
  await using sink = await folder.open({ path: 'read.duckdb.wal' });
  await commit(sink, '1', text(1));
  const [refused] = await publishTo(folder, 'read.duckdb', { path: 'read.duckdb.wal' });
  expect(refused?.error?.message).toMatch(/it is the database itself/);
  expect(await readdir(folder.path)).toContain('read.duckdb.wal');
});

test.each(['READ_ONLY', 'READ_WRITE'])(
  'another program that has the copy open holds up nothing: %s',
  async (mode) => {
    await using sink = await folder.open();
    await commit(sink, '1', text(1));
    await publishTo(folder, 'read.duckdb');
    await commit(sink, '2', text(2));
    const script = `import { DuckDBInstance } from '@duckdb/node-api';
    const held = await DuckDBInstance.create(${JSON.stringify(copy)}, { access_mode: '${mode}' });
    console.log('open');
    process.stdin.once('end', () => held.closeSync()).resume();`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      cwd: import.meta.dirname,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const ended = once(child, 'exit');
    await once(child.stdout, 'data');
    expect(await publishedAt(folder, 'read.duckdb')).toMatchObject([{ isGone: false }]);
    const [done] = await publishTo(folder, 'read.duckdb');
    child.stdin.end();
    await ended;
    expect(done).toMatchObject({ isNew: true, error: undefined });
    expect((await readdir(folder.path)).filter((name) => name.includes('.next-'))).toEqual([]);
    expect(await ask(copy, COUNT)).toEqual([[2, '"2"']]);
  },
);

test('a link is neither followed nor replaced', async () => {
  await using sink = await folder.open();
  await commit(sink, '1', text(1));
  await symlink('elsewhere.duckdb', copy);
  const [refused] = await publishTo(folder, 'read.duckdb');
  expect(refused?.error?.message).toMatch(/it is a link/);
  expect((await lstat(copy)).isSymbolicLink()).toBe(true);
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
