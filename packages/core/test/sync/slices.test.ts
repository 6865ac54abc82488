import { setImmediate as nextTurn } from 'node:timers/promises';
import { lineConflict, stateConflict } from '@tdp-sync/sink';
import { expect, test } from 'vitest';
import * as core from '../../src/index.ts';
import { fenceSlices } from '../../src/position/fence.ts';
import { autoTransform } from '../../src/transform/auto/auto.ts';
import { MINUTE } from '../world.ts';
import { backlog, Dice, SCENARIOS, standstill, transform } from './crew.ts';

// A quarter of the worlds; the system suite tries all of them.
test.each(SCENARIOS)(
  '$name',
  async ({ seeds, run }) => {
    for (let seed = 0; seed < seeds / 4; seed += 1) await run(core, new Dice(seed));
  },
  240_000,
);

test('a backlog of fewer files than two slices is not cut', async () => {
  const world = backlog(new Dice(5), 10);
  const options = await world.options({ transform });
  const report = await core.syncSlices({ ...options, source: world.lake, sliceFiles: 8 });
  expect(report).toMatchObject({ outcome: 'complete', loaded: 0, commits: 0 });
  expect(world.database.content.states.size).toBe(0);
});

test('slices wait while the rows of the sync are yet to be made anew', async () => {
  const world = backlog(new Dice(6), 30);
  await standstill(core, world);
  const other = autoTransform({ fallbackName: 'lab', uuids: false });
  const options = await world.options({ transform: other });
  await expect(core.syncSlices({ ...options, source: world.lake })).rejects.toMatchObject({
    code: 'SLICES_OUTDATED',
  });
});

test('a run leaves slices to those who are at work on them, and brings them in when nobody is for ten minutes', async () => {
  const world = backlog(new Dice(7), 30);
  await standstill(core, world);
  const left = await core.sync(await world.options({ transform }));
  expect(left).toMatchObject({ outcome: 'complete', watermarkMs: undefined });
  expect(left.slicesLeft).toBeGreaterThan(1);
  world.lake.pass(9 * MINUTE);
  const still = await core.sync(await world.options({ transform }));
  expect(still).toMatchObject({ slicesLeft: left.slicesLeft });
  world.lake.pass(2 * MINUTE);
  const taken = await core.sync(await world.options({ transform }));
  expect(taken).toMatchObject({ slicesLeft: 0, watermarkMs: world.lake.nowMs - MINUTE });
});

test('a worker says how many slices of its share are left, and of all', async () => {
  const world = backlog(new Dice(8), 40);
  const options = { ...(await world.options({ transform })), source: world.lake, sliceFiles: 6 };
  const first = await core.syncSlices({ ...options, share: { index: 1, of: 2 } });
  expect(first).toMatchObject({ shareLeft: 0, watermarkMs: undefined });
  expect(first.slicesLeft).toBeGreaterThan(2);
  const second = await core.syncSlices({ ...options, share: { index: 0, of: 2 } });
  expect(second).toMatchObject({ shareLeft: 0, slicesLeft: 0 });
});

test('a worker that is said to be overtaken each time does not try for ever', async () => {
  const world = backlog(new Dice(9), 30);
  const sink = await world.sink();
  sink.beforeCommit = (count) => {
    // The plan and the slice's state are let through.
    if (count > 2) throw lineConflict('lab');
  };
  const options = await world.options({ transform, sink });
  const working = core.syncSlices({ ...options, source: world.lake, sliceFiles: 8 });
  await expect(working).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
  expect(sink.commits).toBeGreaterThan(100);
});

test('the slices of a worker that is faster each time are not taken from it for ever', async () => {
  const world = backlog(new Dice(10), 30);
  await standstill(core, world);
  const { state } = world;
  const sink = await world.sink();
  sink.beforeCommit = () => {
    throw stateConflict('lab');
  };
  const fencing = fenceSlices(sink, 'lab', state.slices ?? raise(), state);
  await expect(fencing).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
});

function raise(): never {
  throw new Error('there are no slices');
}

test('each worker has as many slices as the others, and tells of all that it has brought in, though they meet', async () => {
  const world = backlog(new Dice(12), 60);
  const of = 4;
  const reports = await Promise.all(
    Array.from({ length: of }, async (_, index) => {
      const sink = await world.sink();
      sink.beforeCommit = () => nextTurn();
      const options = await world.options({ transform, sink });
      const share = { index, of };
      return core.syncSlices({ ...options, source: world.lake, sliceFiles: 7, share });
    }),
  );
  const cut = world.events.flatMap((event) => (event.type === 'backlog-cut' ? event.slices : []));
  expect(cut).toEqual([8]);
  const loaded = reports.map((report) => report.loaded);
  expect(Math.min(...loaded)).toBeGreaterThan(0);
  expect(loaded.reduce((sum, count) => sum + count)).toBe(world.lake.retrieved.length);
});

test('where the sync stands is read once by a worker that brings nothing in', async () => {
  const world = backlog(new Dice(11), 10);
  const sink = await world.sink();
  let reads = 0;
  const readState = sink.readState.bind(sink);
  sink.readState = (name) => {
    if (name === 'lab') reads += 1;
    return readState(name);
  };
  const options = await world.options({ transform, sink });
  await core.syncSlices({ ...options, source: world.lake, sliceFiles: 8 });
  expect(reads).toBe(1);
});
