import { expect, test } from 'vitest';
import { SyncError } from '../../src/errors.ts';
import { backfill } from '../../src/sync/backfill.ts';
import type { SyncOptions } from '../../src/sync/options.ts';
import { VerifiedWorld } from '../verify/verified-world.ts';
import { HOUR, MINUTE, World } from '../world.ts';

/** Three files, an hour between two of them. */
function threeFiles<W extends World>(world: W): W {
  for (const path of ['a', 'b', 'c']) {
    world.lake.put(path);
    world.lake.pass(HOUR);
  }
  return world;
}

const START = Date.UTC(2026, 0, 1);
const SECOND_HOUR = { fromMs: START + HOUR, toMs: START + 2 * HOUR };

async function filled(world: World, options: Partial<SyncOptions> = {}, window = SECOND_HOUR) {
  return backfill(await world.options(options), window);
}

test('it brings in the files of its stretch, its end left out, and no others', async () => {
  const world = threeFiles(new World());
  const report = await filled(world);
  expect(report).toMatchObject({ outcome: 'complete', files: 1, loaded: 1, window: SECOND_HOUR });
  expect(world.files().map(({ path }) => path)).toEqual(['b']);
  expect(world.state.watermarkMs).toBeUndefined();
  expect(await world.settle()).toMatchObject({ loaded: 2, retrieved: 2 });
  world.expectTruth();
});

test('the position stays, and what is held is not retrieved', async () => {
  const world = threeFiles(new World());
  await world.settle();
  const { watermarkMs } = world.state;
  const before = world.lake.retrieved.length;
  expect(await filled(world)).toMatchObject({ files: 1, loaded: 0, known: 1 });
  expect([world.state.watermarkMs, world.lake.retrieved.length]).toEqual([watermarkMs, before]);
});

test('it brings in what a window has missed', async () => {
  const world = threeFiles(new World());
  await world.settle();
  world.lake.put('late', { indexedAtMs: START + HOUR + MINUTE });
  expect(await world.settle({ lookbackMs: 0 })).toMatchObject({ loaded: 0 });
  expect(await filled(world)).toMatchObject({ files: 2, loaded: 1 });
  world.expectTruth();
});

test('it ends with what has settled', async () => {
  const world = threeFiles(new World());
  world.lake.put('new');
  const report = await filled(world, {}, { fromMs: START, toMs: START + 100 * HOUR });
  expect(report).toMatchObject({ files: 3, window: { toMs: START + 3 * HOUR - MINUTE } });
});

test('failed files are tried again, due or not', async () => {
  const world = threeFiles(new World());
  world.lake.ill = ({ path }) =>
    path === 'b' ? new SyncError('ACCESS_DENIED', 'not yours') : undefined;
  await world.settle();
  world.lake.ill = () => undefined;
  expect(await filled(world)).toMatchObject({ loaded: 1, failing: 0 });
});

test('a reading that shows less than TDP counts proves nothing', async () => {
  const world = threeFiles(new VerifiedWorld());
  world.lake.unseen = ({ path }) => path === 'b';
  await expect(filled(world)).rejects.toThrow(
    /counts more files than its pages show.*same command/,
  );
});

test('it can be stopped, and goes on without retrieving anything twice', async () => {
  const world = new World();
  for (let file = 0; file < 6; file += 1) world.lake.put(`f${file}`);
  world.lake.pass(HOUR);
  const stop = new AbortController();
  const sink = await world.sink();
  sink.afterCommit = () => stop.abort(new Error('SIGINT'));
  const window = { fromMs: START, toMs: START + HOUR };
  const options = { sink, signal: stop.signal, batch: { documents: 2 }, concurrency: () => 1 };
  const first = await filled(world, options, window);
  expect(first).toMatchObject({ outcome: 'interrupted', files: undefined });
  expect(first.loaded).toBeGreaterThan(0);
  const { loaded } = await filled(world, {}, window);
  expect([first.loaded + loaded, world.lake.retrieved.length]).toEqual([6, 6]);
});
