import { expect, test } from 'vitest';
import { SyncError } from '../../src/errors.ts';
import { forecast } from '../../src/sync/forecast.ts';
import { tablesOf } from '../tables-of.ts';
import { HOUR, MINUTE, World } from '../world.ts';

/** Some files, half of them without content that becomes rows. */
function filled(count: number): World {
  const world = new World();
  for (let file = 0; file < count; file += 1) {
    world.lake.put(`f${file}`, { category: file % 2 === 0 ? 'IDS' : 'RAW', size: 100 + file });
    world.lake.pass(MINUTE);
  }
  world.lake.pass(2 * MINUTE);
  return world;
}

test('of a first run it says how many files there are, and writes and retrieves nothing', async () => {
  const world = filled(6);
  const { content } = world.database;
  const found = await forecast(await world.options());
  expect(found).toMatchObject({
    ...{ hits: 6, looked: 6, known: 0, toNote: 3, held: 0, failedDue: 0, rebuilt: 0 },
    toRetrieve: { files: 3, bytes: 100 + 102 + 104, unsized: 0 },
    watermarkMs: undefined,
  });
  expect(found.examples).toHaveLength(3);
  expect([world.lake.retrieved, world.database.content, world.events]).toEqual([[], content, []]);
});

test('the run then does what was said', async () => {
  const world = filled(6);
  await world.settle();
  world.lake.put('f0');
  world.lake.put('new');
  world.lake.put('raw', { category: 'RAW' });
  world.lake.pass(2 * MINUTE);
  const found = await forecast(await world.options());
  const report = await world.run();
  expect(found.toRetrieve.files + found.toNote).toBe(report.loaded);
  expect([found.toRetrieve.files, found.known]).toEqual([2, report.known]);
  expect(found).toMatchObject({ hits: report.seen, held: 6 });
  expect(await forecast(await world.options())).toMatchObject({ toRetrieve: { files: 0 } });
});

test('windows are read one after the other, and each asks for its end', async () => {
  const world = filled(6);
  const one = await forecast(await world.options());
  const many = await forecast(await world.options({ maxWindowMs: 10 * MINUTE }));
  expect(many.window).toEqual(one.window);
  expect(many.searches).toBeGreaterThan(one.searches);
});

test('of many hits only some are looked at', async () => {
  const world = filled(10);
  const options = await world.options({ pageSizes: { max: 3 } });
  const found = await forecast(options, { most: 4, examples: 1 });
  expect(found).toMatchObject({ hits: 10, looked: 4 });
  expect(found.toRetrieve.files + found.toNote).toBe(4);
  expect(found.examples).toHaveLength(1);
});

test('failed files that are due are told, and rows that a new mapping makes anew', async () => {
  const world = filled(2);
  world.lake.ill = () => new SyncError('ACCESS_DENIED', 'not yours');
  world.lake.put('good', { category: 'RAW' });
  await world.settle();
  expect(await forecast(await world.options())).toMatchObject({ failedDue: 0, rebuilt: 0 });
  world.lake.pass(48 * HOUR);
  expect(await forecast(await world.options())).toMatchObject({ failedDue: 1 });
  const transform = tablesOf({ fingerprint: 'other' });
  expect(await forecast(await world.options({ transform }))).toMatchObject({ rebuilt: 3 });
});

test('what is made anew before the windows is not counted in them, too', async () => {
  const world = filled(4);
  await world.settle();
  const transform = tablesOf({ fingerprint: 'other' });
  world.lake.put('f0');
  world.lake.pass(2 * MINUTE);
  const anew = await forecast(await world.options({ transform, lookbackMs: 24 * HOUR }));
  expect(anew).toMatchObject({ rebuilt: 4, toRetrieve: { files: 1 }, known: 3, hits: 4 });
});

test('a failed file that is due is counted once', async () => {
  const failing = filled(2);
  failing.lake.ill = () => new SyncError('ACCESS_DENIED', 'not yours');
  failing.lake.put('good', { category: 'RAW' });
  await failing.settle();
  failing.lake.pass(24 * HOUR);
  const again = await forecast(await failing.options({ lookbackMs: 48 * HOUR }));
  expect(again).toMatchObject({ failedDue: 1, toRetrieve: { files: 0 }, hits: 3 });
});

test('where TDP shows nothing there is nothing to do', async () => {
  const world = new World();
  expect(await forecast(await world.options())).toMatchObject({ window: undefined, hits: 0 });
});
