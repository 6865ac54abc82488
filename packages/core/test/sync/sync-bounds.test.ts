import { expect, test } from 'vitest';
import { sweep } from '../../src/sync/sweep.ts';
import { documentTransform } from '../../src/transform/document.ts';
import type { Transform } from '../../src/transform/transform.ts';
import { MINUTE, World } from '../world.ts';

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

test('large files are not retrieved many at once; files without content do not count', async () => {
  const world = new World();
  for (let file = 0; file < 20; file += 1) {
    world.lake.put(`large${file}`, { size: 10_000_000 });
    world.lake.put(`raw${file}`, { size: 40_000_000_000, category: 'RAW' });
  }
  let running = 0;
  let most = 0;
  world.lake.onRetrieve = async () => {
    running += 1;
    most = Math.max(most, running);
    await turns(2);
    running -= 1;
  };
  await world.settle();
  world.expectTruth();
  expect(most).toBe(2);
});

test('files that turn out to be large are not unpacked many at once, whatever their size says', async () => {
  const world = new World();
  for (let file = 0; file < 20; file += 1) world.lake.put(`small${file}`, { size: 10 });
  let unpacking = 0;
  let most = 0;
  let waited = 0;
  world.lake.onRetrieve = async (_hit, _signal, hold) => {
    const room = hold?.(1000);
    waited += room === undefined ? 0 : 1;
    await room;
    unpacking += 1;
    most = Math.max(most, unpacking);
    await turns(2);
    unpacking -= 1;
  };
  await world.settle({ aheadBytes: 1500 });
  world.expectTruth();
  // One that has found room, and the first in order.
  expect(most).toBeLessThanOrEqual(2);
  expect(waited).toBeGreaterThan(5);
});

/** Each file becomes so many rows in two tables of its own. */
function manyTables(rows: number): Transform {
  return {
    fingerprint: 'many',
    readsAttributes: false,
    declared: [],
    extract: async ({ fileId }) => ({
      layout: fileId,
      tables: ['a', 'b'].map((part) => ({
        path: `${fileId}.${part}`,
        name: `t_${fileId.replaceAll(/\W/g, '_')}_${part}`,
        columns: [{ path: 'n', name: 'n', type: 'int64', unfit: 0 }],
        rows: Array.from({ length: rows }, (_, n) => [BigInt(n)]),
      })),
    }),
  };
}

test('no table gets more columns than its rows have room for; what is beyond is kept all the same', async () => {
  const world = new World();
  world.lake.put('wide');
  const columns = Array.from({ length: 700 }, (_, n) => ({
    ...({ path: `c${n}`, name: `c${n}`, type: 'string', unfit: 0 } as const),
  }));
  const wide: Transform = {
    ...manyTables(0),
    extract: async () => ({
      layout: 'wide',
      tables: [{ path: 'wide', name: 'wide', columns, rows: [columns.map(({ name }) => name)] }],
    }),
  };
  const sink = await world.sink();
  sink.rowRoom = { total: 7_000, of: { ...sink.rowRoom.of, string: 26, json: 26 } };
  const { failed } = await world.settle({ sink, transform: wide });
  expect(failed).toBe(0);
  const table = world.database.content.tables.get('wide');
  expect(table?.columns).toHaveLength(269);
  const [[row = []] = []] = [...(table?.rows.values() ?? [])];
  expect(Object.keys(JSON.parse(String(row.at(-1))))).toHaveLength(700 - 268);
});

test('no load names more tables than the database takes', async () => {
  const world = new World();
  for (let file = 0; file < 9; file += 1) world.lake.put(`f${file}`);
  const sink = await world.sink();
  sink.tablesPerLoad = 7;
  expect(await world.settle({ sink, transform: manyTables(1) })).toMatchObject({ loaded: 9 });
  // Three files with two tables each, and the files table; at last the window is closed.
  expect(sink.named).toEqual([7, 7, 7, 1]);
});

/** Kinds of files by turns, each of them one row in a table of its own that is so wide. */
function kinds(count: number, width: number): Transform {
  const columns = Array.from({ length: width }, (_, at) => {
    const name = `c${at}`;
    return { path: name, name, type: 'string', unfit: 0 } as const;
  });
  return {
    fingerprint: 'kinds',
    readsAttributes: false,
    declared: [],
    extract: async ({ path = '' }, content) => {
      const name = `kind_${Number(path.slice(1)) % count}`;
      const text = content.toString();
      return {
        layout: name,
        tables: [{ path: name, name, columns, rows: [columns.map(() => text)] }],
      };
    },
  };
}

test('kinds of files that come by turns share loads, each within the columns that one may have', async () => {
  const world = new World();
  for (let file = 0; file < 60; file += 1) world.lake.put(`f${file}`);
  const sink = await world.sink();
  const options = { sink, transform: kinds(6, 10), batch: { columns: 25 } };
  expect(await world.settle(options)).toMatchObject({ loaded: 60, commits: 4 });
  // Two kinds of files, and the files table; at last the window is closed.
  expect(sink.named).toEqual([3, 3, 3, 1]);
});

test('the position moves with the last load of a batch, so that a crash between them skips nothing', async () => {
  const world = new World();
  for (let file = 0; file < 60; file += 1) world.lake.put(`f${file}`);
  const options = { transform: kinds(6, 10), batch: { columns: 25 } };
  const dying = await world.sink();
  dying.afterCommit = (count) => {
    if (count === 2) throw new Error('killed');
  };
  await expect(world.settle({ ...options, sink: dying })).rejects.toThrow('killed');
  expect(world.files()).toHaveLength(40);
  expect(world.state).toMatchObject({ watermarkMs: undefined, open: undefined });
  // What is there is not retrieved again.
  expect(await world.settle(options)).toMatchObject({ loaded: 20, retrieved: 20 });
  expect(world.files()).toHaveLength(60);
});

test('what takes rows away is committed in loads that the database takes, too', async () => {
  const world = new World();
  const hits = Array.from({ length: 9 }, (_, file) => world.lake.put(`f${file}`));
  const options = { transform: manyTables(1), deletes: 'remove' as const };
  await world.settle(options);
  for (const { fileId } of hits) world.lake.drop(fileId);
  for (const expected of [{ missing: 9 }, { vanished: 9 }]) {
    const sink = await world.sink();
    sink.tablesPerLoad = 7;
    world.lake.pass(2 * MINUTE);
    expect(await sweep({ ...(await world.options(options)), sink })).toMatchObject(expected);
    expect(Math.max(...sink.named)).toBeLessThanOrEqual(7);
  }
});

test('a load names no table in which it replaces nothing', async () => {
  const world = new World();
  const hits = Array.from({ length: 9 }, (_, file) => world.lake.put(`f${file}`));
  const sink = await world.sink();
  await world.settle({ sink, transform: manyTables(1) });
  sink.tablesPerLoad = 7;
  sink.named.length = 0;
  for (const { fileId } of hits) world.lake.reindex(fileId, { deleted: true });
  // Their rows are kept, and the files table says that they are deleted.
  expect(await world.settle({ sink, transform: manyTables(1) })).toMatchObject({ deleted: 9 });
  expect(Math.max(...sink.named)).toBe(1);
});

test('a batch is closed when its files have become many rows', async () => {
  const world = new World();
  for (let file = 0; file < 6; file += 1) world.lake.put(`f${file}`);
  const sink = await world.sink();
  const options = { sink, transform: manyTables(5), batch: { rows: 20 } };
  expect(await world.settle(options)).toMatchObject({ loaded: 6 });
  // Two files of ten rows each in every one; at last the window is closed.
  expect(sink.named).toEqual([5, 5, 5, 1]);
});

test('a slow database holds back the retrieval', async () => {
  const world = new World();
  for (let file = 0; file < 3000; file += 1) world.lake.put(`f${file}`);
  world.lake.pass(2 * MINUTE);
  const sink = await world.sink();
  const reached: number[] = [];
  sink.beforeCommit = async (count) => {
    if (count > 2) return;
    await turns(400);
    reached.push(world.lake.retrieved.length - (count - 1) * 10);
  };
  await world.run({ sink, batch: { documents: 20 } });
  // What is committed, what is gathered, what waits in order, and what is on its way between them.
  for (const held of reached) expect(held).toBeLessThanOrEqual(20);
  world.expectTruth();
});

test('one commit is open at a time, and one batch is gathered meanwhile', async () => {
  const world = new World();
  for (let file = 0; file < 60; file += 1) world.lake.put(`f${file}`);
  world.lake.pass(2 * MINUTE);
  const sink = await world.sink();
  let open = 0;
  let overlapped = false;
  sink.beforeCommit = async () => {
    open += 1;
    expect(open).toBe(1);
    const before = world.lake.retrieved.length;
    await turns(10);
    overlapped ||= world.lake.retrieved.length > before;
  };
  sink.afterCommit = () => {
    open -= 1;
  };
  await world.run({ sink, batch: { documents: 20 }, concurrency: () => 2 });
  expect(overlapped).toBe(true);
});

test('the report says how far behind the database is, to the millisecond of the watermark', async () => {
  const world = new World();
  world.lake.put('old');
  world.lake.pass(10 * MINUTE);
  const { nowMs } = world.lake;
  expect(await world.run()).toMatchObject({ behindMs: 0 });
  world.lake.put('at the watermark', { indexedAtMs: nowMs - MINUTE });
  expect(await world.run()).toMatchObject({ behindMs: 1, loaded: 0 });
  world.lake.put('newer', { indexedAtMs: nowMs - MINUTE / 2 });
  expect(await world.run()).toMatchObject({ behindMs: MINUTE / 2 + 1 });
  expect(await world.settle()).toMatchObject({ behindMs: 0, loaded: 2 });
});

test('a mistake in a transform stops the run as it is, and nothing is committed', async () => {
  const world = new World();
  world.lake.put('a');
  const mistake = new TypeError('undefined is not a function');
  const transform = {
    ...documentTransform('lab'),
    extract: () => {
      throw mistake;
    },
  };
  await expect(world.settle({ transform })).rejects.toBe(mistake);
  expect(world.files()).toEqual([]);
});

test('content is retrieved for all files or none, when asked', async () => {
  const world = new World();
  world.lake.put('ids');
  world.lake.put('raw', { category: 'RAW', content: '{"raw":1}' });
  expect(await world.settle({ content: 'none' })).toMatchObject({ retrieved: 0, loaded: 2 });
  expect(world.documents().size).toBe(0);
  expect(await world.settle({ content: 'all' })).toMatchObject({ retrieved: 2, loaded: 2 });
  expect(world.documents().size).toBe(2);
  expect(await world.settle({ content: 'ids' })).toMatchObject({ retrieved: 0, loaded: 2 });
  expect(world.documents().size).toBe(1);
  world.expectTruth();
});
