import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { SyncError } from '../../src/errors.ts';
import { clearSync } from '../../src/position/clear.ts';
import { sweep } from '../../src/sync/sweep.ts';
import { rebuild, retry } from '../../src/sync/sync.ts';
import { autoTransform } from '../../src/transform/auto/auto.ts';
import { ColumnPlan } from '../../src/transform/columns/plan.ts';
import { redacting } from '../../src/transform/columns/redacting.ts';
import type { ColumnRules } from '../../src/transform/columns/rules.ts';
import type { Transform } from '../../src/transform/transform.ts';
import { HOUR, World } from '../world.ts';

const SALT = 'a salt for tests only';
const hashed = (text: string): string => createHmac('sha256', SALT).update(text).digest('hex');

/** Tables with these rules, and whole documents beside them. A prefix makes it another mapping. */
function ruled(rules: ColumnRules, prefix = ''): Transform {
  const columns = new ColumnPlan(rules, SALT);
  const auto = { fallbackName: 'docs', uuids: false, keepDocument: 'lab', columns, prefix };
  return redacting(autoTransform(auto), columns);
}

/** A world in which one file was loaded by these rules, and is older than what the windows of a run show. */
async function loaded(rules: ColumnRules): Promise<World> {
  const world = new World();
  world.lake.put('f', { content: JSON.stringify({ who: 'Jane', pin: 17 }) });
  await world.settle({ transform: ruled(rules) });
  world.lake.pass(5 * HOUR);
  await world.settle({ transform: ruled(rules) });
  return world;
}

/** The document that is kept, and the row beside it in the table of this prefix. */
function held(world: World, prefix = ''): unknown {
  const [document] = world.documents().values();
  const [{ _file_key, _row, ...row } = {}] = world.database.read(`${prefix}cell_counter_v8_root`);
  return { document: JSON.parse(String(document)), row };
}

test('of what was kept without rules, rows with rules are made, with nothing asked of TDP', async () => {
  const world = await loaded({});
  const transform = ruled({ who: 'hash', pin: 'drop' });
  expect(await world.settle({ transform })).toMatchObject({ retrieved: 0, staged: 1 });
  expect(held(world)).toEqual({
    document: { who: hashed('Jane') },
    row: { who: hashed('Jane'), pin: null },
  });
});

test('another mapping with the same rules hashes nothing twice, and asks TDP for nothing', async () => {
  const rules = { who: 'hash' } as const;
  const world = await loaded(rules);
  const transform = ruled(rules, 'new_');
  expect(await world.settle({ transform })).toMatchObject({ retrieved: 0, staged: 1 });
  const expected = { who: hashed('Jane'), pin: 17 };
  expect(held(world, 'new_')).toEqual({ document: expected, row: expected });
});

test.each([
  ['fewer', {}, { who: 'Jane', pin: 17 }],
  ['other', { pin: 'hash' }, { who: 'Jane', pin: hashed('17') }],
  ['more', { who: 'hash', pin: 'hash' }, { who: hashed('Jane'), pin: hashed('17') }],
] as const)(
  'with %s rules than the kept document was made by, TDP is asked again',
  async (_, rules, expected) => {
    const world = await loaded({ who: 'hash' });
    const transform = ruled(rules, 'new_');
    expect(await world.settle({ transform })).toMatchObject({ retrieved: 1, staged: 1 });
    expect(held(world, 'new_')).toEqual({ document: expected, row: expected });
    // What is kept now follows the rules of now.
    const again = ruled(rules, 'newer_');
    expect(await world.settle({ transform: again })).toMatchObject({ retrieved: 0, staged: 1 });
    expect(held(world, 'newer_')).toEqual({ document: expected, row: expected });
  },
);

test('a rebuild that was broken off under other rules takes no document of before', async () => {
  const world = await loaded({ who: 'hash' });
  world.lake.ill = () => new Error('not now');
  const broken = world.settle({ transform: ruled({ pin: 'hash' }, 'new_') });
  await expect(broken).rejects.toThrow('not now');
  world.lake.ill = () => undefined;
  const transform = ruled({ pin: 'hash' }, 'newer_');
  expect(await world.settle({ transform })).toMatchObject({ retrieved: 1 });
  const expected = { who: 'Jane', pin: hashed('17') };
  expect(held(world, 'newer_')).toEqual({ document: expected, row: expected });
});

test('a file that TDP does not show any more is made anew of what was kept without rules', async () => {
  const world = await loaded({});
  world.lake.reindex(String(world.file()['file_id']), { deleted: true });
  await world.settle({ transform: ruled({}) });
  expect(world.file()).toMatchObject({ status: 'deleted' });
  const rules = ruled({ who: 'drop' });
  expect(await world.settle({ transform: rules })).toMatchObject({ retrieved: 0 });
  expect(held(world)).toEqual({ document: { pin: 17 }, row: { who: null, pin: 17 } });
});

/** What a run under these rules says is left in the database of what they keep out. */
async function left(world: World, rules: ColumnRules): Promise<readonly unknown[]> {
  world.events.length = 0;
  await world.settle({ transform: ruled(rules) });
  return world.events.filter(({ type }) => type === 'redaction-left');
}

test('what rules have come too late for is told: files that are gone, and those that fail now', async () => {
  const world = await loaded({ who: 'hash' });
  world.lake.put('gone', { content: '{"pin":1}' });
  await world.settle({ transform: ruled({ who: 'hash' }) });
  const gone = world.file('gone')['file_id'];
  world.lake.reindex(String(gone), { deleted: true });
  await world.settle({ transform: ruled({ who: 'hash' }) });
  world.lake.pass(5 * HOUR);
  await world.settle({ transform: ruled({ who: 'hash' }) });
  world.lake.ill = () => new SyncError('FILE_NOT_FOUND', 'not there');
  expect(await left(world, { pin: 'drop' })).toEqual([
    { type: 'redaction-left', sync: 'lab', files: 2 },
  ]);
  world.lake.ill = () => undefined;
  await retry(await world.options({ transform: ruled({ pin: 'drop' }) }));
  expect(await left(world, { pin: 'drop', who: 'drop' })).toMatchObject([{ files: 1 }]);
});

test('where all rows follow the rules, or there are none, nothing is told', async () => {
  const world = await loaded({});
  expect(await left(world, { who: 'drop' })).toEqual([]);
  world.lake.reindex(String(world.file()['file_id']), { deleted: true });
  await world.settle({ transform: ruled({ who: 'drop' }) });
  world.lake.pass(5 * HOUR);
  // Its rows stay as they were made, and nothing is to be kept out by now.
  expect(await left(world, {})).toEqual([]);
  expect(held(world)).toEqual({ document: { pin: 17 }, row: { who: null, pin: 17 } });
});

/** Files that cannot be had any more: one that TDP shows no longer, one that it flags, and one that its storage refuses; a fourth is well. */
async function lost(rules: ColumnRules): Promise<World> {
  const world = await loaded(rules);
  for (const path of ['gone', 'flagged', 'ill'])
    world.lake.put(path, { content: JSON.stringify({ who: path }) });
  await world.settle({ transform: ruled(rules) });
  world.lake.reindex(String(world.file('flagged')['file_id']), { deleted: true });
  world.lake.drop(String(world.file('gone')['file_id']));
  const ill = world.file('ill')['file_id'];
  world.lake.ill = ({ fileId }) =>
    fileId === ill ? new SyncError('FILE_NOT_FOUND', 'not there') : undefined;
  return world;
}

test('after a reset, too, it is told of which files there are rows of before the rules, as long as it is so', async () => {
  const world = await lost({});
  await clearSync(await world.sink(), 'lab');
  const rules = { who: 'drop' } as const;
  expect(await left(world, rules)).toMatchObject([{ files: 3 }]);
  expect(await left(world, rules)).toEqual([]);
  expect(await world.run({ transform: ruled(rules) })).toMatchObject({ unredacted: 3, loaded: 0 });
  const options = await world.options({ transform: ruled(rules) });
  // What the sweep takes over is of before, too, and no document of it passes for one by these rules.
  await sweep(options);
  const again = await world.options({ transform: ruled(rules, 'new_') });
  expect(await rebuild(again)).toMatchObject({ unredacted: 3, olderRows: 2 });
  expect(world.database.read('new_cell_counter_v8_root')).toHaveLength(1);
  world.lake.ill = () => undefined;
  expect(await retry(again)).toMatchObject({ unredacted: 2 });
});

test('with nothing lost, a reset leaves nothing that would have to be told', async () => {
  const world = await loaded({});
  await clearSync(await world.sink(), 'lab');
  expect(await left(world, { who: 'drop' })).toEqual([]);
  const options = await world.options({ transform: ruled({ who: 'drop' }) });
  expect(await rebuild(options)).toMatchObject({ unredacted: 0, olderRows: 0 });
  expect(await world.run({ transform: ruled({}) })).toMatchObject({ unredacted: undefined });
});

test('a file that fails by a later version, with rows by the rules, is none that they have come too late for', async () => {
  const world = await lost({});
  world.lake.ill = () => undefined;
  const rules = { who: 'drop' } as const;
  expect(await left(world, rules)).toEqual([]);
  world.lake.put('ill', { content: '{"who":"x"}' });
  world.lake.ill = () => new SyncError('FILE_NOT_FOUND', 'not there');
  await world.settle({ transform: ruled(rules) });
  expect(world.file('ill')).toMatchObject({ status: 'failed' });
  world.lake.ill = () => undefined;
  world.lake.put('new', { content: '{}' });
  expect(await left(world, rules)).toEqual([]);
});
