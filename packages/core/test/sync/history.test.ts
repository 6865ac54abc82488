import { SinkError } from '@tdp-sync/sink';
import { expect, test } from 'vitest';
import { SyncError } from '../../src/errors.ts';
import type { SyncOptions } from '../../src/sync/options.ts';
import { sweep } from '../../src/sync/sweep.ts';
import { rebuild, retry } from '../../src/sync/sync.ts';
import { mappingTransform } from '../../src/transform/mapping/mapping.ts';
import { VerifiedWorld } from '../verify/verified-world.ts';
import { HOUR, MINUTE, World } from '../world.ts';

const history = true;

class Past extends VerifiedWorld {
  /** The changes of the file at this path, in the order of their rows. */
  changes(path = 'f'): readonly unknown[] {
    return this.lines(path).map(({ change }) => change);
  }

  lines(path = 'f'): readonly Readonly<Record<string, unknown>>[] {
    return this.database.read('lab_history').filter((line) => line['path'] === path);
  }

  async sweep(options: Partial<SyncOptions> = {}): Promise<void> {
    this.lake.pass(2 * MINUTE);
    await sweep({ ...(await this.options({ history, ...options })), maxVanishedShare: 1 });
  }
}

test('each version, failure and loss of a file is a line, and what did not change it is none', async () => {
  const world = new Past();
  world.lake.put('f');
  await world.settle({ history });
  await world.settle({ history });
  world.lake.pass(MINUTE);
  const second = world.lake.put('f');
  await world.settle({ history });
  world.lake.relabel(second.fileId, [{ name: 'a', value: 'b' }]);
  await world.sweep();
  world.lake.pass(MINUTE);
  world.lake.reindex(second.fileId);
  await world.settle({ history });
  const gone = world.lake.drop(second.fileId);
  await world.sweep();
  await world.sweep();
  world.lake.restore(gone);
  await world.sweep();
  expect(world.changes()).toEqual([
    ...['loaded', 'updated', 'attributes', 'reindexed'],
    ...['missing', 'deleted', 'restored'],
  ]);
  expect(world.lines().map(({ status }) => status)).toEqual([
    ...['loaded', 'loaded', 'loaded', 'loaded'],
    ...['loaded', 'deleted', 'loaded'],
  ]);
  expect(await world.verify({ history })).toMatchObject({ outcome: 'equal' });
});

test('a line says what the files table says, when, and by which run', async () => {
  const world = new Past();
  const { fileId, path, bucket, checksum } = world.lake.put('f');
  await world.settle({ history });
  const { run } = world.state;
  const file = world.file();
  expect(world.lines()).toMatchObject([
    {
      ...{ change: 'loaded', status: 'loaded', file_id: fileId, loaded_file_id: fileId, run },
      ...{ path, bucket, checksum: checksum ?? null, size: file['size'], error_code: null },
      ...{ created_at: file['created_at'], indexed_at: file['indexed_at'] },
      changed_at: file['synced_at'],
    },
  ]);
});

test('a file that fails again and again has one line for that, and one when it is loaded', async () => {
  const world = new Past();
  world.lake.put('f');
  world.lake.put('good');
  world.lake.ill = ({ path }) =>
    path === 'f' ? new SyncError('ACCESS_DENIED', 'not yours') : undefined;
  await world.settle({ history });
  for (const _ of [1, 2]) {
    world.lake.pass(HOUR);
    await retry(await world.options({ history }));
  }
  expect(world.file('f')).toMatchObject({ status: 'failed', attempts: 3n });
  world.lake.ill = () => undefined;
  await retry(await world.options({ history }));
  expect(world.lines()).toMatchObject([
    { change: 'failed', error_code: 'ACCESS_DENIED', loaded_file_id: null },
    { change: 'loaded', error_code: null },
  ]);
});

test('rows that are made anew are no change of a file, and their history stays', async () => {
  const world = new Past();
  world.lake.put('f');
  await world.settle({ history });
  await rebuild(await world.options({ history }), true);
  expect(world.changes()).toEqual(['loaded']);
  expect(await world.verify({ history })).toMatchObject({ outcome: 'equal' });
});

test('of two versions in one batch only the one that was there has a line', async () => {
  const world = new World();
  world.lake.put('f');
  world.lake.pass(MINUTE);
  const newer = world.lake.put('f', { keepOld: true });
  await world.settle({ history });
  expect(world.database.read('lab_history')).toMatchObject([
    { change: 'loaded', file_id: newer.fileId },
  ]);
});

test('of two versions in two batches each has a line', async () => {
  const world = new World();
  const older = world.lake.put('f', { fileId: '1'.repeat(32) });
  world.lake.pass(MINUTE);
  const newer = world.lake.put('f', { fileId: '2'.repeat(32), keepOld: true });
  await world.settle({ history, batch: { documents: 1 } });
  expect(world.database.read('lab_history')).toMatchObject([
    { change: 'loaded', file_id: older.fileId },
    { change: 'updated', file_id: newer.fileId },
  ]);
});

test('a commit whose answer was lost adds no line twice', async () => {
  const world = new Past();
  world.lake.put('f');
  const sink = await world.sink();
  sink.afterCommit = (count) => {
    if (count === 1) throw new SinkError('SINK_UNAVAILABLE', 'lost', { retryable: true });
  };
  world.lake.pass(2 * MINUTE);
  const run = (): Promise<unknown> => world.run({ history, sink, sinkRetry: { attempts: 1 } });
  await run().catch((error: unknown) => expect(error).toBeInstanceOf(SinkError));
  await world.settle({ history });
  expect(world.changes()).toEqual(['loaded']);
});

test('a history that is begun later begins with what is known, and is whole then', async () => {
  const world = new Past();
  const { fileId } = world.lake.put('f');
  world.lake.put('g');
  await world.settle();
  expect(world.state.hasHistory).toBe(false);
  await world.settle({ history });
  expect([world.changes('f'), world.changes('g')]).toEqual([['known'], ['known']]);
  expect(world.lines()).toMatchObject([{ status: 'loaded', file_id: fileId }]);
  world.lake.put('f');
  await world.settle({ history });
  await world.settle({ history });
  expect([world.changes('f'), world.changes('g')]).toEqual([['known', 'updated'], ['known']]);
  expect(await world.verify({ history })).toMatchObject({ outcome: 'equal' });
});

test('what changed while none was kept is known, too, and only that', async () => {
  const world = new Past();
  world.lake.put('f');
  world.lake.put('g');
  await world.settle({ history });
  const second = world.lake.put('f');
  await world.settle({ history: false });
  await world.settle({ history });
  expect(world.lines('f')).toMatchObject([
    { change: 'loaded' },
    { change: 'known', file_id: second.fileId },
  ]);
  expect(world.changes('g')).toEqual(['loaded']);
});

test('what a sweep noted or found again while none was kept is known, too', async () => {
  const world = new Past();
  const { fileId } = world.lake.put('f');
  world.lake.put('g');
  await world.settle({ history });
  const gone = world.lake.drop(fileId);
  await world.sweep({ history: false });
  await world.settle({ history });
  expect(world.changes()).toEqual(['loaded', 'missing']);
  world.lake.restore(gone);
  await world.sweep({ history: false });
  await world.settle({ history });
  expect(world.changes()).toEqual(['loaded', 'missing', 'known']);
});

test('a beginning that is broken off goes on, and gives no file two lines', async () => {
  const world = new Past();
  for (let file = 0; file < 600; file += 1) world.lake.put(`f${file}`);
  await world.settle();
  const sink = await world.sink();
  sink.beforeCommit = (count) => {
    if (count === 2) throw new SinkError('SINK_UNAVAILABLE', 'gone');
  };
  await expect(world.run({ history, sink })).rejects.toThrow('gone');
  expect(world.database.read('lab_history')).toHaveLength(500);
  await world.settle({ history });
  expect(world.database.read('lab_history')).toHaveLength(600);
});

test('a reset keeps it, and it goes on', async () => {
  const world = new Past();
  world.lake.put('f');
  world.lake.put('left');
  const gone = world.lake.put('gone');
  await world.settle({ history });
  world.lake.drop(gone.fileId);
  await (await world.sink()).clear('lab');
  await world.settle({ history });
  world.lake.put('f');
  await world.settle({ history });
  await world.sweep();
  await world.sweep();
  expect(world.changes('f')).toEqual(['loaded', 'updated']);
  expect(world.changes('left')).toEqual(['loaded']);
  expect(world.changes('gone')).toEqual(['loaded', 'missing', 'deleted']);
  expect(await world.verify({ history })).toMatchObject({ outcome: 'equal' });
});

test('a version that fails before and after a reset leaves the older one loaded, and that is told once', async () => {
  const world = new Past();
  const { fileId } = world.lake.put('f', { content: '{"a":1}' });
  await world.settle({ history });
  const second = world.lake.put('f', { content: '{"a":' });
  await world.settle({ history });
  const before = world.file();
  await (await world.sink()).clear('lab');
  await world.settle({ history });
  expect(before).toMatchObject({ status: 'failed', loaded_file_id: fileId });
  expect(world.file()).toMatchObject({
    ...before,
    synced_at: expect.anything(),
    retry_at: expect.anything(),
  });
  expect(world.lines()).toMatchObject([
    { change: 'loaded', loaded_file_id: fileId },
    { change: 'failed', file_id: second.fileId, loaded_file_id: fileId },
  ]);
  expect(world.documents().size).toBe(1);
  world.lake.put('f', { content: '{"a":2}' });
  await world.settle({ history });
  expect(world.changes()).toEqual(['loaded', 'failed', 'updated']);
  expect([...world.documents().values()]).toEqual(['{"a":2}']);
  expect(await world.verify({ history })).toMatchObject({ outcome: 'equal' });
});

test('that nothing of a failed file is there any more is no new index time', async () => {
  const world = new Past();
  world.lake.put('f');
  await world.settle({ history });
  world.lake.put('f', { content: '{"a":' });
  await world.settle({ history });
  await (await world.sink()).clear('lab');
  const { content } = world.database;
  const files = content.tables.get('lab_files');
  if (files === undefined) throw new Error('no table');
  const none = { ...files, rows: new Map() };
  world.database.content = { ...content, tables: new Map(content.tables).set('lab_files', none) };
  await world.settle({ history });
  expect(
    world
      .lines()
      .map(({ change, loaded_file_id }) => [change, loaded_file_id])
      .at(-1),
  ).toEqual(['failed', null]);
});

test('what a file that has moved leaves is its history, also after a reset', async () => {
  const world = new Past();
  const { fileId } = world.lake.put('f');
  await world.settle({ history });
  world.lake.move(fileId, { path: 'moved' });
  await world.sweep();
  await world.sweep();
  expect(world.lines('f')).toMatchObject([
    { change: 'loaded', status: 'loaded' },
    { change: 'moved', status: 'moved', loaded_file_id: null },
  ]);
  expect(world.changes('moved')).toEqual(['loaded']);
  await (await world.sink()).clear('lab');
  await world.settle({ history });
  await world.sweep();
  expect(world.changes('f')).toEqual(['loaded', 'moved']);
  expect(await world.verify({ history })).toMatchObject({ outcome: 'equal' });
});

test('a history that others have changed is told, and never taken for mended', async () => {
  const world = new Past();
  world.lake.put('f');
  world.lake.put('g');
  await world.settle({ history });
  const { content } = world.database;
  const [table, data] = [content.tables.get('lab_history'), content.tables.get('lab')];
  if (table === undefined || data === undefined) throw new Error('no table');
  const [key] = [...table.rows.keys()];
  const emptied = new Map(table.rows).set(String(key), []);
  const spoiled = new Map(data.rows).set(String(key), []);
  const tables = new Map(content.tables)
    .set('lab_history', { ...table, rows: emptied })
    .set('lab', { ...data, rows: spoiled });
  world.database.content = { ...content, tables };
  const told: string[] = [];
  const seen: unknown[] = [];
  const onDifference = (one: unknown): void => void seen.push(one);
  expect(await world.verify({ history, onDifference })).toMatchObject({ left: 1 });
  expect(seen).toMatchObject([
    { isLasting: true, detail: expect.stringContaining('put these rows back from a backup') },
  ]);
  const repair = {
    history,
    repair: true,
    onDifference: (one: { detail: string }) => void told.push(one.detail),
  };
  for (const _ of [1, 2])
    expect(await world.verify(repair)).toMatchObject({ outcome: 'different', mended: 0, left: 1 });
  expect(told[0]).toContain('lab_history: 1 row was stored, there are 0');
  expect(told[0]).toContain('a history cannot be made anew');
});

test('without it there is no such table', async () => {
  const world = new Past();
  world.lake.put('f');
  await world.settle();
  expect(world.database.content.tables.has('lab_history')).toBe(false);
});

test('long histories are written in several commits, and none is lost', async () => {
  const world = new Past();
  world.lake.put('f');
  world.lake.put('g');
  await world.settle({ history });
  const { content } = world.database;
  const table = content.tables.get('lab_history');
  if (table === undefined) throw new Error('no table');
  const long = new Map(
    [...table.rows].map(([key, [row = []]]) => [key, Array.from({ length: 30_000 }, () => row)]),
  );
  const tables = new Map(content.tables).set('lab_history', { ...table, rows: long });
  world.database.content = { ...content, tables };
  world.lake.put('f');
  world.lake.put('g');
  const sink = await world.sink();
  world.lake.pass(2 * MINUTE);
  await world.run({ history, sink });
  expect([world.lines('f').length, world.lines('g').length]).toEqual([30_001, 30_001]);
  expect(sink.commits).toBe(3);
});

test('a table of data is not taken for the history', async () => {
  const world = new Past();
  world.lake.put('f');
  const transform = mappingTransform({ lab_history: { columns: { path: 'path' } } });
  await world.settle({ transform });
  await expect(world.settle({ transform, history })).rejects.toThrow(
    /lab_history holds data of documents, and the history/,
  );
});
