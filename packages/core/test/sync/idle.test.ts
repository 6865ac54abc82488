import { expect, test } from 'vitest';
import type { SyncOptions } from '../../src/sync/options.ts';
import { sync } from '../../src/sync/sync.ts';
import { HOUR, MINUTE, World } from '../world.ts';

/** A world in step, whose position was stored just now. */
async function settled(): Promise<World> {
  const world = new World();
  for (const path of ['a', 'b']) world.lake.put(path);
  await world.settle();
  return world;
}

/** One run, and how often it has committed. */
async function runOf(
  world: World,
  options: Partial<SyncOptions> = {},
): Promise<{ readonly commits: number; readonly watermarkMs: number | undefined }> {
  const sink = await world.sink();
  const { watermarkMs } = await sync(await world.options({ sink, ...options }));
  return { commits: sink.commits, watermarkMs };
}

test('a run that finds nothing commits nothing, and says all the same how far it has come', async () => {
  const world = await settled();
  const stored = world.state.watermarkMs;
  world.lake.pass(10 * MINUTE);
  const watermarkMs = world.lake.nowMs - MINUTE;
  expect(await runOf(world)).toEqual({ commits: 0, watermarkMs });
  expect(world.state.watermarkMs).toBe(stored);
  const closed = world.events.filter(({ type }) => type === 'window-closed');
  expect(closed.at(-1)).toMatchObject({ isStored: false, window: { toMs: watermarkMs } });
});

test('the position that is stored grows no older than it may', async () => {
  const world = await settled();
  const commits: number[] = [];
  for (let run = 0; run < 13; run += 1) {
    world.lake.pass(5 * MINUTE);
    commits.push((await runOf(world, { idleMs: HOUR })).commits);
  }
  expect(commits).toEqual([...new Array<number>(11).fill(0), 1, 0]);
});

test('with idle 0 every run stores its position', async () => {
  const world = await settled();
  world.lake.pass(MINUTE);
  expect(await runOf(world, { idleMs: 0 })).toMatchObject({ commits: 1 });
  expect(world.state.watermarkMs).toBe(world.lake.nowMs - MINUTE);
});

test('the next run looks at a window that begins where the stored position says', async () => {
  const world = await settled();
  const stored = world.state.watermarkMs ?? 0;
  for (let run = 0; run < 3; run += 1) {
    world.lake.pass(15 * MINUTE);
    await runOf(world, { lookbackMs: MINUTE });
  }
  // Searchable only now, though it is older than what the runs before have looked at.
  world.lake.put('late', { indexedAtMs: stored + MINUTE });
  world.lake.pass(MINUTE);
  expect(await runOf(world, { lookbackMs: MINUTE })).toMatchObject({ commits: 2 });
  expect(world.state.watermarkMs).toBe(world.lake.nowMs - MINUTE);
  world.expectTruth();
});

test('what a run has to remember is stored, however young the position is', async () => {
  const world = await settled();
  world.lake.pass(MINUTE);
  expect(await runOf(world, { schema: 'freeze' })).toMatchObject({ commits: 1 });
  expect(world.state.isFrozen).toBe(true);
  world.lake.pass(MINUTE);
  expect(await runOf(world)).toMatchObject({ commits: 1 });
  expect(world.state.isFrozen).toBe(false);
});

test('where clocks differ, what is known of them is stored by every run', async () => {
  const world = await settled();
  world.lake.date = () => world.lake.nowMs + 2 * HOUR;
  world.lake.pass(10 * MINUTE);
  world.lake.put('c');
  world.lake.pass(2 * MINUTE);
  await runOf(world);
  world.lake.pass(10 * MINUTE);
  expect(await runOf(world)).toMatchObject({ commits: 1 });
});

test('a run that has written something stores how far it has come, though its last windows were empty', async () => {
  const world = await settled();
  world.lake.put('c');
  world.lake.pass(50 * MINUTE);
  const { watermarkMs } = await runOf(world, { maxWindowMs: 10 * MINUTE });
  expect(watermarkMs).toBe(world.lake.nowMs - MINUTE);
  expect(world.state.watermarkMs).toBe(watermarkMs);
});
