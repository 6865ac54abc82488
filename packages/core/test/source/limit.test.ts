import { describe, expect, test } from 'vitest';
import { AdaptiveLimit } from '../../src/source/limit.ts';
import { fc } from '../property.ts';
import {
  capped,
  collapsing,
  failing,
  queue,
  rated,
  type Server,
  seeded,
  wide,
  work,
  workFixed,
  workTogether,
} from './server-models.ts';

test('the limit stays within its bounds whatever happens', () => {
  const bounds = fc.record({
    start: fc.integer({ min: 1, max: 100 }),
    min: fc.integer({ min: 1, max: 8 }),
    max: fc.integer({ min: 1, max: 64 }),
  });
  const answers = fc.array(fc.option(fc.integer({ min: 0, max: 5000 })), { maxLength: 400 });
  fc.assert(
    fc.property(bounds, answers, (options, durations) => {
      const limit = new AdaptiveLimit(options);
      for (const durationMs of durations) {
        if (durationMs === null) limit.overloaded();
        else limit.succeeded(durationMs);
        expect(limit.current).toBeGreaterThanOrEqual(options.min);
        expect(limit.current).toBeLessThanOrEqual(Math.max(options.max, options.min));
      }
    }),
  );
});

test('it doubles with each round of answers that take no longer', () => {
  const limit = new AdaptiveLimit({ start: 10 });
  for (let answer = 0; answer < 10; answer += 1) limit.succeeded(50);
  expect(limit.current).toBe(20);
  for (let answer = 0; answer < 20; answer += 1) limit.succeeded(50);
  expect(limit.current).toBe(40);
});

test('one burst of overloads counts once, the next round again', () => {
  const limit = new AdaptiveLimit({ start: 20 });
  for (let answer = 0; answer < 20; answer += 1) limit.overloaded();
  expect(limit.current).toBe(17);
  // One was still under way; then three are enough to see that it is still too much.
  for (let answer = 0; answer < 3; answer += 1) limit.overloaded();
  expect(limit.current).toBe(17);
  limit.overloaded();
  expect(limit.current).toBe(14);
});

test('a step down that changes nothing is taken back, and growth goes on as before', () => {
  const limit = new AdaptiveLimit({ start: 20 });
  const answers = (count: number, every: number): void => {
    for (let answer = 1; answer <= count; answer += 1) {
      if (answer % every === 0) limit.overloaded();
      else limit.succeeded(50);
    }
  };
  answers(20, 21);
  limit.overloaded();
  expect(limit.current).toBe(34);
  answers(40 + 29, 10);
  expect(limit.current).toBeLessThan(36);
  limit.overloaded();
  expect(limit.current).toBe(40);
  answers(40, 41);
  expect(limit.current).toBe(80);
});

/** Answers after 40 ms, or after 55 while the process is busy with something else every other round. */
function workedWithLag(tell: boolean): number {
  const limit = new AdaptiveLimit({ max: 256 });
  for (let round = 0; round < 10; round += 1) {
    const lagMs = round % 2 === 0 ? 0 : 15;
    for (let answer = limit.current; answer > 0; answer -= 1)
      limit.succeeded(40 + lagMs, tell ? lagMs : 0);
  }
  return limit.current;
}

test('what this process itself holds up is not taken for a queue at the server', () => {
  expect(workedWithLag(true)).toBe(256);
  expect(workedWithLag(false)).toBeLessThan(64);
});

test('once doubling has ended it grows by a tenth per round, as long as nothing was too much', () => {
  const limit = new AdaptiveLimit({ start: 100 });
  const round = (durationMs: number): number => {
    const answers = limit.current;
    for (let at = 0; at <= answers; at += 1) limit.succeeded(durationMs);
    return limit.current;
  };
  round(20);
  // So many wait that doubling ends, and not so many that it comes down.
  const before = round(25);
  expect(round(20) / before).toBeCloseTo(1.1, 1);
  expect(before).toBeLessThan(400);
});

const MINUTE = 60_000;
type Model = (random: () => number) => Server;
const MODELS: readonly (readonly [name: string, model: Model, lengthMs: number])[] = [
  ['fast, 64 at once', (random) => queue(random, () => 5, 64), MINUTE / 6],
  ['slow, 25 at once', (random) => queue(random, () => 400, 25), 2 * MINUTE],
  ['far away, for any number', (random) => wide(random, 100), MINUTE / 2],
  ['with a rate limit', (random) => rated(random, 100, 200), 2 * MINUTE],
  ['with a rate limit and Retry-After', (random) => rated(random, 100, 200, 1000), 2 * MINUTE],
  ['with a low rate limit', (random) => rated(random, 100, 30), 2 * MINUTE],
  ['that collapses under load', (random) => collapsing(random, 50, 40, 120), 2 * MINUTE],
  // TetraScience's published figures, at 25 in parallel: 24.5 files per second presigned, 3.4 directly.
  ['as published for presigned URLs', (random) => queue(random, () => 1020, 25), 5 * MINUTE],
  ['as published for direct retrieval', (random) => queue(random, () => 7350, 25), 30 * MINUTE],
];
const NUMBERS = [1, 2, 4, 6, 8, 10, 12, 16, 20, 22, 25, 28, 32, 40, 48, 64, 100, 192, 512];

describe.each(MODELS)('a server %s', (_name, model, lengthMs) => {
  test('gives at least nine tenths of what the best fixed number gets, and refuses little', () => {
    const best = Math.max(
      ...NUMBERS.map((number) => workFixed(model(seeded(1)), number, lengthMs).perSecond),
    );
    for (const seed of [2, 3]) {
      const limit = new AdaptiveLimit();
      const { perSecond, refused } = work(model(seeded(seed)), limit, lengthMs, seeded(seed + 10));
      expect(perSecond / best).toBeGreaterThan(0.9);
      expect(refused).toBeLessThan(0.04);
    }
  });
});

test('requests do not pile up at a server that works on 25 at once', () => {
  const limit = new AdaptiveLimit();
  work(
    queue(seeded(1), () => 400, 25),
    limit,
    MINUTE,
    seeded(2),
  );
  expect(limit.current).toBeGreaterThanOrEqual(25);
  expect(limit.current).toBeLessThan(40);
});

test('a way that has become longer is not taken for a queue', () => {
  const server = queue(seeded(1), (nowMs) => (nowMs < MINUTE ? 50 : 200), 100);
  const limit = new AdaptiveLimit();
  const { perSecond } = work(server, limit, 6 * MINUTE, seeded(2));
  expect(limit.current).toBeGreaterThanOrEqual(90);
  expect(perSecond).toBeGreaterThan(400);
});

/** Retries hold places, and wait longer the more often they fail: 5% of failures cost more than 5% of the speed by themselves. */
const CHANCES = [
  { share: 0.005, least: 0.7 },
  { share: 0.01, least: 0.7 },
  { share: 0.02, least: 0.6 },
  { share: 0.05, least: 0.3 },
];
const STEADY: readonly (readonly [name: string, model: Model, lengthMs: number])[] = [
  ['near, for any number', (random) => wide(random, 20), MINUTE / 12],
  ['far away, for any number', (random) => wide(random, 100), MINUTE / 2],
  ['slow, 25 at once', (random) => queue(random, () => 400, 25), MINUTE],
  ['that collapses under load', (random) => collapsing(random, 50, 40, 120), MINUTE / 2],
];
const SEEDS = [2, 3, 4, 5];

describe.each(CHANCES)('where $share fail by chance', ({ share, least }) => {
  /** What the limit gets, and how many requests are refused beyond those; the mean over the seeds. */
  const against = (model: Model, lengthMs: number): { ofFaultless: number; beyond: number } => {
    const sum = { faulty: 0, faultless: 0, beyond: 0 };
    for (const seed of SEEDS) {
      const server = failing(seeded(seed + 20), share, model(seeded(seed)));
      const faulty = work(server, new AdaptiveLimit(), lengthMs, seeded(seed + 10));
      const faultless = work(model(seeded(seed)), new AdaptiveLimit(), lengthMs, seeded(seed + 10));
      sum.faulty += faulty.perSecond;
      sum.faultless += faultless.perSecond;
      sum.beyond += (faulty.refused - share) / SEEDS.length;
    }
    return { ofFaultless: sum.faulty / sum.faultless, beyond: sum.beyond };
  };

  test.each(STEADY)(
    `a server %s gives ${least} of what it gives without`,
    (_name, model, length) => {
      expect(against(model, length).ofFaultless).toBeGreaterThan(least);
    },
  );

  test.each([
    ['a rate limit', undefined],
    ['a rate limit and Retry-After', 1000],
  ])(
    'a server with %s gives nearly all that it gives without, and refuses little besides',
    (_name, retryAfterMs) => {
      const model: Model = (random) => rated(random, 100, 200, retryAfterMs);
      const { ofFaultless, beyond } = against(model, 2 * MINUTE);
      expect(ofFaultless).toBeGreaterThan(0.9 * (1 - share));
      expect(beyond).toBeLessThan(0.05);
    },
  );
});

test.each([0, 0.01, 0.05])(
  'what a server bears falls to a fifth: the limit follows within seconds, though %d fail by chance',
  (share) => {
    for (const seed of SEEDS) {
      const most = (nowMs: number): number => (nowMs < MINUTE ? 200 : 40);
      const run = (lengthMs: number): number => {
        const server = failing(seeded(seed + 20), share, capped(seeded(seed), 100, most));
        const limit = new AdaptiveLimit();
        work(server, limit, lengthMs, seeded(seed + 10));
        return limit.current;
      };
      expect(run(MINUTE)).toBeGreaterThan(60);
      expect(run(MINUTE + 10_000)).toBeLessThan(60);
    }
  },
);

test('several that start at once do not ask for much at first', () => {
  const limits = Array.from({ length: 8 }, () => new AdaptiveLimit({ isShared: true }));
  const outcomes = workTogether(rated(seeded(1), 100, 200), limits, MINUTE / 6, seeded(2));
  const refused = outcomes.reduce((sum, one) => sum + one.refused, 0) / outcomes.length;
  expect(refused).toBeLessThan(0.1);
});

test.each([2, 4, 8])(
  'of %d that share a rate limit none starves; together they get as much as one, and are refused little',
  (clients) => {
    const model: Model = (random) => rated(random, 100, 200);
    const alone = work(model(seeded(1)), new AdaptiveLimit(), 2 * MINUTE, seeded(11)).perSecond;
    for (const seed of SEEDS) {
      const limits = Array.from({ length: clients }, () => new AdaptiveLimit({ isShared: true }));
      const random = seeded(seed + 10);
      const outcomes = workTogether(model(seeded(seed)), limits, 2 * MINUTE, random);
      const each = outcomes.map(({ perSecond }) => perSecond);
      expect(each.reduce((sum, one) => sum + one) / alone).toBeGreaterThan(0.9);
      expect(Math.min(...each) / Math.max(...each)).toBeGreaterThan(0.4);
      expect(Math.max(...outcomes.map(({ refused }) => refused))).toBeLessThan(0.06);
    }
  },
);
