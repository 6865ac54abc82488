import { describe, expect, it } from 'vitest';
import { cadence, nextOf, nthOf } from '../src/config/cadence.ts';
import type { JobEnd, LaneKind, SyncPlan } from '../src/serve/lane.ts';
import { Scheduler } from '../src/serve/scheduler.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const T0 = Date.UTC(2026, 2, 28);

function plan(every: string | object, sweepMs?: number, verifyMs?: number): SyncPlan {
  return { every: cadence.parse(every), sweepMs, verifyMs };
}

interface Begun {
  readonly sync: string;
  readonly kind: LaneKind;
  readonly atMs: number;
  readonly endMs: number;
}

/** Plays a scheduler through time: jobs take as long, and end, as `job` says. */
function play(
  scheduler: Scheduler,
  fromMs: number,
  untilMs: number,
  job: (sync: string, kind: LaneKind, atMs: number) => { takesMs: number; end?: JobEnd },
  act: (nowMs: number) => void = () => undefined,
): readonly Begun[] {
  const begun: Begun[] = [];
  const running = new Map<string, { kind: LaneKind; endMs: number; end: JobEnd }>();
  for (let nowMs = fromMs; nowMs < untilMs; ) {
    act(nowMs);
    for (const [sync, { kind, endMs, end }] of running) {
      if (endMs > nowMs) continue;
      running.delete(sync);
      scheduler.ended(sync, kind, end, nowMs);
    }
    const { start, giveWay, wakeAtMs } = scheduler.next(nowMs);
    for (const { sync, kind } of start) {
      expect(running.has(sync), `${sync} overlaps itself`).toBe(false);
      const { takesMs, end = 'complete' } = job(sync, kind, nowMs);
      running.set(sync, { kind, endMs: nowMs + takesMs, end });
      begun.push({ sync, kind, atMs: nowMs, endMs: nowMs + takesMs });
    }
    for (const sync of giveWay) {
      const { kind } = running.get(sync) ?? { kind: 'run' };
      running.set(sync, { kind, endMs: nowMs + SECOND, end: 'interrupted' });
    }
    const next = Math.min(wakeAtMs, ...[...running.values()].map(({ endMs }) => endMs));
    expect(next).toBeGreaterThan(nowMs);
    nowMs = next;
  }
  return begun;
}

function scheduler(
  plans: Readonly<Record<string, SyncPlan>>,
  concurrent = 4,
  marks: Readonly<Record<string, { ranAtMs?: number; sweptAtMs?: number }>> = {},
): Scheduler {
  const made = new Scheduler({ concurrent, turnMs: 15 * MINUTE });
  made.configure(new Map(Object.entries(plans)), new Map(Object.entries(marks)), T0);
  return made;
}

const quick = () => ({ takesMs: 5 * SECOND });

describe('the scheduler over days', () => {
  it('keeps a cadence of an interval without drifting, whatever a run takes', () => {
    const made = scheduler({ a: plan('4h') });
    const begun = play(made, T0, T0 + 10 * DAY, () => ({ takesMs: 7 * MINUTE }));
    expect(begun).toHaveLength(60);
    expect(begun.map(({ atMs }) => (atMs - T0) % (4 * HOUR))).toEqual(begun.map(() => 0));
  });

  it('keeps a cron expression in its time zone, over the change to summer time', () => {
    const made = scheduler({ a: plan({ cron: '30 6 * * *', timeZone: 'Europe/Berlin' }) }, 4, {
      a: { ranAtMs: T0 },
    });
    const hours = play(made, T0, T0 + 4 * DAY, quick).map(({ atMs }) =>
      new Date(atMs).toISOString().slice(8, 16),
    );
    expect(hours).toEqual(['28T05:30', '29T04:30', '30T04:30', '31T04:30']);
  });

  it('sweeps and verifies on their own cadences, and only after a run has come to its end', () => {
    const made = scheduler({ a: plan('1h', DAY, 6 * HOUR) });
    const begun = play(made, T0, T0 + 4 * DAY, quick);
    const times = (kind: LaneKind) => begun.filter((one) => one.kind === kind).length;
    expect(begun[0]?.kind).toBe('run');
    expect(times('run')).toBe(96);
    expect(times('sweep')).toBe(4);
    expect(times('verify')).toBe(16);
    const failing = scheduler({ a: plan('1h', DAY, DAY) });
    const ended = play(failing, T0, T0 + DAY, () => ({ takesMs: SECOND, end: 'failed' }));
    expect(new Set(ended.map(({ kind }) => kind))).toEqual(new Set(['run']));
  });

  it('catches up at once after downtime, and waits where nothing was missed', () => {
    const made = scheduler({ late: plan('4h'), fresh: plan('4h') }, 4, {
      late: { ranAtMs: T0 - 3 * DAY },
      fresh: { ranAtMs: T0 - HOUR },
    });
    const begun = play(made, T0, T0 + 4 * HOUR, quick);
    expect(begun.map(({ sync, atMs }) => [sync, atMs - T0])).toEqual([
      ['late', 0],
      ['fresh', 3 * HOUR],
    ]);
  });

  it('staggers the first runs', () => {
    const names = ['a', 'b', 'c', 'd'];
    const made = scheduler(Object.fromEntries(names.map((name) => [name, plan('1h')])));
    const begun = play(made, T0, T0 + MINUTE, quick);
    expect(begun.map(({ atMs }) => atMs - T0)).toEqual([0, 2000, 4000, 6000]);
  });

  it('lets a failing sync wait longer each time, up to a quarter of an hour, and holds up no other', () => {
    const made = scheduler({ bad: plan('15m'), good: plan('15m') }, 1);
    const begun = play(made, T0, T0 + DAY, (sync) => ({
      takesMs: SECOND,
      end: sync === 'bad' ? 'failed' : 'complete',
    }));
    const bad = begun.filter(({ sync }) => sync === 'bad').map(({ atMs }) => atMs);
    const waits = bad.slice(1).map((atMs, index) => atMs - (bad[index] ?? 0));
    expect(waits.slice(0, 6).map((ms) => Math.round(ms / MINUTE))).toEqual([1, 1, 2, 4, 8, 15]);
    expect(Math.max(...waits)).toBeLessThan(15 * MINUTE + 5 * SECOND);
    expect(begun.filter(({ sync }) => sync === 'good')).toHaveLength(96);
    expect(made.failures('bad', 'run')).toBe(bad.length);
    expect(made.failures('good', 'run')).toBe(0);
  });

  it('a sweep that fails does not hold up the runs', () => {
    const made = scheduler({ a: plan('1h', DAY) });
    const begun = play(made, T0, T0 + DAY, (_sync, kind) => ({
      takesMs: SECOND,
      end: kind === 'sweep' ? 'failed' : 'complete',
    }));
    expect(begun.filter(({ kind }) => kind === 'run')).toHaveLength(24);
    expect(begun.filter(({ kind }) => kind === 'sweep').length).toBeLessThan(10);
  });

  it('never does more at once than it may, and lets long runs take turns', () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    const made = scheduler(Object.fromEntries(names.map((name) => [name, plan('10m')])), 2);
    // Two that have years to catch up with, and three that take no time.
    const begun = play(made, T0, T0 + DAY, (sync) => ({ takesMs: sync < 'c' ? 30 * DAY : SECOND }));
    for (const name of ['c', 'd', 'e'])
      expect(begun.filter(({ sync }) => sync === name).length).toBeGreaterThan(60);
    for (const name of ['a', 'b'])
      expect(begun.filter(({ sync }) => sync === name).length).toBeGreaterThan(10);
  });

  it('pauses, resumes and does what is wanted out of turn', () => {
    const made = scheduler({ a: plan('1h') });
    let step = 0;
    const begun = play(made, T0, T0 + DAY, quick, (nowMs) => {
      if (step === 0 && nowMs >= T0 + 3 * HOUR) {
        made.pause('a');
        expect(made.want('a', 'run', nowMs)).toBe(false);
        made.configure(
          new Map([
            ['a', plan('1h')],
            ['b', plan('6h')],
          ]),
          new Map(),
          nowMs,
        );
        step = 1;
      } else if (step === 1 && nowMs >= T0 + 9 * HOUR) {
        made.resume('a');
        expect(made.want('a', 'retry', nowMs)).toBe(true);
        step = 2;
      }
    });
    const ofA = begun.filter(({ sync }) => sync === 'a');
    expect(ofA.some(({ atMs }) => atMs >= T0 + 3 * HOUR && atMs < T0 + 9 * HOUR)).toBe(false);
    expect(ofA.find(({ atMs }) => atMs >= T0 + 9 * HOUR)?.kind).toBe('retry');
    expect(ofA.filter(({ kind }) => kind === 'run').length).toBeGreaterThan(15);
  });

  it('says at a pause what had been asked for and will not be done', () => {
    const made = scheduler({ a: plan('1h') });
    made.next(T0);
    made.want('a', 'rebuild', T0);
    made.want('a', 'verify', T0);
    expect(made.pause('a')).toEqual(['rebuild', 'verify']);
    made.resume('a');
    expect(made.pause('a')).toEqual([]);
  });

  it('a sync that leaves and comes back while its job goes on does not overlap itself', () => {
    const made = scheduler({ a: plan('1h') });
    expect(made.next(T0).start).toEqual([{ sync: 'a', kind: 'run' }]);
    made.configure(new Map(), new Map(), T0);
    made.configure(new Map([['a', plan('1m')]]), new Map(), T0);
    expect(made.next(T0 + HOUR).start).toEqual([]);
    made.ended('a', 'run', 'interrupted', T0 + HOUR);
    expect(made.next(T0 + HOUR).start).toEqual([{ sync: 'a', kind: 'run' }]);
  });
});

describe('cadences', () => {
  it.each([
    ['15m', 15 * MINUTE],
    ['0 */4 * * *', 4 * HOUR],
    ['*/30 * * * * *', 30 * SECOND],
  ])('%s', (text, ms) => {
    expect(nextOf(cadence.parse(text), T0)).toBe(T0 + ms);
    expect(nthOf(cadence.parse(text), T0, 3)).toBe(T0 + 3 * ms);
  });

  it.each([
    ['10ms', /100ms or more/],
    ['soon', /a duration such as 4h, a cron expression/],
    ['61 * * * *', /no cron expression/],
    ['0 0 30 2 *', /no time to come|no cron expression/],
    [{ cron: '0 * * * *', timeZone: 'Middle/Earth' }, /there is no time zone "Middle\/Earth"/],
  ])('refuses %j', (value, message) => {
    const result = cadence.safeParse(value);
    expect(result.error?.issues.map((issue) => issue.message).join()).toMatch(message);
  });
});

it.each(['sweep', 'verify', 'rebuild'] as const)(
  'a %s that is asked for is done once, before what is due by itself',
  (kind) => {
    const made = scheduler({ lab: plan('1h') }, 1, { lab: { ranAtMs: T0 - 2 * HOUR } });
    expect(made.want('lab', kind, T0)).toBe(true);
    const begun = play(made, T0, T0 + 3 * HOUR, quick);
    expect(begun[0]?.kind).toBe(kind);
    expect(begun.filter((one) => one.kind === kind)).toHaveLength(1);
  },
);
