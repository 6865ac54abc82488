import { expect, it } from 'vitest';
import { SiteQueues, type Turn } from './serve/queues.ts';
import { DAY, HOUR, MINUTE, type Running, Site } from './serve/site.ts';

const QUIET = { every: '1h', settle: '1m', sweep: 'never', verify: 'never' };

/** Makes files, versions of them, and deletes some, until then. */
async function lab({ random, emulator, scheduler }: Site, untilMs: number): Promise<void> {
  for (let count = 0; scheduler.nowMs < untilMs; count += 1) {
    await scheduler.wait(random.wait(HOUR), 'the lab waits');
    const number = random.chance(0.7) ? count : random.int(0, count);
    emulator.lake.put({
      path: `/lab/run-${number}.json`,
      category: 'IDS',
      ids: 'common/run:v1.0.0',
      content: JSON.stringify({ '@idsType': 'run', number, count }),
    });
  }
}

async function end(replicas: readonly Running[]): Promise<void> {
  for (const { stop } of replicas) stop.abort('SIGTERM');
  for (const { ended, process } of replicas) {
    await ended;
    process.end();
  }
}

/** Turns of one lane that overlap. */
function overlaps(turns: readonly Turn[]): readonly string[] {
  const found: string[] = [];
  const last = new Map<string, Turn>();
  for (const turn of turns) {
    const before = last.get(turn.key);
    if (before !== undefined && (before.toMs ?? Number.POSITIVE_INFINITY) > turn.fromMs)
      found.push(`${turn.key}: ${before.replica} and ${turn.replica} at ${turn.fromMs}`);
    last.set(turn.key, turn);
  }
  return found;
}

it('replicas keep every cadence once, whoever does what', async () => {
  const site = new Site(11);
  const { scheduler } = site;
  const queues = new SiteQueues(scheduler, site.random);
  site.config = { syncs: { one: QUIET, two: { ...QUIET, verify: '1d' } } };
  const startMs = scheduler.nowMs;
  const days = async (): Promise<void> => {
    const replicas = [await site.start(queues), await site.start(queues), await site.start(queues)];
    const working = lab(site, startMs + 2 * DAY);
    await working;
    await site.wait(startMs + 2 * DAY + 6 * HOUR - scheduler.nowMs);
    for (const { report } of replicas) {
      const { syncs } = await report.status();
      expect(syncs.map(({ state }) => state)).toEqual(['up-to-date', 'up-to-date']);
    }
    await end(replicas);
  };
  await scheduler.run(days());
  for (const sync of ['one', 'two']) {
    const runs = queues.turns.filter((turn) => turn.key === sync && turn.data.kind === 'run');
    expect(runs.length).toBeGreaterThanOrEqual(53);
    expect(runs.length).toBeLessThanOrEqual(55);
    expect(new Set(runs.map(({ replica }) => replica)).size).toBe(3);
    expect(site.differences(sync)).toEqual([]);
  }
  expect(queues.turns.filter(({ data }) => data.kind === 'verify').length).toBe(3);
  expect(overlaps(queues.turns)).toEqual([]);
});

it('whoever dies, stalls or is cut off, and whatever the queue loses or gives twice, the database equals TDP', async () => {
  const site = new Site(12);
  const { scheduler, random } = site;
  const queues = new SiteQueues(scheduler, random);
  const config = {
    syncs: { one: { ...QUIET, verify: '1d', sweep: '12h' }, two: { ...QUIET, every: '20m' } },
  };
  site.config = config;
  const startMs = scheduler.nowMs;
  const untilMs = startMs + 10 * DAY;
  const red: string[] = [];
  const days = async (): Promise<void> => {
    let replicas: Running[] = [];
    for (let count = 0; count < 3; count += 1) replicas.push(await site.start(queues));
    const one = (): Running => random.pick(replicas);
    const without = (gone: Running): Running[] => replicas.filter((other) => other !== gone);
    const open = () =>
      queues.lanes
        .join('test')
        .look(null)
        .then(({ tasks }) => tasks);
    const events: Record<string, () => Promise<void>> = {
      'a replica is killed': async () => {
        const gone = one();
        void gone.process.kill('by the test');
        replicas = without(gone);
        await site.wait(random.int(1, 120) * MINUTE);
        replicas.push(await site.start(queues));
      },
      'a replica is stopped': async () => {
        const gone = one();
        await end([gone]);
        replicas = without(gone);
        await site.wait(random.int(1, 120) * MINUTE);
        replicas.push(await site.start(queues));
      },
      'all are killed': async () => {
        for (const { process } of replicas) void process.kill('by the test');
        await site.wait(random.int(1, 60) * MINUTE);
        replicas = [await site.start(queues), await site.start(queues)];
        replicas.push(await site.start(queues));
      },
      'the queue is away': async () => {
        queues.isAway = true;
        await site.wait(random.int(1, 90) * MINUTE);
        queues.isAway = false;
      },
      'tasks are given to others, though whoever has them lives': async () => {
        for (let count = 0; count < 400; count += 1) {
          await site.wait(random.int(100, 20_000));
          for (const { id, state } of await open())
            if (state === 'taken') queues.lanes.giveToAnother(id);
        }
      },
      'tasks are lost': async () => {
        queues.isLossy = true;
        await site.wait(6 * HOUR);
        queues.isLossy = false;
      },
      'a sync is paused here, and resumed there': async () => {
        one().service.pause('one');
        await site.wait(MINUTE);
        const from = queues.turns.length;
        await site.wait(5 * HOUR);
        const during = queues.turns.slice(from).filter(({ key }) => key === 'one');
        if (during.length > 0) red.push(`paused, and ${during.length} jobs were begun`);
        for (const { service } of replicas)
          if (!service.scheduler.isPaused('one')) red.push('paused, and one replica does not know');
        one().service.resume('one');
      },
      'somebody asks for things': async () => {
        for (const kind of ['sweep', 'verify', 'retry', 'rebuild', 'run'] as const) {
          const from = queues.turns.length;
          one().service.want('two', kind);
          await site.wait(2 * MINUTE);
          if (
            !queues.turns.slice(from).some(({ key, data }) => key === 'two' && data.kind === kind)
          )
            red.push(`${kind} was asked for, and not done`);
        }
      },
      'the config changes on one machine after the other': async () => {
        site.config = {
          syncs: { ...config.syncs, two: { ...QUIET, every: '30m', content: 'all' } },
        };
        const behind = new Set(replicas.map(({ process }) => process.name));
        for (const { service, process } of replicas) {
          await service.reload();
          behind.delete(process.name);
          await site.wait(2 * MINUTE);
          const from = queues.turns.length;
          await site.wait(random.int(60, 120) * MINUTE);
          for (const { key, replica } of queues.turns.slice(from))
            if (behind.has(replica)) red.push(`${replica} has an older config, and did ${key}`);
        }
        site.config = config;
        for (const { service } of replicas) await service.reload();
      },
    };
    const working = lab(site, untilMs);
    const names = Object.keys(events);
    for (let turn = 0; scheduler.nowMs < untilMs; turn += 1) {
      await site.wait(3 * HOUR);
      const name = names[turn % names.length] ?? '';
      await events[name]?.();
      await site.wait(3 * HOUR);
      for (const { report } of replicas) {
        const { ok, reasons } = report.progress();
        if (!ok) red.push(`three hours after "${name}": ${reasons}`);
      }
      if (replicas.filter(({ crew }) => crew?.standing.leads).length !== 1)
        red.push(`three hours after "${name}" there is not one that leads`);
    }
    await working;
    await site.wait(DAY);
    await end(replicas);
  };
  await scheduler.run(days());
  expect(red).toEqual([]);
  for (const sync of ['one', 'two']) expect(site.differences(sync)).toEqual([]);
});

it('a backlog is cut, and all replicas bring in its slices', async () => {
  const site = new Site(13);
  const { scheduler, emulator } = site;
  const { nowMs } = scheduler;
  emulator.lake.addBulk({
    count: 4000,
    bytes: 300,
    seed: 1,
    indexedFrom: nowMs - 700 * DAY,
    indexedTo: nowMs - 1 * DAY,
  });
  const queues = new SiteQueues(scheduler, site.random, { sliceFiles: 200, lookMs: 2000 });
  site.config = {
    source: { auth: { token: emulator.token, org: emulator.org }, concurrency: 2 },
    syncs: { one: { ...QUIET, batch: { documents: 50 } } },
  };
  const day = async (): Promise<void> => {
    const replicas = [await site.start(queues), await site.start(queues), await site.start(queues)];
    await site.wait(MINUTE);
    const status = await replicas[0]?.report.status();
    const backlog = status?.syncs[0]?.backlog;
    expect(backlog?.left).toBeGreaterThan(0);
    // One of them may be between two slices.
    expect(new Set(backlog?.jobs.map(({ replica }) => replica)).size).toBeGreaterThan(1);
    const killed = replicas[1];
    void killed?.process.kill('by the test');
    await site.wait(6 * HOUR);
    await end(replicas.filter((one) => one !== killed));
  };
  await scheduler.run(day());
  expect(site.differences('one')).toEqual([]);
  const slices = queues.turns.filter(({ queue }) => queue === 'slices');
  expect(new Set(slices.map(({ replica }) => replica)).size).toBe(3);
  expect(slices.length).toBeLessThan(30);
});
