import { expect, test } from 'vitest';
import { SyncError } from '../../src/errors.ts';
import { upgradedOrder } from '../../src/position/first-orders.ts';
import { sweep } from '../../src/sync/sweep.ts';
import { HOUR, World } from '../world.ts';

const PRESENT = /^100(.{9}~.{9}~.{36}~.{3})(.{6}~.{7}~.{10})(.{3}~.*)$/;

/** An order of the first epoch as the first version wrote it, for a file that had come back so often. */
function firstForm(order: string, comebacks = '00'): string {
  const [, stamp, rank, rest] = PRESENT.exec(order) ?? [];
  if (stamp === undefined) throw new Error(`${order} is not of the first epoch`);
  return `${stamp}${comebacks}${rank}~${rest}`;
}

class OldWorld extends World {
  get orders(): readonly string[] {
    const lines = [...(this.database.content.ledgers.get('lab')?.values() ?? [])];
    return lines.map(({ order }) => order).sort();
  }

  /** Makes ledger and position what the first version would have left. */
  age(comebacks?: string): void {
    const { content } = this.database;
    const lines = [...(content.ledgers.get('lab') ?? [])].map(
      ([key, line]) => [key, { ...line, order: firstForm(line.order, comebacks) }] as const,
    );
    const { epochs: _, ...state } = JSON.parse(content.states.get('lab') ?? '');
    this.database.content = {
      ...content,
      ledgers: new Map(content.ledgers).set('lab', new Map(lines)),
      states: new Map(content.states).set('lab', JSON.stringify(state)),
    };
  }
}

/** Files that are loaded, one that failed and one that was deleted. */
async function ofEveryKind(): Promise<OldWorld> {
  const world = new OldWorld();
  for (const path of ['a', 'b', 'gone']) world.lake.put(path);
  world.lake.put('bad', { content: 'no JSON' });
  await world.settle();
  world.lake.drop(String(world.file('gone')['file_id']));
  for (let round = 0; round < 2; round += 1) await sweep(await world.options());
  return world;
}

test.each(['00', '02', 'zz'])(
  'orders of the first version are written in the present form by the first run, without a download (comebacks: %s)',
  async (comebacks) => {
    const world = await ofEveryKind();
    const [orders, files, documents] = [world.orders, world.files(), world.documents()];
    world.age(comebacks);
    expect(world.orders).not.toEqual(orders);
    expect(await world.settle()).toMatchObject({ outcome: 'complete', retrieved: 0, staged: 4 });
    expect(world.orders).toEqual(orders);
    expect(world.files()).toEqual(files);
    expect(world.documents()).toEqual(documents);
    expect(world.state.hasEpochs).toBe(true);
    // It is done once.
    expect(await world.settle()).toMatchObject({ retrieved: 0, staged: 0 });
  },
);

test('what was upgraded gives way to a new version, and to an earlier one that TDP goes back to', async () => {
  const world = new OldWorld();
  world.lake.put('a');
  world.lake.put('b');
  await world.settle();
  world.age();
  const first = world.lake.drop(String(world.file('a')['file_id']));
  world.lake.pass(HOUR);
  world.lake.put('a');
  expect(await world.settle()).toMatchObject({ loaded: 1 });
  world.expectTruth();
  world.age();
  world.lake.drop(String(world.file('a')['file_id']));
  world.lake.restore(first);
  expect(await sweep(await world.options())).toMatchObject({ wentBack: 1 });
  world.expectTruth();
});

test('an upgrade of many lines is whole, and one that breaks off is taken up by the next run', async () => {
  const world = new OldWorld();
  for (let file = 0; file < 5200; file += 1) world.lake.put(`f${file}`, { category: 'RAW' });
  await world.settle();
  const { orders } = world;
  world.age();
  expect(await world.settle()).toMatchObject({ loaded: 0, staged: 5200 });
  expect(world.orders).toEqual(orders);
  world.age();
  const sink = await world.sink();
  sink.beforeCommit = (count) => {
    if (count === 2) throw new SyncError('SOURCE_UNAVAILABLE', 'broken off');
  };
  await expect(world.settle({ sink })).rejects.toThrow('broken off');
  expect(world.orders.filter((order) => PRESENT.test(order))).toHaveLength(5000);
  expect(world.state.hasEpochs).toBe(false);
  expect(await world.settle()).toMatchObject({ loaded: 0, staged: 200 });
  expect(world.orders).toEqual(orders);
  expect(world.state.hasEpochs).toBe(true);
});

test('what is no order of the first version is left as it is', async () => {
  const world = await ofEveryKind();
  const [order = ''] = world.orders;
  for (const other of [order, '', 'by hand', firstForm(order).slice(1)])
    expect(upgradedOrder(other)).toBeUndefined();
});
