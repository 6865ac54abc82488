import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { DuckdbInput } from '../src/config.ts';
import { commit, idOf, longText, storedTexts } from './documents.ts';
import { type Folder, temporaryFolder } from './folder.ts';
import { query } from './query.ts';

/** An eighth of the defaults. */
const SMALL = { memoryLimit: '32MB', checkpointThreshold: '8MB' };
const LONG = 200_000;

test.each([10, 40])(
  'long documents of more than the memory limit load in commits of %i',
  async (size) => {
    await using folder = await temporaryFolder();
    const texts = numbered(0, 280, LONG);
    await load(folder, 'a', texts, size, SMALL);
    await expectStored(folder, texts, SMALL);
  },
);

test('at the default settings too', async () => {
  await using folder = await temporaryFolder();
  const texts = numbered(0, 300, 1_000_000);
  await load(folder, 'a', texts, 30);
  await expectStored(folder, texts);
});

test('long documents are replaced again and again, by one process after the other', async () => {
  await using folder = await temporaryFolder();
  const texts = numbered(0, 200, LONG);
  await load(folder, 'a', texts, 20, SMALL);
  for (const order of ['b', 'c', 'd', 'e']) {
    const newer = new Map(
      [...texts.keys()].filter((_, n) => n % 3 === 0).map((id) => [id, longText(LONG)]),
    );
    await load(folder, order, newer, 20, SMALL);
    for (const [id, text] of newer) texts.set(id, text);
  }
  await expectStored(folder, texts, SMALL);
});

test('row groups with short documents are merged, also with dead rows in them', async () => {
  await using folder = await temporaryFolder();
  // Each run replaces half of the documents of the one before.
  for (const from of [0, 25, 50, 75]) await load(folder, `a${from}`, numbered(from, 50, 100), 50);
  expect(await rowGroups(folder, 'lab')).toEqual([125]);
  expect(await rowGroups(folder, '_tdp_sync_documents')).toEqual([125]);
  expect(await readdir(folder.path)).toEqual(['lab.duckdb']);
});

test.each([
  [16_384, true],
  [16_385, false],
])('after a row of %i characters merging goes on: %s', async (length, expected) => {
  await using folder = await temporaryFolder();
  const text = `"${'x'.repeat(length - 2)}"`;
  await load(folder, 'a', new Map([[idOf(0), text]]), 1);
  expect(await merges(folder)).toBe(expected);
});

test('many small runs with long documents add few row groups, and leave their log to readers', async () => {
  await using folder = await temporaryFolder();
  const texts = new Map<string, string>();
  for (let n = 0; n < 12; n += 1) {
    const few = numbered(n, 1, 20_000);
    await load(folder, `a${n}`, few, 1);
    for (const [id, text] of few) texts.set(id, text);
  }
  expect(await readdir(folder.path)).toEqual(['lab.duckdb', 'lab.duckdb.wal']);
  await expectStored(folder, texts);
  await query(folder, 'CHECKPOINT tdp');
  expect(await rowGroups(folder, 'lab')).toEqual([12]);
});

test('that a file holds long documents is known after kill -9', async () => {
  await using folder = await temporaryFolder();
  const script = fileURLToPath(new URL('./child/long-text.ts', import.meta.url));
  const child = spawn(process.execPath, [script, folder.path, '64MB', '20000'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'exit');
  await using sink = await folder.open();
  expect((await storedTexts(sink, [idOf(0)])).size).toBe(1);
  expect(await merges(folder)).toBe(false);
});

test('that a file holds long documents is known to sinks of all its schemas, opened before or after', async () => {
  await using folder = await temporaryFolder();
  await using before = await folder.open();
  {
    await using other = await folder.open({ schema: 'other' });
    await commit(before, 'a', numbered(0, 1, 100));
    await commit(other, 'a', numbered(0, 1, 20_000));
    await query(folder, 'CHECKPOINT tdp');
    await commit(before, 'b', numbered(1, 1, 100));
    await query(folder, 'CHECKPOINT tdp');
    expect(await rowGroups(folder, 'lab')).toEqual([1, 1]);
  }
  await before[Symbol.asyncDispose]();
  expect(await merges(folder)).toBe(false);
});

/** New texts for some documents. */
function numbered(from: number, count: number, length: number): Map<string, string> {
  return new Map(Array.from({ length: count }, (_, n) => [idOf(from + n), longText(length)]));
}

/** One run: opens the file, commits these texts, so many at a time, and closes it. */
async function load(
  folder: Folder,
  order: string,
  texts: ReadonlyMap<string, string>,
  size: number,
  config: Partial<DuckdbInput> = {},
): Promise<void> {
  await using sink = await folder.open(config);
  const all = [...texts];
  for (let at = 0; at < all.length; at += size) {
    await commit(sink, `${order}${at}`, new Map(all.slice(at, at + size)));
  }
}

async function expectStored(
  folder: Folder,
  texts: ReadonlyMap<string, string>,
  config: Partial<DuckdbInput> = {},
): Promise<void> {
  await using sink = await folder.open(config);
  expect(await query(folder, 'SELECT count(*) FROM lab', config)).toEqual([[BigInt(texts.size)]]);
  // One in nine: long documents are read one by one.
  const some = [...texts].filter((_, n) => n % 9 === 0);
  const stored = await storedTexts(
    sink,
    some.map(([id]) => id),
  );
  // Not as one comparison: should it fail, the difference would be all the texts.
  for (const [id, text] of some) expect(stored.get(id) === text, id).toBe(true);
}

/** How many rows each row group has. */
async function rowGroups(folder: Folder, table: string): Promise<readonly number[]> {
  const sql = `SELECT max(count) FROM pragma_storage_info('${table}') WHERE column_id = 0 AND segment_type <> 'VALIDITY' GROUP BY row_group_id ORDER BY row_group_id`;
  return (await query(folder, sql)).map(([count]) => Number(count));
}

/** Whether DuckDB merges row groups of this file once it has been opened. */
async function merges(folder: Folder): Promise<boolean> {
  const [row] = await query(folder, "SELECT current_setting('max_vacuum_tasks')");
  return Number(row?.[0]) > 0;
}
