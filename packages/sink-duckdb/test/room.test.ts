import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { logSize } from '../src/log-size.ts';
import { Room } from '../src/room.ts';
import { commit, idOf, LAB, longText, storedTexts } from './documents.ts';
import { type Folder, temporaryFolder } from './folder.ts';
import { query } from './query.ts';

const SMALL = { memoryLimit: '32MB', checkpointThreshold: '1GB' };
/** More than DuckDB may use. */
const LENGTH = 40_000_000;

test('a document larger than the memory limit is stored, folded in and read, and the limit is back', async () => {
  await using folder = await temporaryFolder();
  await using sink = await folder.open(SMALL);
  const text = longText(LENGTH);
  await commit(sink, 'a', new Map([[idOf(0), text]]));
  expect(await logSize(join(folder.path, 'lab.duckdb'))).toBe(0);
  expect(await limitOf(folder)).toBe('30.5 MiB');
  expect((await storedTexts(sink, [idOf(0)])).get(idOf(0)) === text).toBe(true);
  expect(await limitOf(folder)).toBe('30.5 MiB');
});

test('a load that is thrown away gives its room back', async () => {
  await using folder = await temporaryFolder();
  await using sink = await folder.open(SMALL);
  {
    await using load = await sink.begin({ sync: 'lab', tables: [LAB], since: undefined });
    const rows = new Map([['lab', [[longText(LENGTH)]]]]);
    await load.stage([{ id: idOf(0), order: 'a', status: 'loaded', rows }]);
    expect(await limitOf(folder)).toBe('183.1 MiB');
  }
  expect(await limitOf(folder)).toBe('30.5 MiB');
});

test('kill -9 between the commit of such a document and folding it in leaves a file that opens', async () => {
  await using folder = await temporaryFolder();
  const script = fileURLToPath(new URL('./child/long-text.ts', import.meta.url));
  const child = spawn(process.execPath, [script, folder.path, SMALL.memoryLimit, `${LENGTH}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  child.stdout.once('data', () => child.kill('SIGTERM'));
  await once(child, 'exit');
  expect(child.signalCode).toBe('SIGKILL');
  const file = join(folder.path, 'lab.duckdb');
  expect(await logSize(file)).toBeGreaterThan(LENGTH);
  await using sink = await folder.open(SMALL);
  expect(await logSize(file)).toBe(0);
  expect(await limitOf(folder)).toBe('30.5 MiB');
  expect(String((await storedTexts(sink, [idOf(0)])).get(idOf(0))).length).toBe(LENGTH + 2);
});

test('room grows to eight times the limit and no further', async () => {
  const set: string[] = [];
  const room = new Room('grown', '1KiB', async (sql) => set.push(sql.replace(/.* = /, '')));
  const grew = [];
  for (let time = 0; time < 4; time += 1) grew.push(await room.grow());
  expect(grew).toEqual([true, true, true, false]);
  await room[Symbol.asyncDispose]();
  expect(set).toEqual(["'2048B'", "'4096B'", "'8192B'", "'1024B'"]);
});

test('deletions hold a quarter of the limit; beyond it there is room for all of them, and the log is to be folded in', async () => {
  const set: string[] = [];
  await using room = new Room('held', '4MiB', async (sql) => set.push(sql.replace(/.* = /, '')));
  await using other = new Room('held', '4MiB', async () => undefined);
  await room.fitBlocks(4);
  room.hold(4);
  expect([set, room.wantsFolding, other.wantsFolding]).toEqual([[], false, false]);
  await room.fitBlocks(2);
  expect([set, room.wantsFolding]).toEqual([[`'${4_194_304 + 6 * 262_144}B'`], false]);
  room.hold(1);
  expect([room.wantsFolding, other.wantsFolding]).toEqual([true, true]);
  room.folded();
  expect(room.wantsFolding).toBe(false);
});

test('rooms on one file add up, those on others do not count, and what fits takes none', async () => {
  const set: string[] = [];
  const room = (file: string) =>
    new Room(file, '1KiB', async (sql) => set.push(sql.replace(/.* = /, '')));
  await using first = room('/lab');
  await using second = room('/lab');
  await using other = room('/other');
  await first.fit(256);
  expect(set).toEqual([]);
  await first.fit(1_000);
  await second.fit(2_000);
  await second.fit(500);
  await other.fit(300);
  await first[Symbol.asyncDispose]();
  await second[Symbol.asyncDispose]();
  expect(set).toEqual(["'5024B'", "'13024B'", "'2224B'", "'9024B'", "'1024B'"]);
});

test('the limit that is asked for last is the one that is set last', async () => {
  const set: string[] = [];
  let slow = Promise.resolve();
  const held = Promise.withResolvers<void>();
  const run = async (sql: string) => {
    await slow;
    set.push(sql.replace(/.* = /, ''));
  };
  await using first = new Room('/lab', '1KiB', run);
  await using second = new Room('/lab', '1KiB', run);
  await first.fit(1_000);
  slow = held.promise;
  const back = first[Symbol.asyncDispose]();
  await nextTurn();
  slow = Promise.resolve();
  const raised = second.fit(2_000);
  await nextTurn();
  held.resolve();
  await Promise.all([back, raised]);
  expect(set).toEqual(["'5024B'", "'1024B'", "'9024B'"]);
});

test.each([
  ['1GB', 1_000_000_000],
  ['1.5 GiB', 1_610_612_736],
  ['20kb', 20_000],
  ['4096B', 4_096],
])('%s are %i bytes', async (memoryLimit, bytes) => {
  const set: string[] = [];
  await using room = new Room('/lab', memoryLimit, async (sql) => set.push(sql));
  await room.fit(bytes);
  expect(set).toEqual([`SET GLOBAL memory_limit = '${bytes * 5}B'`]);
});

async function limitOf(folder: Folder): Promise<unknown> {
  const [row] = await query(folder, "SELECT current_setting('memory_limit')", SMALL);
  return row?.[0];
}
