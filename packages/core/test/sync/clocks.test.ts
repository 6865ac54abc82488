import { expect, test } from 'vitest';
import { formatState, type SyncState } from '../../src/position/state.ts';
import { sweep } from '../../src/sync/sweep.ts';
import { filesTable } from '../../src/tables/files-table.ts';
import { HOUR, MINUTE, World } from '../world.ts';

const DAY = 24 * HOUR;
const YEAR = 365 * DAY;

/** A lab that has been at work for some hours, and everything of it is in the database. */
async function synced(): Promise<World> {
  const world = new World();
  for (let file = 0; file < 6; file += 1) {
    world.lake.put(`early ${file}`);
    world.lake.pass(HOUR);
    await world.settle();
  }
  world.events.length = 0;
  return world;
}

/** Stores a position as another version, or somebody with other clocks, might have. */
async function store(world: World, change: Partial<SyncState>): Promise<void> {
  const since = world.database.content.states.get('lab');
  const sink = await world.sink();
  await using load = await sink.begin({ sync: 'lab', tables: [filesTable('lab')], since });
  await load.commit(formatState({ ...world.state, ...change }));
}

function told(world: World, type: string): readonly unknown[] {
  return world.events.filter((event) => event.type === type);
}

/** `[from, to)` of every window that was opened, from now on. */
function windows({ events, lake }: World): readonly (readonly [number, number])[] {
  return events.flatMap((event) =>
    event.type === 'window-opened'
      ? [[event.window.fromMs - lake.nowMs, event.window.toMs - lake.nowMs] as const]
      : [],
  );
}

test('where all agrees, nothing is told', async () => {
  const world = await synced();
  const report = await world.settle();
  expect(report).toMatchObject({ outcome: 'complete', behindMs: 0 });
  expect(report.clocks).toMatchObject({ verdict: 'agree', nowMs: world.lake.nowMs });
  expect(told(world, 'clocks-doubted')).toEqual([]);
  expect(told(world, 'pulled-back')).toEqual([]);
});

test.each([2 * HOUR, 2 * YEAR])(
  'a Date that is %i ms ahead moves no window into the future',
  async (aheadMs) => {
    const world = await synced();
    world.lake.date = () => world.lake.nowMs + aheadMs;
    for (let file = 0; file < 8; file += 1) {
      world.lake.put(`late ${file}`);
      world.lake.pass(20 * MINUTE);
      const report = await world.run();
      expect(report.loaded).toBe(1);
      expect(report.watermarkMs).toBe(world.lake.nowMs - MINUTE);
      expect(report.clocks).toMatchObject({ nowMs: world.lake.nowMs });
    }
    expect(told(world, 'clocks-doubted')).toHaveLength(8);
    world.expectTruth();
  },
);

test('one answer that lies moves nothing', async () => {
  const world = await synced();
  for (const lie of [2 * YEAR, -10 * YEAR]) {
    const lies = [lie];
    world.lake.date = () => world.lake.nowMs + (lies.shift() ?? 0);
    world.lake.put(`late ${lie}`);
    const report = await world.settle();
    expect(report).toMatchObject({ outcome: 'complete', loaded: 1, behindMs: 0 });
    expect(world.state.watermarkMs).toBe(world.lake.nowMs - MINUTE);
  }
  expect(told(world, 'clocks-doubted')).toHaveLength(2);
});

test.each([-3 * HOUR, 3 * HOUR])(
  'a machine whose clock is %i ms off goes on, in quiet times as well',
  async (offMs) => {
    const world = new World();
    const clock = world.lake.clock(offMs);
    for (let day = 0; day < 3; day += 1) {
      for (let file = 0; file < 4; file += 1) {
        world.lake.put(`day ${day} file ${file}`);
        world.lake.pass(10 * MINUTE);
        await world.run({ clock });
      }
      for (let hour = 0; hour < 20; hour += 1) {
        world.lake.pass(HOUR);
        const { watermarkMs, behindMs } = await world.run({ clock });
        expect(behindMs).toBe(0);
        expect(watermarkMs).toBeGreaterThanOrEqual(world.lake.nowMs - 12 * MINUTE);
        world.expectTruth();
      }
    }
  },
);

test('Date ten years behind: an error says so where nothing speaks for a clock, and a fresh file mends it', async () => {
  const world = new World();
  const sinceMs = world.lake.nowMs - DAY;
  world.lake.put('early', { indexedAtMs: world.lake.nowMs - HOUR });
  world.lake.date = () => world.lake.nowMs - 10 * YEAR;
  await expect(world.run({ sinceMs })).rejects.toMatchObject({
    code: 'CLOCKS_DISAGREE',
    retryable: true,
    message: expect.stringMatching(/says 2016-.* this machine's 2026-01-01 00:00:00 UTC/),
  });
  expect(world.database.content.states.has('lab')).toBe(false);
  world.lake.put('late');
  expect(await world.settle({ sinceMs })).toMatchObject({ outcome: 'complete', loaded: 2 });
  world.expectTruth();
});

test('what a clock that is behind allows is done before the error', async () => {
  const world = new World();
  world.lake.put('old', { indexedAtMs: world.lake.nowMs - 9 * HOUR });
  world.lake.put('late', { indexedAtMs: world.lake.nowMs - HOUR });
  world.lake.date = () => world.lake.nowMs - 2 * HOUR;
  await expect(world.run()).rejects.toMatchObject({ code: 'CLOCKS_DISAGREE' });
  expect(world.files().map((row) => row['path'])).toEqual(['old']);
  expect(world.state.watermarkMs).toBe(world.lake.nowMs - 2 * HOUR - MINUTE);
});

test('an answer from before what was proven is no proof that there is nothing new', async () => {
  const world = await synced();
  world.lake.pass(2 * HOUR);
  await world.run();
  world.lake.date = () => world.lake.nowMs - 2 * HOUR;
  await expect(world.run()).rejects.toMatchObject({ code: 'CLOCKS_DISAGREE' });
  expect(told(world, 'pulled-back')).toEqual([]);
});

test('a watermark in the future goes back to the last one that stamps have passed, without a download', async () => {
  const world = await synced();
  const honest = world.state;
  // Both clocks were wrong for a while.
  world.lake.date = () => world.lake.nowMs + 2 * YEAR;
  const clock = world.lake.clock(2 * YEAR);
  for (let file = 0; file < 3; file += 1) {
    world.lake.put(`meanwhile ${file}`);
    world.lake.pass(3 * HOUR);
    await world.run({ clock });
  }
  world.lake.date = () => world.lake.nowMs;
  const wrong = world.state;
  expect(wrong.watermarkMs).toBe(world.lake.nowMs + 2 * YEAR - MINUTE);
  world.events.length = 0;

  const report = await world.settle();
  const toMs = wrong.clocks?.confirmedMs ?? 0;
  expect(toMs).toBeLessThanOrEqual(honest.watermarkMs ?? 0);
  expect(toMs).toBeGreaterThan((honest.watermarkMs ?? 0) - 2 * HOUR);
  expect(told(world, 'pulled-back')).toEqual([
    { type: 'pulled-back', sync: 'lab', fromMs: wrong.watermarkMs, toMs },
  ]);
  expect(windows(world)).toEqual([[toMs - HOUR - world.lake.nowMs, -MINUTE]]);
  // The first of them was seen while the clocks were wrong.
  expect(report).toMatchObject({ outcome: 'complete', behindMs: 0, retrieved: 2 });
  expect(world.state.watermarkMs).toBe(world.lake.nowMs - MINUTE);
  world.expectTruth();
  world.events.length = 0;
  await world.settle();
  expect(told(world, 'pulled-back')).toEqual([]);
});

test('a watermark in the future of which nothing is known goes back to the beginning', async () => {
  const world = await synced();
  await store(world, { watermarkMs: world.lake.nowMs + 2 * YEAR, clocks: undefined });
  world.lake.put('late');
  const report = await world.settle();
  expect(told(world, 'pulled-back')).toMatchObject([{ toMs: undefined }]);
  expect(report).toMatchObject({ outcome: 'complete', retrieved: 1, seen: 7, behindMs: 0 });
  expect(world.state.watermarkMs).toBe(world.lake.nowMs - MINUTE);
  world.expectTruth();
});

test('a proxy that goes on being ahead does not vouch for the watermark that it has moved', async () => {
  const world = await synced();
  world.lake.date = () => world.lake.nowMs + 2 * HOUR;
  await store(world, { watermarkMs: world.lake.nowMs + 2 * HOUR - MINUTE, clocks: undefined });
  for (let file = 0; file < 4; file += 1) {
    world.lake.put(`late ${file}`);
    world.lake.pass(20 * MINUTE);
    expect(await world.run()).toMatchObject({ loaded: 1, behindMs: 0 });
  }
  world.expectTruth();
});

test('a window that ends in the future is not closed', async () => {
  const world = await synced();
  const { watermarkMs = 0 } = world.state;
  const toMs = world.lake.nowMs + 2 * YEAR;
  await store(world, { open: { fromMs: watermarkMs - HOUR, toMs, after: undefined } });
  await world.settle({ idleMs: 0 });
  expect(told(world, 'pulled-back')).toMatchObject([{ fromMs: toMs, toMs: watermarkMs }]);
  expect(world.state).toMatchObject({ open: undefined, watermarkMs: world.lake.nowMs - MINUTE });
});

test('a wrong Date pulls nothing back that was proven', async () => {
  const world = await synced();
  const { watermarkMs } = world.state;
  for (const offMs of [-2 * HOUR, -10 * YEAR]) {
    world.lake.date = () => world.lake.nowMs + offMs;
    await world.run().catch(() => undefined);
    expect(world.state.watermarkMs).toBeGreaterThanOrEqual(watermarkMs ?? 0);
  }
  expect(told(world, 'pulled-back')).toEqual([]);
});

test('a file that is stamped in the future is told of, waits for its time, and a sweep brings it in', async () => {
  const world = await synced();
  const stamp = world.lake.nowMs + 2 * YEAR;
  world.lake.put('future', { indexedAtMs: stamp, visibleAtMs: 0 });
  world.lake.put('late');
  const report = await world.settle();
  expect(report).toMatchObject({ outcome: 'complete', loaded: 1, behindMs: 0 });
  expect(report.clocks.future).toMatchObject({ files: 1, newestMs: stamp });
  expect(told(world, 'clocks-doubted')).toHaveLength(1);
  expect(world.file('future')).toEqual({});
  await sweep(await world.options());
  expect(world.file('future')).toMatchObject({ status: 'loaded' });
});

test('a wrong Date dates no row, and puts off no file that has failed', async () => {
  const world = await synced();
  world.lake.date = () => world.lake.nowMs + 10 * YEAR;
  world.lake.put('bad', { content: 'no JSON' });
  await world.settle();
  const soon = new Date(world.lake.nowMs + HOUR).toISOString();
  const { status, retry_at: retryAt, synced_at: syncedAt } = world.file('bad');
  expect(status).toBe('failed');
  expect(String(retryAt) < soon).toBe(true);
  expect(String(syncedAt) < soon).toBe(true);
  const swept = await sweep(await world.options());
  expect(swept.clocks.nowMs).toBe(world.lake.nowMs);
  expect(world.state.sweep?.atMs).toBe(world.lake.nowMs);
});

test('a failed file whose next try a wrong clock has put off for years is tried now', async () => {
  const world = await synced();
  world.lake.put('bad', { content: 'no JSON' });
  const clock = world.lake.clock(10 * YEAR);
  world.lake.date = () => world.lake.nowMs + 10 * YEAR;
  await world.settle({ clock });
  expect(String(world.file('bad')['retry_at'])).toMatch(/^203/);
  world.lake.date = () => world.lake.nowMs;
  await world.settle();
  expect(world.file('bad')).toMatchObject({ attempts: 2n });
  expect(String(world.file('bad')['retry_at'])).toMatch(/^2026/);
});

test('a sweep lists what TDP shows, also what a clock that is behind would leave out', async () => {
  const world = new World();
  world.lake.put('early', { indexedAtMs: world.lake.nowMs - DAY });
  world.lake.put('earlier', { indexedAtMs: world.lake.nowMs - 2 * DAY });
  world.lake.date = () => world.lake.nowMs - 10 * YEAR;
  expect(await sweep(await world.options())).toMatchObject({ loaded: 2, missing: 0 });
  world.expectTruth();
});
