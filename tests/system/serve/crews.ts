import { expect } from 'vitest';
import type { Crew } from '../../../apps/cli/src/serve/crew/crew.ts';
import { lab } from './lab.ts';
import { SiteQueues, type SiteQueuesOptions, type Turn } from './queues.ts';
import { DAY, HOUR, MINUTE, type Running, Site } from './site.ts';

/** What happens to replicas, and what must hold whatever does. */
export interface CrewScenario {
  readonly name: string;
  /** @throws when something does not hold. */
  readonly run: (crew: typeof Crew) => Promise<void>;
}

const QUIET = { every: '1h', settle: '1m', sweep: 'never', verify: 'never' };

/** Replicas at a site, with some syncs. */
class Crews {
  readonly site: Site;
  readonly queues: SiteQueues;
  /** Those that are there. */
  replicas: Running[] = [];
  /** What did not hold. */
  readonly red: string[] = [];

  constructor(seed: number, options: SiteQueuesOptions) {
    this.site = new Site(seed);
    this.queues = new SiteQueues(this.site.scheduler, this.site.random, options);
  }

  async begin(count = 1): Promise<void> {
    for (let n = 0; n < count; n += 1) this.replicas.push(await this.site.start(this.queues));
  }

  any(): Running {
    return this.site.random.pick(this.replicas);
  }

  async killed(one: Running): Promise<void> {
    void one.process.kill('by the test');
    this.replicas = this.replicas.filter((other) => other !== one);
  }

  async stopped(all: readonly Running[]): Promise<void> {
    for (const { stop } of all) stop.abort('SIGTERM');
    await Promise.all(
      all.map(async ({ ended, process }) => {
        await ended;
        process.end();
      }),
    );
    this.replicas = this.replicas.filter((other) => !all.includes(other));
  }

  minutes(least: number, most: number): Promise<void> {
    return this.site.wait(this.site.random.int(least, most) * MINUTE);
  }

  /** Everything that was taken while this went on. */
  async during(work: () => Promise<void>): Promise<readonly Turn[]> {
    const from = this.queues.turns.length;
    await work();
    return this.queues.turns.slice(from);
  }

  /** A lab goes on until then. */
  lab(untilMs: number): Promise<void> {
    return lab(this.site, untilMs, { everyMs: HOUR, deletes: 0 });
  }

  /** Whether all get on, and one leads. */
  look(when: string): void {
    for (const { report } of this.replicas) {
      const { ok, reasons } = report.progress();
      if (!ok) this.red.push(`${when}: ${reasons}`);
    }
    if (this.replicas.filter(({ crew }) => crew?.standing.leads).length !== 1)
      this.red.push(`${when} there is not one that leads`);
  }
}

const SYNCS = {
  one: { ...QUIET, verify: '1d', sweep: '12h' },
  two: { ...QUIET, every: '20m' },
};

/** What may happen, each of which the replicas have three hours to get over. */
const EVENTS: Readonly<Record<string, (crews: Crews) => Promise<void>>> = {
  'a replica is killed': async (crews) => {
    await crews.killed(crews.any());
    await crews.minutes(1, 120);
    await crews.begin();
  },
  'a replica is stopped': async (crews) => {
    await crews.stopped([crews.any()]);
    await crews.minutes(1, 120);
    await crews.begin();
  },
  'all are killed': async (crews) => {
    for (const one of crews.replicas) await crews.killed(one);
    await crews.minutes(1, 60);
    await crews.begin(3);
  },
  'the queue is away': async (crews) => {
    crews.queues.isAway = true;
    await crews.minutes(1, 90);
    crews.queues.isAway = false;
  },
  'tasks are given to others, though whoever has them lives': async ({ queues, site }) => {
    for (let count = 0; count < 400; count += 1) {
      await site.wait(site.random.int(100, 20_000));
      for (const { id, state } of (await queues.lanes.join('test').look(null)).tasks)
        if (state === 'taken') queues.lanes.giveToAnother(id);
    }
  },
  'tasks are lost': async ({ queues, site }) => {
    queues.isLossy = true;
    await site.wait(6 * HOUR);
    queues.isLossy = false;
  },
  'a sync is paused here, and resumed there': async (crews) => {
    crews.any().service.pause('one');
    await crews.site.wait(MINUTE);
    const turns = await crews.during(() => crews.site.wait(5 * HOUR));
    const begun = turns.filter(({ key }) => key === 'one').length;
    if (begun > 0) crews.red.push(`paused, and ${begun} jobs were begun`);
    for (const { service } of crews.replicas)
      if (!service.scheduler.isPaused('one'))
        crews.red.push('paused, and one replica does not know');
    crews.any().service.resume('one');
  },
  'somebody asks for things': async (crews) => {
    for (const kind of ['sweep', 'verify', 'retry', 'rebuild', 'run'] as const) {
      const turns = await crews.during(async () => {
        crews.any().service.want('two', kind);
        await crews.site.wait(2 * MINUTE);
      });
      if (!turns.some(({ key, data }) => key === 'two' && data.kind === kind))
        crews.red.push(`${kind} was asked for, and not done`);
    }
  },
  'the config changes on one machine after the other': async (crews) => {
    const { site, replicas } = crews;
    site.config = { syncs: { ...SYNCS, two: { ...QUIET, every: '30m', content: 'all' } } };
    const behind = new Set(replicas.map(({ process }) => process.name));
    for (const { service, process } of replicas) {
      await service.reload();
      behind.delete(process.name);
      await site.wait(2 * MINUTE);
      for (const { key, replica } of await crews.during(() => crews.minutes(60, 120)))
        if (behind.has(replica)) crews.red.push(`${replica} has an older config, and did ${key}`);
    }
    site.config = { syncs: SYNCS };
    for (const { service } of replicas) await service.reload();
  },
};

/** The event three times, while the lab goes on. */
async function happens(
  crew: typeof Crew,
  name: string,
  event: (crews: Crews) => Promise<void>,
): Promise<void> {
  const crews = new Crews(12, { crew });
  const { site } = crews;
  site.config = { syncs: SYNCS };
  const working = async (): Promise<void> => {
    await crews.begin(3);
    const lab = crews.lab(site.scheduler.nowMs + 2 * DAY);
    for (let time = 0; time < 3; time += 1) {
      await site.wait(3 * HOUR);
      await event(crews);
      await site.wait(3 * HOUR);
      crews.look(`three hours after "${name}"`);
    }
    await lab;
    await site.wait(3 * HOUR);
    await crews.stopped(crews.replicas);
  };
  await site.scheduler.run(working());
  expect(crews.red).toEqual([]);
  for (const sync of ['one', 'two']) expect(site.differences(sync)).toEqual([]);
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

async function keepCadences(crew: typeof Crew): Promise<void> {
  const crews = new Crews(11, { crew });
  const { site, queues } = crews;
  const { scheduler } = site;
  site.config = { syncs: { one: QUIET, two: { ...QUIET, verify: '1d' } } };
  const startMs = scheduler.nowMs;
  const days = async (): Promise<void> => {
    await crews.begin(3);
    await crews.lab(startMs + 2 * DAY);
    await site.wait(startMs + 2 * DAY + 6 * HOUR - scheduler.nowMs);
    for (const { report } of crews.replicas) {
      const { syncs } = await report.status();
      expect(syncs.map(({ state }) => state)).toEqual(['up-to-date', 'up-to-date']);
    }
    await crews.stopped(crews.replicas);
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
}

async function bringInBacklog(crew: typeof Crew): Promise<void> {
  const crews = archive(crew, { sweep: '1h', verify: '1h' }, { sliceFiles: 200 });
  const { site, queues } = crews;
  const day = async (): Promise<void> => {
    await crews.begin(3);
    const [first, second] = crews.replicas;
    await site.wait(MINUTE);
    const { backlog = null } = (await first?.report.status())?.syncs[0] ?? {};
    expect(backlog?.left).toBeGreaterThan(0);
    // One of them may be between two slices.
    expect(new Set(backlog?.jobs.map(({ replica }) => replica)).size).toBeGreaterThan(1);
    // Nothing is swept and verified before all of it is there.
    expect(
      queues.turns.filter(({ queue, data }) => queue === 'lanes' && data.kind !== 'run'),
    ).toEqual([]);
    if (second !== undefined) await crews.killed(second);
    await site.wait(6 * HOUR);
    const [status] = (await first?.report.status())?.syncs ?? [];
    expect(status).toMatchObject({ state: 'up-to-date', backlog: null, error: null });
    await crews.stopped(crews.replicas);
  };
  await site.scheduler.run(day());
  expect(site.differences('one')).toEqual([]);
  const slices = queues.turns.filter(({ queue }) => queue === 'slices');
  expect(new Set(slices.map(({ replica }) => replica)).size).toBe(3);
  expect(slices.length).toBeLessThan(30);
}

/** Files of so many days, a slow TDP, and one sync. */
function archive(
  crew: typeof Crew,
  sync: object,
  { days = 700, ...options }: Omit<SiteQueuesOptions, 'crew'> & { readonly days?: number },
): Crews {
  const crews = new Crews(14, { crew, lookMs: 2000, ...options });
  const { emulator, scheduler } = crews.site;
  emulator.lake.addBulk({
    count: 4000,
    bytes: 300,
    seed: 1,
    indexedFrom: scheduler.nowMs - days * DAY,
    indexedTo: scheduler.nowMs - 1 * DAY,
  });
  crews.site.config = {
    source: { auth: { token: emulator.token, org: emulator.org }, concurrency: 2 },
    syncs: { one: { ...QUIET, batch: { documents: 50 }, ...sync } },
  };
  return crews;
}

async function restore(crew: typeof Crew): Promise<void> {
  const crews = archive(crew, {}, { sliceFiles: 200 });
  const { site, queues } = crews;
  const closed = (): number =>
    queues.turns.filter(({ queue, toMs }) => queue === 'slices' && toMs !== undefined).length;
  const day = async (): Promise<void> => {
    await crews.begin(3);
    while (closed() < 3) await site.wait(1000);
    const backup = site.database.content;
    while (closed() < 10) await site.wait(1000);
    site.database.content = backup;
    await site.wait(3 * HOUR);
    crews.look('hours after the database was restored');
    await crews.stopped(crews.replicas);
  };
  await site.scheduler.run(day());
  expect(crews.red).toEqual([]);
  expect(site.differences('one')).toEqual([]);
}

async function loadLong(crew: typeof Crew): Promise<void> {
  const crews = archive(crew, { every: '1m' }, { sliceFiles: 100_000, days: 20 });
  const { site } = crews;
  const day = async (): Promise<void> => {
    await crews.begin(3);
    for (let minute = 0; minute < 8; minute += 1) {
      await site.wait(MINUTE);
      crews.look(`in minute ${minute} of a long load`);
    }
    await crews.stopped(crews.replicas);
  };
  await site.scheduler.run(day());
  const [, ...others] = crews.queues.turns;
  // It took longer than a sync may stand still.
  expect((others[0]?.fromMs ?? 0) - (crews.queues.turns[0]?.fromMs ?? 0)).toBeGreaterThan(
    4 * MINUTE,
  );
  expect(crews.red).toEqual([]);
}

async function widen(crew: typeof Crew): Promise<void> {
  const filter = [{ term: { category: 'RAW' } }];
  const crews = archive(crew, { filter }, { sliceFiles: 200 });
  const { site, queues } = crews;
  const day = async (): Promise<void> => {
    await crews.begin(3);
    await site.wait(2 * HOUR);
    const { syncs, ...rest } = site.config as { readonly syncs: { readonly one: object } };
    site.config = { ...rest, syncs: { one: { ...syncs.one, filter: [] } } };
    for (const { service } of crews.replicas) await service.reload();
    await site.wait(MINUTE);
    for (const { report } of crews.replicas) {
      const [status] = (await report.status()).syncs;
      expect(status?.backlog?.left).toBeGreaterThan(0);
      expect(status?.state).toBe('catching-up');
      // None knows a watermark, or all the one before the slices.
      expect(status?.lagSeconds ?? Number.POSITIVE_INFINITY).toBeGreaterThan(DAY / 1000);
    }
    await site.wait(2 * HOUR);
    await crews.stopped(crews.replicas);
  };
  await site.scheduler.run(day());
  const slices = queues.turns.filter(({ queue }) => queue === 'slices');
  expect(new Set(slices.map(({ replica }) => replica)).size).toBe(3);
  expect(site.differences('one')).toEqual([]);
}

/** Replicas of one service over one queue and one database. */
export const CREW_SCENARIOS: readonly CrewScenario[] = [
  { name: 'every cadence is kept once, whoever does what', run: keepCadences },
  { name: 'a backlog is cut, and all bring in its slices', run: bringInBacklog },
  { name: 'the database is restored from a backup while slices are brought in', run: restore },
  { name: 'all see that one gets on with a long load', run: loadLong },
  { name: 'another filter makes a backlog, which is cut, too', run: widen },
  ...Object.entries(EVENTS).map(([name, event]) => ({
    name,
    run: (crew: typeof Crew) => happens(crew, name, event),
  })),
];
