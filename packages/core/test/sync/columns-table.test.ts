import { SinkError } from '@tdp-sync/sink';
import { expect, test } from 'vitest';
import { clearColumns, writeColumns } from '../../src/sync/columns-table.ts';
import { readPosition } from '../../src/sync/read-position.ts';
import { timestampOf } from '../../src/timestamp.ts';
import { autoTransform } from '../../src/transform/auto/auto.ts';
import type { FindSchema } from '../../src/transform/auto/layouts.ts';
import { ColumnPlan } from '../../src/transform/columns/plan.ts';
import { redacting } from '../../src/transform/columns/redacting.ts';
import type { ColumnRules } from '../../src/transform/columns/rules.ts';
import { mappingTransform } from '../../src/transform/mapping/mapping.ts';
import type { Transform } from '../../src/transform/transform.ts';
import { HOUR, World } from '../world.ts';

/** What the table says, by table and column, but for what is asked to be left out. */
function said(world: World, ...without: readonly string[]): Record<string, unknown> {
  const rows = world.database.read('lab_columns').map(({ _file_key, _row, ...row }) => row);
  return Object.fromEntries(
    rows.map(({ table_name: table, column_name: column, ...row }) => [
      `${table}.${column}`,
      Object.fromEntries(
        Object.entries(row).filter(([name, value]) => value !== null && !without.includes(name)),
      ),
    ]),
  );
}

function ruled(rules: ColumnRules, schemas?: FindSchema): Transform {
  const columns = new ColumnPlan(rules, 'a salt for tests only');
  const options = { fallbackName: 'docs', uuids: false, columns };
  return redacting(
    autoTransform(schemas === undefined ? options : { ...options, schemas }),
    columns,
  );
}

async function synced(world: World, transform: Transform): Promise<void> {
  await world.settle({ transform });
  await writeColumns(await world.sink(), 'lab', transform);
}

const put = (world: World, document: object, path = 'f'): unknown =>
  world.lake.put(path, { content: JSON.stringify(document) });

test('each column says which place it holds, and what is done to it', async () => {
  const world = new World();
  const long = 'k'.repeat(130);
  put(world, { run: { name: 'r', by: 'J' }, users: [{ pin: 1 }], x: 1, X: 2, [long]: 3 });
  const cubes = [{ measures: [{ value: [1] }], dimensions: [{ scale: [1] }] }];
  put(world, { x: 'n.d.', datacubes: cubes }, 'g');
  const transform = ruled({
    'run.name': { rename: 'title' },
    'run.by': 'hash',
    users: 'hash',
    gone: 'drop',
  });
  await synced(world, transform);
  const table = 'cell_counter_v8';
  const columns = said(world, 'since', 'description');
  expect(columns).toMatchObject({
    [`${table}_root.title`]: {
      ...{ path: 'run.name', type: 'string', holds: 'value', original_name: 'run_name' },
    },
    [`${table}_root.run_by`]: { path: 'run.by', type: 'string', treatment: 'hash' },
    [`${table}_users._parent_row`]: { type: 'int64', holds: 'value' },
    [`${table}_users.pin`]: { path: 'users[].pin', type: 'string', treatment: 'hash' },
    [`${table}_root.x`]: { path: 'x', type: 'float64', holds: 'value' },
    [`${table}_root.x__text`]: { path: 'x', type: 'string', holds: 'text' },
    [`${table}_datacubes_data.dimension_0_value`]: { path: 'datacubes[].dimensions[0].scale[]' },
    [`${table}_datacubes_data.measure_0_value`]: { path: 'datacubes[].measures[0].value[]' },
  });
  expect(columns[`${table}_users._parent_row`]).not.toHaveProperty('path');
  const cut = Object.values(columns).find((row) => (row as { path?: string }).path === long);
  expect(cut).toMatchObject({ original_name: long });
  const second = Object.entries(columns).find(([, row]) => (row as { path?: string }).path === 'X');
  expect(second?.[0]).toMatch(/_root\.x_[0-9a-f]{6}$/);
  expect(second?.[1]).toMatchObject({ original_name: 'x' });
});

test('a column beside a renamed one says the place in the document, and no other words', async () => {
  const world = new World();
  put(world, { big: 1 });
  put(world, { big: 'n.d.' }, 'g');
  const transform = ruled({ big: { rename: 'LEAK [as] col' }, '*': 'hash' });
  const plain = ruled({ big: { rename: 'LEAK [as] col' } });
  await synced(world, plain);
  await synced(world, transform);
  expect(said(world, 'since', 'type')).toMatchObject({
    'cell_counter_v8_root.LEAK [as] col': { path: 'big', treatment: 'hash' },
    'cell_counter_v8_root.LEAK [as] col__text': { path: 'big', holds: 'text', treatment: 'hash' },
  });
});

test('what somebody has taken out of the table comes back', async () => {
  const world = new World();
  const transform = ruled({});
  put(world, { a: 1 });
  await synced(world, transform);
  const before = said(world);
  const { database } = world;
  const { tables } = database.content;
  const table = tables.get('lab_columns');
  if (table === undefined) throw new TypeError('there is no table of columns');
  const emptied = [...tables].filter(([name]) => name !== 'lab_columns');
  for (const left of [emptied, [...emptied, ['lab_columns', { ...table, rows: new Map() }]]]) {
    database.content = { ...database.content, tables: new Map(left as typeof emptied) };
    expect(said(world)).toEqual({});
    await writeColumns(await world.sink(), 'lab', transform);
    expect(said(world)).toEqual(before);
  }
});

test('what the schema says in words and units is in it, and at the column', async () => {
  const quantity = {
    description: ' How much\n was injected ',
    properties: { value: { type: 'number' }, unit: { const: 'mL' } },
  };
  const schema = {
    properties: {
      volume: quantity,
      area: { type: 'number', title: 'Area', description: 'Below the peak', unit: 'mAU' },
      mixed: { properties: { value: { type: 'number' }, unit: { enum: ['a', 'b', null] } } },
      long: { type: 'string', description: 'x'.repeat(2000) },
    },
  };
  const world = new World();
  put(world, {
    ...{ '@idsType': 't', '@idsNamespace': 'lab', '@idsVersion': 'v1.0.0' },
    ...{ volume: { value: 1, unit: 'mL' }, area: 1, mixed: { value: 1 }, long: 'l' },
  });
  await synced(
    world,
    ruled({}, async () => schema),
  );
  const columns = said(world, 'since', 'type', 'holds', 'path');
  expect(columns).toMatchObject({
    't_v1_root.volume_value': { description: 'How much was injected', unit: 'mL' },
    't_v1_root.area': { description: 'Area: Below the peak', unit: 'mAU' },
    't_v1_root.mixed_value': {},
    't_v1_root.long': { description: `${'x'.repeat(499)}…` },
  });
  expect(columns['t_v1_root.mixed_value']).toEqual({});
  const { catalog } = await readPosition(await world.options({ transform: ruled({}) }));
  const [root] = catalog.all();
  expect(root?.columns.find(({ name }) => name === 'volume_value')?.description).toBe(
    'How much was injected (mL)',
  );
});

test('a column tells since when it is there, and goes on telling it', async () => {
  const world = new World();
  put(world, { a: 1 });
  await synced(world, ruled({}));
  const first = said(world)['cell_counter_v8_root.a'] as Record<string, unknown>;
  world.lake.pass(5 * HOUR);
  const laterMs = world.lake.nowMs;
  put(world, { a: 1, b: 2 });
  await synced(world, ruled({}));
  const columns = said(world);
  expect(columns['cell_counter_v8_root.a']).toEqual(first);
  const since = (columns['cell_counter_v8_root.b'] as Record<string, unknown>)['since'];
  expect(String(since) > String(timestampOf(laterMs))).toBe(true);
  expect(String(first['since']) < String(timestampOf(laterMs))).toBe(true);
});

test('rules that come later are told of the columns that are there', async () => {
  const world = new World();
  put(world, { a: 1, b: { c: 2 } });
  await synced(world, ruled({}));
  await synced(world, ruled({ a: 'drop', b: 'hash' }));
  expect(said(world, 'since')).toMatchObject({
    'cell_counter_v8_root.a': { treatment: 'drop' },
    'cell_counter_v8_root.b_c': { treatment: 'hash' },
  });
});

test('columns of a mapping say where their values come from, and follow a changed path', async () => {
  const world = new World();
  put(world, { name: 'n', runs: [{ meta: 1, peaks: [{ area: 1 }] }] });
  const peaks = (area: string) =>
    mappingTransform({
      peaks: {
        rows: 'runs[].peaks[]',
        columns: {
          ...{ area, run: '^."meta" as int64', name: '$.name', source: 'meta.source_name' },
          ...{ at: '# as int64', all: '. as json', site: { value: 'here' } },
        },
      },
    });
  await synced(world, peaks('area as float64'));
  expect(said(world, 'since', 'type', 'holds')).toEqual({
    'peaks.area': { path: 'runs[].peaks[].area' },
    'peaks.run': { path: 'runs[].meta' },
    'peaks.name': { path: 'name' },
    'peaks.source': { path: 'meta.source_name' },
    'peaks.at': { path: '#' },
    'peaks.all': { path: 'runs[].peaks[]' },
    'peaks.site': {},
  });
  await synced(world, peaks('height as float64'));
  expect(said(world, 'since', 'type', 'holds')).toMatchObject({
    'peaks.area': { path: 'runs[].peaks[].height' },
  });
});

test('nothing new writes nothing; what a crash has left out comes with the next time', async () => {
  const world = new World();
  const transform = ruled({});
  put(world, { a: 1 });
  await synced(world, transform);
  const commits = async (work: (sink: Awaited<ReturnType<World['sink']>>) => Promise<void>) => {
    const sink = await world.sink();
    await work(sink).catch(() => undefined);
    return sink.commits;
  };
  expect(await commits((sink) => writeColumns(sink, 'lab', transform))).toBe(0);
  world.lake.pass(HOUR);
  put(world, { a: 1, b: [{ c: 1 }] });
  await world.settle({ transform });
  await commits(async (sink) => {
    sink.beforeCommit = () => {
      throw new Error('killed');
    };
    await writeColumns(sink, 'lab', transform);
  });
  expect(said(world)).not.toHaveProperty('cell_counter_v8_b.c');
  expect(await commits((sink) => writeColumns(sink, 'lab', transform))).toBe(1);
  expect(said(world)).toHaveProperty(['cell_counter_v8_b.c']);
  await clearColumns(await world.sink(), 'lab');
  expect(await commits((sink) => writeColumns(sink, 'lab', transform))).toBe(1);
  expect(Object.keys(said(world))).toHaveLength(world.database.read('lab_columns').length);
});

test('two that write at once both end with what there is', async () => {
  const world = new World();
  const transform = ruled({});
  put(world, { a: 1 });
  await world.settle({ transform });
  const sink = await world.sink();
  let others = 0;
  sink.beforeCommit = async () => {
    others += 1;
    if (others === 1) await writeColumns(await world.sink(), 'lab', ruled({ a: 'hash' }));
  };
  await writeColumns(sink, 'lab', transform);
  expect(said(world, 'since')).toMatchObject({ 'cell_counter_v8_root.a': { type: 'float64' } });
  sink.beforeCommit = () => {
    throw new SinkError('SINK_FAILED', 'broken');
  };
  await expect(writeColumns(sink, 'lab', ruled({ a: 'drop' }))).rejects.toThrow('broken');
});
