import { describe, expect, test } from 'vitest';
import { judgeClocks, type ProvenTime, type Verdict } from '../../src/source/clocks.ts';
import { fc } from '../property.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;
const TOLERANCE = 5 * MINUTE;
/** The true time. */
const NOW = Date.UTC(2026, 5, 1, 12);

interface Case {
  readonly is: string;
  /** What each says, from the true time on. */
  readonly date: number;
  readonly local: number;
  readonly newest?: number;
  readonly before?: { readonly proven: number; readonly date: number; readonly local: number };
  readonly now: number;
  readonly verdict: Verdict;
  readonly isStale?: boolean;
}

const CASES: readonly Case[] = [
  { is: 'all is right', date: 0, local: 0, newest: -MINUTE, now: 0, verdict: 'agree' },
  { is: 'a quiet lab', date: 0, local: 0, newest: -9 * DAY, now: 0, verdict: 'agree' },
  { is: 'no file at all', date: 0, local: 0, now: 0, verdict: 'agree' },
  ...[
    { is: 'Date a little ahead', date: MINUTE, local: 0, newest: -HOUR },
    { is: 'this machine a little ahead', date: 0, local: MINUTE, newest: -HOUR },
  ].map((one) => ({ ...one, now: 0, verdict: 'agree' as const })),
  {
    is: 'this machine a little behind, and a stamp shows it',
    ...{ date: 0, local: -4 * MINUTE, newest: -1000, now: -1000, verdict: 'agree' },
  },
  {
    is: 'a stamp a little later than both',
    ...{ date: 0, local: 0, newest: MINUTE, now: 0, verdict: 'agree' },
  },
  ...[3 * HOUR, -3 * HOUR, -50 * YEAR].map((local) => ({
    is: `this machine off by ${local / HOUR} h, and a fresh stamp`,
    ...{ date: 0, local, newest: -2 * MINUTE, now: 0, verdict: 'local-wrong' as const },
  })),
  {
    is: 'this machine ahead, and no fresh stamp',
    ...{ date: 0, local: 3 * HOUR, newest: -9 * DAY, now: 0, verdict: 'unsure' },
  },
  {
    is: 'this machine behind, and a stamp that it has not reached',
    ...{ date: 0, local: -3 * HOUR, newest: -HOUR, now: -HOUR, verdict: 'local-wrong' },
  },
  {
    is: 'this machine behind, and older stamps only',
    ...{ date: 0, local: -3 * HOUR, newest: -9 * HOUR, now: -3 * HOUR, verdict: 'unsure' },
  },
  {
    is: 'this machine behind as it was when all was proven',
    ...{ date: 0, local: -3 * HOUR, newest: -9 * HOUR },
    before: { proven: -HOUR, date: -HOUR, local: -4 * HOUR },
    ...{ now: 0, verdict: 'local-wrong' },
  },
  {
    is: 'this machine set back since all was proven',
    ...{ date: 0, local: -3 * HOUR, newest: -9 * HOUR },
    before: { proven: -HOUR, date: -HOUR, local: -HOUR },
    ...{ now: -HOUR, verdict: 'local-wrong' },
  },
  ...[2 * HOUR, 2 * YEAR].map((date) => ({
    is: `Date ahead by ${date / HOUR} h, and a fresh stamp`,
    ...{ date, local: 0, newest: -2 * MINUTE, now: 0, verdict: 'date-wrong' as const },
  })),
  {
    is: 'Date ahead in a quiet lab',
    ...{ date: 2 * YEAR, local: 0, newest: -9 * DAY, now: 0, verdict: 'unsure' },
  },
  {
    is: 'Date ahead, and no file at all',
    ...{ date: 2 * YEAR, local: 0, now: 0, verdict: 'unsure' },
  },
  {
    is: 'Date ten years behind, and a fresh stamp',
    ...{ date: -10 * YEAR, local: 0, newest: -MINUTE, now: 0, verdict: 'date-wrong' },
  },
  {
    is: 'Date behind, and a stamp between: nothing speaks for that stamp',
    ...{ date: -10 * YEAR, local: 0, newest: -DAY, now: -10 * YEAR, verdict: 'unsure' },
  },
  {
    is: 'Date behind as it was when all was proven',
    ...{ date: -2 * HOUR, local: 0, newest: -DAY },
    before: { proven: -HOUR, date: -3 * HOUR, local: -HOUR },
    ...{ now: 0, verdict: 'date-wrong' },
  },
  {
    is: 'Date set back since all was proven: an old answer',
    ...{ date: -2 * HOUR, local: 0, newest: -DAY },
    before: { proven: -HOUR, date: -HOUR, local: -HOUR },
    ...{ now: -HOUR, verdict: 'date-wrong', isStale: true },
  },
  {
    is: 'Date set back, and a fresh stamp',
    ...{ date: -2 * HOUR, local: 0, newest: -MINUTE },
    before: { proven: -HOUR, date: -HOUR, local: -HOUR },
    ...{ now: 0, verdict: 'date-wrong' },
  },
  {
    is: 'quiet since just the time that this machine is behind',
    ...{ date: 0, local: -3 * HOUR, newest: -3 * HOUR },
    before: { proven: -HOUR, date: -HOUR, local: -4 * HOUR },
    ...{ now: 0, verdict: 'local-wrong' },
  },
  {
    is: 'a time that both clocks have not reached was not proven',
    ...{ date: 0, local: -3 * HOUR, newest: -9 * HOUR },
    before: { proven: 2 * YEAR, date: 2 * YEAR, local: 2 * YEAR },
    ...{ now: -3 * HOUR, verdict: 'unsure' },
  },
  {
    is: 'a wrong proof, and Date still says so, but stamps and this machine do not',
    ...{ date: 2 * YEAR, local: 0, newest: -MINUTE },
    before: { proven: 2 * YEAR - HOUR, date: 2 * YEAR - HOUR, local: 2 * YEAR - HOUR },
    ...{ now: 0, verdict: 'date-wrong' },
  },
];

function proven(before: Case['before']): ProvenTime | undefined {
  if (before === undefined) return undefined;
  const { proven: provenMs, date, local } = before;
  return { provenMs: NOW + provenMs, dateMs: NOW + date, localMs: NOW + local };
}

describe('the time by which a run goes:', () => {
  test.each(CASES.map((one) => [one.is, one] as const))('%s', (_, one) => {
    const { date, local, newest, before, now, verdict, isStale = false } = one;
    const reading = {
      ...{ dateMs: NOW + date, localMs: NOW + local },
      newestMs: newest === undefined ? undefined : NOW + newest,
    };
    const judged = judgeClocks(reading, proven(before), TOLERANCE);
    expect({ ...judged, nowMs: judged.nowMs - NOW }).toEqual({ nowMs: now, verdict, isStale });
  });
});

const skew = fc.oneof(
  fc.integer({ min: -YEAR, max: YEAR }),
  fc.integer({ min: -9 * HOUR, max: 9 * HOUR }),
  fc.integer({ min: -TOLERANCE, max: TOLERANCE }),
);
const age = fc.oneof(fc.nat(10 * MINUTE), fc.nat(10 * HOUR), fc.nat(YEAR));

/** Runs one after the other, each with what the one before has proven; gives what each goes by, from the true time on. */
function runs(
  steps: readonly { readonly passedMs: number; readonly ageMs: number | undefined }[],
  off: (step: number) => { readonly date: number; readonly local: number },
): readonly number[] {
  let trueMs = NOW;
  let newestMs: number | undefined;
  let before: ProvenTime | undefined;
  return steps.map(({ passedMs, ageMs }, step) => {
    trueMs += passedMs;
    if (ageMs !== undefined) newestMs = Math.max(newestMs ?? 0, trueMs - ageMs);
    const { date, local } = off(step);
    const reading = { dateMs: trueMs + date, localMs: trueMs + local, newestMs };
    const { nowMs } = judgeClocks(reading, before, TOLERANCE);
    before = { provenMs: nowMs, dateMs: reading.dateMs, localMs: reading.localMs };
    return nowMs - trueMs;
  });
}

const step = fc.record({ passedMs: fc.nat(DAY), ageMs: fc.option(age, { nil: undefined }) });

test('while one of the two clocks is right, no run goes by a time that is yet to come', () => {
  const skews = fc.array(skew, { minLength: 8, maxLength: 8 });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 8 }), skews, fc.boolean(), (steps, wrong, isDate) => {
      const offs = runs(steps, (at) => {
        const offMs = wrong[at] ?? 0;
        return isDate ? { date: offMs, local: 0 } : { date: 0, local: offMs };
      });
      for (const off of offs) expect(off).toBeLessThanOrEqual(TOLERANCE);
    }),
  );
});

test('a clock that stays as wrong as it is holds nothing up once a stamp has shown it', () => {
  const wrong = fc.oneof(
    fc.record({ date: skew, local: fc.constant(0) }),
    fc.record({ date: fc.constant(0), local: skew }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 8 }), wrong, (later, off) => {
      const fresh = { passedMs: 0, ageMs: MINUTE };
      for (const now of runs([fresh, ...later], () => off))
        expect(now).toBeGreaterThanOrEqual(-TOLERANCE);
    }),
  );
});

test('a clock that gains a little with every run carries nothing into the future', () => {
  const hourly = Array.from({ length: 9 }, () => ({ passedMs: HOUR, ageMs: undefined }));
  const steps = [{ passedMs: 0, ageMs: MINUTE }, ...hourly];
  const gain = (at: number): number => 3 * HOUR + at * (TOLERANCE - 1000);
  for (const off of [
    (at: number) => ({ date: 0, local: gain(at) }),
    (at: number) => ({ date: gain(at), local: 0 }),
  ])
    for (const now of runs(steps, off)) expect(now).toBeLessThanOrEqual(0);
});

test('a quiet lab moves on as long as this machine is right and TDP not behind', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 8 }), fc.nat(YEAR), (steps, date) => {
      for (const now of runs(steps, () => ({ date, local: 0 })))
        expect(now).toBeGreaterThanOrEqual(0);
    }),
  );
});
