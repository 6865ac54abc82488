import { expect, test } from 'vitest';
import { SyncError } from '../../src/errors.ts';
import { HOUR, World } from '../world.ts';

const refused = new SyncError('SOURCE_UNAVAILABLE', 'The storage answered 403: AccessDenied', {
  retryable: true,
  status: 403,
});

const MOST = 1000;

/** Ids are in the order of the numbers, and spread as those of TDP are. */
function idOf(file: number): string {
  return Math.floor((file / MOST) * 2 ** 32)
    .toString(16)
    .padStart(8, '0');
}

function numberOf(fileId: string): number {
  return Math.ceil((Number.parseInt(fileId, 16) / 2 ** 32) * MOST);
}

/** A lab in which some files are refused. */
function worldOf(
  count: number,
  isBad: (file: number) => boolean,
  category: 'IDS' | 'RAW' = 'IDS',
): World {
  const world = new World();
  for (let file = 0; file < count; file += 1)
    world.lake.put(`f${file}`, {
      fileId: idOf(file),
      category: isBad(file) ? 'IDS' : category,
    });
  world.lake.ill = ({ fileId }) => (isBad(numberOf(fileId)) ? refused : undefined);
  return world;
}

function triesOf(world: World, file: number): number {
  return world.lake.retrieved.filter((fileId) => numberOf(fileId) === file).length;
}

test('twelve files at the head of a window that are refused for ever are their own failures, tried twice; all others come', async () => {
  const world = worldOf(50, (file) => file < 12);
  expect(await world.settle()).toMatchObject({ outcome: 'complete', loaded: 38, failed: 12 });
  expect(world.file('f0')).toMatchObject({
    status: 'failed',
    error: refused.message,
    attempts: 1n,
  });
  for (let file = 0; file < 10; file += 1) expect(triesOf(world, file)).toBe(2);
  world.lake.put('new');
  expect(await world.settle()).toMatchObject({ outcome: 'complete', loaded: 1, failed: 0 });
});

test.each([2, 5, 10, 20, 40])(
  'whatever share is refused, the others come: all but every %ith',
  async (every) => {
    const world = worldOf(200, (file) => file % every !== 0 || file < 15);
    const good = Math.ceil(200 / every) - Math.ceil(15 / every);
    // Of few good ones a probe may find none; a later one looks elsewhere.
    for (let runs = 0; runs < 60; runs += 1) {
      const report = await world.settle().catch((error: SyncError) => error);
      if (!(report instanceof Error)) break;
      expect(report.code).toBe('SOURCE_OUTAGE');
      world.lake.pass(1000);
    }
    expect(world.documents().size).toBe(good);
    expect(world.state.watermarkMs).toBeDefined();
  },
);

test('a file that was given before tells that the source is well: a few of many are found at once', async () => {
  const world = worldOf(1, () => false);
  await world.settle();
  for (let file = 1; file < 400; file += 1) world.lake.put(`f${file}`, { fileId: idOf(file) });
  world.lake.ill = ({ fileId }) => (numberOf(fileId) > 0 ? refused : undefined);
  expect(await world.settle()).toMatchObject({ outcome: 'complete', failed: 399 });
});

test('when nothing can be had it is an outage, which names the first files and says what was tried', async () => {
  const world = worldOf(40, () => true);
  const error = await world.settle().catch((thrown: SyncError) => thrown);
  expect(error).toMatchObject({ code: 'SOURCE_OUTAGE', status: 403, cause: refused });
  expect(error).toHaveProperty(
    'message',
    expect.stringMatching(
      /^10 of 10 .* Of \d+ others none .*first: .*00000000.* \| .*00418937.*403: AccessDenied/s,
    ),
  );
  expect(world.files()).toEqual([]);
  expect(world.lake.retrieved.length).toBeLessThanOrEqual(60);
});

test('it is one although what comes behind waits for room', async () => {
  const world = worldOf(40, () => true);
  const tight = { batch: { documents: 12 }, concurrency: () => 4 };
  await expect(world.settle(tight)).rejects.toMatchObject({ code: 'SOURCE_OUTAGE' });
});

test('where there is no other file, nothing else is tried', async () => {
  const world = worldOf(10, () => true);
  await expect(world.settle()).rejects.toThrow(/There is no other file to try/);
});

test('what failed in a moment that has passed is had the second time', async () => {
  const world = worldOf(40, () => false);
  let tries = 0;
  world.lake.ill = () => {
    tries += 1;
    return tries <= 10 ? refused : undefined;
  };
  expect(await world.settle()).toMatchObject({ outcome: 'complete', loaded: 40, failed: 0 });
  world.expectTruth();
});

test('files that failed before are tried again behind others that are refused for ever', async () => {
  const world = worldOf(60, (file) => file < 30);
  await world.settle();
  world.lake.ill = ({ fileId }) => (numberOf(fileId) < 20 ? refused : undefined);
  expect(await world.retry()).toMatchObject({ outcome: 'complete', loaded: 10, failed: 20 });
});

test('a few refused files among very many without content hold nothing up', async () => {
  const world = worldOf(500, (file) => file % 100 === 1, 'RAW');
  const report = await world.settle({ batch: { documents: 20 } });
  expect(report).toMatchObject({ outcome: 'complete', loaded: 495, failed: 5 });
});

test('others are asked for in smaller pages where TDP does not give as many at once', async () => {
  const world = worldOf(50, (file) => file < 12);
  const page = world.lake.page.bind(world.lake);
  world.lake.page = async (query, after, size, signal) => {
    if (size > 20) throw new SyncError('QUERY_REJECTED', 'size must be less than or equal to 20');
    return page(query, after, size, signal);
  };
  const report = await world.settle({ pageSizes: { max: 20 } });
  expect(report).toMatchObject({ outcome: 'complete', loaded: 38, failed: 12 });
});

test('a large file that begins to come tells that the source is well: nobody takes in the rest', async () => {
  const world = worldOf(40, (file) => file < 20);
  world.lake.onRetrieve = async ({ fileId }, _signal, hold) => {
    if (numberOf(fileId) >= 20) await hold?.(1_000_000);
  };
  expect(await world.settle()).toMatchObject({ outcome: 'complete', loaded: 20, failed: 20 });
  for (let file = 20; file < 40; file += 1) expect(triesOf(world, file)).toBe(1);
});

test('asked to stop while others are tried, a run ends with what it has', async () => {
  const world = worldOf(40, () => true);
  const stop = new AbortController();
  world.lake.ill = ({ fileId }) => {
    if (numberOf(fileId) >= 30) stop.abort(new Error('SIGTERM'));
    return refused;
  };
  const report = await world.settle({ signal: stop.signal, concurrency: () => 1 });
  expect(report).toMatchObject({ outcome: 'interrupted' });
  world.lake.ill = () => undefined;
  world.lake.pass(HOUR);
  await world.settle();
  world.expectTruth();
});
