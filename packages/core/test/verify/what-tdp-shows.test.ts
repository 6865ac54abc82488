import { expect, test } from 'vitest';
import { sweep } from '../../src/sync/sweep.ts';
import { HOUR, MINUTE } from '../world.ts';
import { VerifiedWorld } from './verified-world.ts';

async function settled(count: number): Promise<VerifiedWorld> {
  const world = new VerifiedWorld();
  for (let file = 0; file < count; file += 1) {
    world.lake.put(`f${file}`);
    world.lake.pass(MINUTE);
  }
  await world.settle();
  return world;
}

test('an earlier version that TDP shows again is a difference, and a repair brings it in', async () => {
  const world = await settled(20);
  const first = world.lake.drop(world.idOf('f3'));
  world.lake.pass(HOUR);
  world.lake.put('f3');
  await world.settle();
  world.lake.drop(world.idOf('f3'));
  world.lake.restore(first);
  const name = `earlier ${first?.hit.filePath}`;
  expect(await world.names()).toEqual([name]);
  expect(await world.verify()).toMatchObject({ outcome: 'different', found: { earlier: 1 } });
  expect(await world.names({ repair: true })).toEqual([`${name} mended`]);
  world.expectTruth();
  expect(await world.verify()).toMatchObject({ outcome: 'equal' });
  expect(await world.settle()).toMatchObject({ retrieved: 0, staged: 0 });
  // And the next version takes its place.
  world.lake.pass(HOUR);
  world.lake.put('f3');
  await world.settle();
  world.expectTruth();
});

test('an earlier version of which TDP also shows the later one is none', async () => {
  const world = await settled(5);
  const first = world.lake.drop(world.idOf('f3'));
  world.lake.pass(HOUR);
  world.lake.put('f3');
  await world.settle();
  world.lake.restore(first);
  if (first !== undefined) world.lake.extra.push(first.hit);
  expect(await world.verify({ full: true })).toMatchObject({ outcome: 'equal' });
});

test('files that have moved: those that were brought in at their new keys are named where they were, until a sweep', async () => {
  const world = await settled(30);
  const ids = Array.from({ length: 30 }, (_, file) => world.idOf(`f${file}`));
  world.lake.pass(HOUR);
  for (const id of ids) {
    world.lake.move(id, { bucket: 'another' });
    world.lake.reindex(id);
  }
  await world.settle();
  expect(world.files()).toHaveLength(60);
  const report = await world.verify();
  expect(report).toMatchObject({ outcome: 'different', left: 30, found: { moved: 30 } });
  expect(report.differences[0]?.detail).toBe('TDP shows it at another key now');
  expect(await world.verify({ repair: true })).toMatchObject({ outcome: 'different', left: 30 });
  await sweep(await world.options());
  expect(world.files()).toHaveLength(30);
  world.expectTruth();
  expect(await world.verify()).toMatchObject({ outcome: 'equal' });
});

test('a move without a new stamp is found by looking at every file', async () => {
  const world = await settled(6);
  const ids = ['f1', 'f4'].map((path) => world.idOf(path));
  for (const id of ids) world.lake.move(id, { bucket: 'another' });
  expect((await world.verify({ full: true })).found).toMatchObject({ missing: 2, moved: 0 });
  expect(await world.verify({ full: true, repair: true })).toMatchObject({
    ...{ outcome: 'different', mended: 2, left: 2, found: { missing: 2, moved: 2 } },
  });
  await sweep(await world.options());
  world.expectTruth();
  expect(world.files()).toHaveLength(6);
  expect(await world.verify({ full: true })).toMatchObject({ outcome: 'equal' });
});

test.each(['mark', 'remove', 'ignore'] as const)(
  'files that the filter does not match any more are named until a sweep has settled them (deletes: %s)',
  async (deletes) => {
    const world = await settled(0);
    for (const path of ['a', 'b', 'c']) world.lake.put(path, { metadata: 'kept' });
    const filter = [{ term: { metadata: 'kept' } }];
    await world.settle({ filter, deletes });
    const [one] = world.lake.shown();
    world.lake.reindex(one?.fileId ?? '', { metadata: 'dropped', indexedAt: one?.indexedAt });
    const options = { filter, deletes };
    const isIgnored = deletes === 'ignore';
    const names = isIgnored ? [] : [`unmatched ${one?.filePath}`];
    expect(await world.names(options)).toEqual(names);
    expect(await world.names({ ...options, repair: true })).toEqual(names);
    await sweep({ ...(await world.options()), ...options });
    expect(await world.names(options)).toEqual([]);
    expect(world.file('a')).toMatchObject({ status: isIgnored ? 'loaded' : 'unmatched' });
  },
);

test('a file that one sweep has not found is still shown as loaded by a SELECT, and is named', async () => {
  const world = await settled(20);
  const id = world.idOf('f3');
  world.lake.drop(id);
  await sweep(await world.options());
  expect(world.file('f3')).toMatchObject({ status: 'loaded' });
  expect(await world.names()).toEqual([`vanished /${id}.json`]);
  expect(await world.verify()).toMatchObject({ outcome: 'different', shown: 19, held: 20 });
});
