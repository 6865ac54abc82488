import { expect, test } from 'vitest';
import * as core from '../../src/index.ts';
import { autoTransform } from '../../src/transform/auto/auto.ts';
import { backlog, Dice, SCENARIOS, standstill, transform } from './crew.ts';

test.each(SCENARIOS)(
  '$name',
  async ({ seeds, run }) => {
    for (let seed = 0; seed < seeds; seed += 1) await run(core, new Dice(seed));
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
