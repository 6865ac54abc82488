import { expect, test } from 'vitest';
import type { FileQuery, Source } from '../../src/source/source.ts';
import { documentTransform } from '../../src/transform/document.ts';
import { HOUR, MINUTE, World } from '../world.ts';

/** A world with this many files, indexed a minute apart. */
function worldOf(count: number): World {
  const world = new World();
  for (let file = 0; file < count; file += 1) {
    world.lake.put(`f${file}`);
    world.lake.pass(MINUTE);
  }
  return world;
}

test('the first run loads every file', async () => {
  const world = worldOf(25);
  const report = await world.settle();
  world.expectTruth();
  expect(report).toMatchObject({
    outcome: 'complete',
    loaded: 25,
    failed: 0,
    retrieved: 25,
    behindMs: 0,
  });
  expect(world.state).toMatchObject({ watermarkMs: world.lake.nowMs - MINUTE, open: undefined });
});

test('a second run searches, and neither retrieves nor stages anything', async () => {
  const world = worldOf(25);
  await world.settle();
  const before = world.lake.searches.length;
  const content = world.database.content.tables;
  expect(await world.settle()).toMatchObject({
    outcome: 'complete',
    retrieved: 0,
    staged: 0,
    loaded: 0,
  });
  expect(world.database.content.tables).toEqual(content);
  // One survey to begin, one window: a page, the empty page, the count.
  expect(world.lake.searches.length - before).toBeLessThanOrEqual(4);
});

test('an empty lake is complete, and what comes first is found', async () => {
  const world = new World();
  expect(await world.settle()).toMatchObject({ outcome: 'complete', seen: 0, behindMs: 0 });
  world.lake.put('a');
  await world.settle();
  world.expectTruth();
});

test('a new version replaces the one before', async () => {
  const world = worldOf(3);
  await world.settle();
  world.lake.put('f1', { content: '{"new":true}' });
  expect(await world.settle()).toMatchObject({ retrieved: 1, staged: 1, loaded: 1 });
  world.expectTruth();
});

test('a re-index refreshes the attributes without a download', async () => {
  const world = worldOf(3);
  await world.settle();
  const { fileId } = world.lake.put('f3');
  await world.settle();
  world.lake.pass(5 * HOUR);
  const labels = [{ name: 'project', value: 'x' }];
  world.lake.reindex(fileId, { labels });
  expect(await world.settle()).toMatchObject({ retrieved: 0, staged: 1, refreshed: 1 });
  expect(world.file('f3')).toMatchObject({ labels: JSON.stringify(labels), status: 'loaded' });
  world.expectTruth();
});

test('an older version that is re-indexed later does not replace the newer', async () => {
  const world = new World();
  const old = world.lake.put('a', { content: '"old"' });
  world.lake.pass(HOUR);
  world.lake.put('a', { content: '"new"', keepOld: true });
  await world.settle();
  world.lake.pass(HOUR);
  world.lake.reindex(old.fileId);
  expect(await world.settle()).toMatchObject({ retrieved: 0, staged: 0 });
  expect([...world.documents().values()]).toEqual(['"new"']);
});

test('RAW files are in the files table only, and have nothing retrieved', async () => {
  const world = worldOf(2);
  world.lake.put('raw', { category: 'RAW', content: 'no JSON' });
  expect(await world.settle()).toMatchObject({ loaded: 3, retrieved: 2 });
  expect(world.files()).toHaveLength(3);
  expect(world.documents().size).toBe(2);
  world.expectTruth();
});

test('windows never reach closer to TDP’s now than the settle time, however wrong the local clock is', async () => {
  for (const offMs of [-5 * HOUR, 5 * HOUR]) {
    const world = worldOf(3);
    world.lake.pass(10 * MINUTE);
    world.lake.put('recent', { indexedAtMs: world.lake.nowMs - 30_000 });
    const clock = world.lake.clock(offMs);
    expect(await world.run({ clock })).toMatchObject({ loaded: 3 });
    expect(world.state.watermarkMs).toBe(world.lake.nowMs - MINUTE);
    await world.settle({ clock });
    world.expectTruth();
  }
});

test('a file that becomes searchable late is found by the next run within the lookback', async () => {
  const world = worldOf(3);
  const { nowMs } = world.lake;
  world.lake.put('late', { indexedAtMs: nowMs, visibleAtMs: nowMs + 15 * MINUTE });
  await world.settle();
  expect(world.documents().size).toBe(3);
  world.lake.pass(20 * MINUTE);
  expect(await world.settle()).toMatchObject({ retrieved: 1 });
  world.expectTruth();
});

test('a file that appears behind the cursor is found before the window closes', async () => {
  const world = worldOf(30);
  world.lake.pageLimit = 10;
  let pages = 0;
  const { nowMs } = world.lake;
  world.lake.onSearch = (kind) => {
    pages += kind === 'page' ? 1 : 0;
    if (kind !== 'page' || pages !== 3) return;
    for (let late = 0; late < 20; late += 1)
      world.lake.put(`late${late}`, { indexedAtMs: nowMs - HOUR / 4 });
  };
  const report = await world.settle();
  world.expectTruth();
  expect(report).toMatchObject({ outcome: 'complete', loaded: 50, retrieved: 50 });
  const passes = world.events.flatMap((event) =>
    event.type === 'window-opened' ? event.pass : [],
  );
  expect(passes).toEqual([1, 2]);
});

test('files that become searchable again and again while a window is read do not keep it open', async () => {
  const world = worldOf(30);
  world.lake.pageLimit = 10;
  const { nowMs } = world.lake;
  let late = 0;
  world.lake.onSearch = (kind) => {
    if (kind !== 'page' || late === 200) return;
    // Behind every reading, since fileIds are read in order and this one comes first.
    const fileId = `${String(late).padStart(3, '0')}-late`;
    world.lake.put(`late${late}`, { indexedAtMs: nowMs - HOUR / 4, fileId });
    late += 1;
  };
  expect(await world.settle()).toMatchObject({ outcome: 'complete' });
  const passes = world.events.flatMap((event) =>
    event.type === 'window-opened' ? event.pass : [],
  );
  expect(passes).toEqual([1, 2]);
  late = 200;
  await world.settle();
  world.expectTruth();
});

test('a window that is never proven stays open, and its files are there', async () => {
  const world = worldOf(5);
  world.lake.miscount = 1;
  await expect(world.settle()).rejects.toMatchObject({
    code: 'WINDOW_NOT_PROVEN',
    retryable: true,
  });
  world.expectTruth();
  expect(world.state).toMatchObject({
    watermarkMs: undefined,
    open: { after: expect.any(String) },
  });
  world.lake.miscount = 0;
  expect(await world.settle()).toMatchObject({ outcome: 'complete', retrieved: 0 });
});

test('two hits with one fileId at the border of two pages do not keep a window open', async () => {
  const world = new World();
  const hits = Array.from({ length: 6 }, (_, index) =>
    world.lake.put('a', { keepOld: true, fileId: `${index}` }),
  );
  const doubled = [...hits.slice(0, 4), ...hits.slice(3)];
  const source: Source = {
    survey: async (query) => ({ ...(await world.lake.survey(query)), count: doubled.length }),
    page: async (_query, after = '', size) =>
      doubled.filter(({ fileId }) => fileId > after).slice(0, size),
    retrieve: (hit) => world.lake.retrieve(hit),
    presence: (fileId) => world.lake.presence(fileId),
  };
  expect(await world.settle({ source, pageSizes: { max: 4, min: 1 } })).toMatchObject({
    outcome: 'complete',
  });
});

test('a short page is not the end', async () => {
  const world = worldOf(40);
  world.lake.pageLimit = 3;
  await world.settle();
  world.expectTruth();
});

test('more than 10,000 hits in one window are all read', async () => {
  const world = new World();
  for (let file = 0; file < 12_345; file += 1) world.lake.put(`f${file}`, { category: 'RAW' });
  const report = await world.settle({ pageSizes: { max: 2000 } });
  expect(report).toMatchObject({ outcome: 'complete', loaded: 12_345, retrieved: 0 });
  expect(world.files()).toHaveLength(12_345);
});

test('a changed filter looks at everything again and retrieves only what is new to it', async () => {
  const world = worldOf(10);
  world.lake.put('raw', { category: 'RAW' });
  await world.settle({ filter: [{ term: { category: 'RAW' } }] });
  expect(await world.settle({ filter: [] })).toMatchObject({ seen: 11, known: 1, retrieved: 10 });
  world.expectTruth();
  expect(world.events).toContainEqual({
    type: 'config-changed',
    sync: 'lab',
    changes: { scope: true, mapping: false },
  });
  expect(await world.settle({ filter: [], sourceId: 'other' })).toMatchObject({
    seen: 11,
    retrieved: 0,
  });
});

test('a changed mapping derives all again, of the documents that are in the database', async () => {
  const world = worldOf(10);
  await world.settle();
  const other = { ...documentTransform('lab'), fingerprint: 'other' };
  expect(await world.settle({ transform: other })).toMatchObject({ retrieved: 0, staged: 10 });
  expect(await world.settle({ transform: other })).toMatchObject({ retrieved: 0, staged: 0 });
  expect(await world.settle()).toMatchObject({ retrieved: 0, staged: 10 });
  world.expectTruth();
});

test('a file that TDP flags as deleted keeps its rows and is marked', async () => {
  const world = worldOf(2);
  await world.settle();
  const { fileId } = world.lake.put('gone');
  await world.settle();
  world.lake.pass(MINUTE);
  world.lake.reindex(fileId, { deleted: true });
  expect(await world.settle()).toMatchObject({ deleted: 1, retrieved: 0 });
  expect(world.file('gone')).toMatchObject({ status: 'deleted', loaded_file_id: fileId });
  world.lake.pass(MINUTE);
  world.lake.reindex(fileId, { deleted: false });
  await world.settle();
  world.expectTruth();
});

test('what databases cannot hold does not hold up a sync', async () => {
  const world = new World();
  world.lake.put('nul', { content: '{"a\\u0000":"\\ud800"}', metadata: { 'b\0': 'c\uD800' } });
  expect(await world.settle()).toMatchObject({ loaded: 1, failed: 0 });
  expect([...world.documents().values()]).toEqual(['{"a\\ufffd":"\\ufffd"}']);
  expect(JSON.parse(String(world.file()['metadata']))).toEqual({ 'b\uFFFD': 'c\uFFFD' });
});

test('since bounds the beginning, and every query has the filter in it', async () => {
  const world = worldOf(10);
  const sinceMs = world.lake.nowMs - 5 * MINUTE;
  const filter = [{ term: { category: 'IDS' } }];
  expect(await world.settle({ sinceMs, filter })).toMatchObject({ loaded: 5 });
  expect(await world.settle({ sinceMs, filter })).toMatchObject({ loaded: 0, outcome: 'complete' });
  const withoutFilter = ({ query }: { query: FileQuery }): boolean => query.filter !== filter;
  expect(world.lake.searches.filter(withoutFilter)).toEqual([]);
});
