import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { lab } from './serve/lab.ts';
import { DAY, HOUR, MINUTE, type Running, Site } from './serve/site.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const ONE = { every: '1h', settle: '1m', sweep: '12h', verify: '1d' };
const TWO = { ...ONE, every: { cron: '20 */2 * * *', timeZone: 'Europe/Berlin' } };

function heapBytes(): number {
  collect();
  return process.memoryUsage().heapUsed;
}

it('a month of faults, pauses, reloads and kills, and the database equals TDP', async () => {
  const site = new Site(7);
  const { scheduler, random, emulator } = site;
  const startMs = scheduler.nowMs;
  const untilMs = startMs + 30 * DAY;
  site.config = { syncs: { one: ONE, two: TWO } };
  const red: string[] = [];
  const heaps: number[] = [];
  let handles = 0;

  const month = async (): Promise<void> => {
    let running: Running = await site.start();
    const events: Record<string, () => Promise<void>> = {
      'TDP is down, which /progressz tells of and /readyz does not mind': async () => {
        site.isDown = true;
        await site.wait(7 * HOUR);
        const { ok, reasons } = running.report.progress();
        if (ok || !reasons.some((reason) => reason.startsWith('one: no progress')))
          red.push(`TDP is down, and /progressz says ${ok} ${reasons}`);
        if (!(await running.report.readiness()).ok) red.push('TDP is down, and /readyz is red');
        site.isDown = false;
      },
      'the database is locked, which /readyz tells of': async () => {
        site.isLocked = true;
        await site.wait(3 * HOUR);
        if ((await running.report.readiness()).ok) red.push('locked, and /readyz is green');
        site.isLocked = false;
      },
      'some answers are wrong': async () => {
        const stops = (['429', '503', 'reset', 'timed_out', '404', 'html'] as const).map((kind) =>
          emulator.faults.random('any', { kind }, 0.04),
        );
        await site.wait(8 * HOUR);
        for (const stop of stops) stop();
      },
      'a sync is paused': async () => {
        running.service.pause('one');
        await site.wait(9 * HOUR);
        const { ok, reasons } = running.report.progress();
        if (!ok) red.push(`paused, and /progressz says ${reasons}`);
        running.service.resume('one');
      },
      'the config changes, and changes back': async () => {
        site.config = { syncs: { two: { ...TWO, every: '30m' }, three: ONE } };
        await running.service.reload();
        await site.wait(5 * HOUR);
        site.config = { syncs: { one: ONE, two: TWO } };
        await running.service.reload();
      },
      'the config is wrong': async () => {
        const { runtime } = running.service;
        site.config = { syncs: { one: { ...ONE, every: 'soon' } } };
        await running.service.reload();
        if (running.service.runtime !== runtime || running.service.reloadError === null)
          red.push('a wrong config was taken over');
        site.config = { syncs: { one: ONE, two: TWO } };
        await running.service.reload();
      },
      'the process is killed': async () => {
        void running.process.kill('by the test');
        await site.wait(random.int(1, 600) * MINUTE);
        running = await site.start();
      },
      'the process is stopped': async () => {
        running.stop.abort('SIGTERM');
        await running.ended;
        running.process.end();
        await site.wait(random.int(1, 60) * MINUTE);
        running = await site.start();
      },
    };
    const working = lab(site, untilMs);
    const names = Object.keys(events);
    for (let turn = 0; scheduler.nowMs < untilMs; turn += 1) {
      await site.wait(12 * HOUR);
      const name = names[turn % names.length] ?? '';
      await events[name]?.();
      await site.wait(6 * HOUR);
      const { ok, reasons } = running.report.progress();
      if (!ok)
        red.push(
          `${Math.round((scheduler.nowMs - startMs) / HOUR)} h, six hours after "${name}": ${reasons}`,
        );
      heaps.push(heapBytes());
      handles = Math.max(handles, process.getActiveResourcesInfo().length);
    }
    await working;
    await site.wait(3 * DAY);
    running.stop.abort('SIGTERM');
    await running.ended;
    running.process.end();
  };
  const handlesBefore = process.getActiveResourcesInfo().length;
  await scheduler.run(month());
  expect(red).toEqual([]);
  expect(site.overlaps).toEqual([]);
  expect(emulator.lake.truth().size).toBeGreaterThan(150);
  for (const sync of ['one', 'two']) expect(site.differences(sync)).toEqual([]);
  const runs = site.database.read('one_runs');
  expect(runs.length).toBeGreaterThan(50);
  expect(new Set(runs.map((row) => row['outcome'])).has('failed')).toBe(true);
  expect(site.starts).toBeGreaterThan(3);
  // What was there after a week is what is there after a month, but for what the lab has made.
  const [early = 0, late = 0] = [heaps[Math.floor(heaps.length / 4)], heaps.at(-1)];
  expect(late - early).toBeLessThan(12 * 1024 * 1024);
  expect(handles).toBeLessThanOrEqual(handlesBefore + 4);
});

it('a sync that catches up with years gives way to others, and goes on exactly', async () => {
  const site = new Site(3);
  const { scheduler, emulator } = site;
  const nowMs = scheduler.nowMs;
  emulator.lake.addBulk({
    count: 3000,
    bytes: 300,
    seed: 1,
    indexedFrom: nowMs - 700 * DAY,
    indexedTo: nowMs - 1 * DAY,
  });
  const slow = { every: '1h', batch: { documents: 20 }, sweep: 'never', verify: 'never' };
  site.config = {
    source: {
      auth: { token: emulator.token, org: emulator.org },
      concurrency: 1,
    },
    serve: { concurrentSyncs: 1, turn: '1m' },
    syncs: {
      long: slow,
      short: { ...slow, every: '2m', filter: [{ term: { category: 'RAW' } }] },
    },
  };
  const day = async (): Promise<void> => {
    const running = await site.start();
    await site.wait(HOUR);
    running.stop.abort('SIGTERM');
    await running.ended;
    running.process.end();
  };
  await scheduler.run(day());
  expect(site.differences('long')).toEqual([]);
  const interrupted = site.database
    .read('long_runs')
    .filter((row) => row['outcome'] === 'interrupted');
  expect(interrupted.length).toBeGreaterThan(1);
  const loaded = site.database
    .read('long_runs')
    .reduce((sum, row) => sum + Number(row['loaded']), 0);
  expect(loaded).toBe(3000);
});
