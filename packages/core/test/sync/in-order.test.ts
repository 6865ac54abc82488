import { afterAll, expect, test } from 'vitest';
import { inOrder, type Work, type WorkBounds } from '../../src/sync/in-order.ts';
import { oneAhead } from '../../src/sync/one-ahead.ts';
import { fc } from '../property.ts';
import { TestClock } from '../test-clock.ts';

const unhandled: unknown[] = [];
const note = (error: unknown): void => void unhandled.push(error);
process.on('unhandledRejection', note);
afterAll(async () => {
  await turns(5);
  process.off('unhandledRejection', note);
  expect(unhandled).toEqual([]);
});

const clock = new TestClock();
const wide: WorkBounds = {
  ...{ concurrency: () => 4, ahead: 8, past: 0, behind: 100, bytes: 1000 },
  ...{ patienceMs: 1000, clock },
};

function work(
  on: Work<number, number>['on'],
  rest: Partial<Work<number, number>> = {},
): Work<number, number> {
  return { on, expected: () => 1, actual: () => 1, early: () => undefined, ...rest };
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

async function* upTo(count: number, signal?: AbortSignal): AsyncGenerator<number> {
  for (let item = 0; item < count; item += 1) {
    signal?.throwIfAborted();
    yield item;
  }
}

test('results come in the order of the items, and no bound is passed', async () => {
  const cases = fc.record({
    delays: fc.array(fc.nat(4), { maxLength: 25 }),
    concurrency: fc.integer({ min: 1, max: 5 }),
    ahead: fc.integer({ min: 1, max: 8 }),
    bytes: fc.integer({ min: 1, max: 30 }),
  });
  await fc.assert(
    fc.asyncProperty(cases, async ({ delays, concurrency, ahead, bytes }) => {
      let running = 0;
      let started = 0;
      let taken = 0;
      const weights = new Set<number>();
      const on = async (item: number): Promise<number> => {
        running += 1;
        started += 1;
        expect(running).toBeLessThanOrEqual(concurrency);
        // One more may be on its way from the generator to here.
        expect(started - taken).toBeLessThanOrEqual(ahead + 1);
        const waiting = [...weights].sort((a, b) => a - b).slice(1);
        expect(waiting.reduce((sum, each) => sum + (each % 7), 0)).toBeLessThan(bytes);
        await turns(delays[item] ?? 0);
        running -= 1;
        weights.add(item);
        return item;
      };
      const bounds = { ...wide, concurrency: () => concurrency, ahead, bytes };
      const found: number[] = [];
      const steps = inOrder(
        (signal) => upTo(delays.length, signal),
        work(on, { expected: () => 0, actual: (item) => item % 7 }),
        bounds,
      );
      for await (const result of steps) {
        taken += 1;
        weights.delete(result);
        found.push(result);
        if (result % 3 === 0) await turns(2);
      }
      expect(found).toEqual(delays.map((_, index) => index));
    }),
    { numRuns: 100 },
  );
});

/** Works on items while the first of them is not done until `release`, and nobody takes a result before that. */
async function heldUp(past: number): Promise<{ held: number; piled: number }> {
  let started = 0;
  let release = (): void => undefined;
  const first = new Promise<void>((resolve) => {
    release = resolve;
  });
  const on = async (item: number): Promise<number> => {
    started += 1;
    if (item === 0) await first;
    return item;
  };
  const steps = inOrder((signal) => upTo(100, signal), work(on), { ...wide, ahead: 8, past });
  const next = steps.next();
  await turns(60);
  const held = started;
  release();
  expect(await next).toEqual({ done: false, value: 0 });
  await turns(60);
  const piled = started;
  await steps.return();
  return { held, piled };
}

test('those behind one that is not done go on, until so many are there', async () => {
  expect(await heldUp(20)).toEqual({ held: 20, piled: 20 });
  // Never less than where it is the results that are not taken.
  expect(await heldUp(3)).toMatchObject({ held: 8 });
});

test('results that nobody takes do not pile up as far as that', async () => {
  let started = 0;
  const on = async (item: number): Promise<number> => {
    started += 1;
    return item;
  };
  const bounds = { ...wide, ahead: 8, past: 20 };
  const steps = inOrder((signal) => upTo(100, signal), work(on), bounds);
  await steps.next();
  await turns(60);
  // One was taken, and eight wait.
  expect(started).toBe(9);
  await steps.return();
});

test('an error comes when its turn comes, cancels the rest and waits for it', async () => {
  const cases = fc.record({
    bad: fc.nat(10),
    delays: fc.array(fc.nat(4), { minLength: 12, maxLength: 12 }),
  });
  await fc.assert(
    fc.asyncProperty(cases, async ({ bad, delays }) => {
      let running = 0;
      const on = async (item: number, signal: AbortSignal): Promise<number> => {
        running += 1;
        try {
          for (let turn = 0; turn < (delays[item] ?? 0) * 3; turn += 1) {
            signal.throwIfAborted();
            await turns(1);
          }
          if (item === bad) throw new Error(`bad ${bad}`);
          return item;
        } finally {
          running -= 1;
        }
      };
      const found: number[] = [];
      const drain = async (): Promise<void> => {
        const steps = inOrder((signal) => upTo(12, signal), work(on), wide);
        for await (const result of steps) found.push(result);
      };
      await expect(drain()).rejects.toThrow(`bad ${bad}`);
      expect(found).toEqual(Array.from({ length: bad }, (_, index) => index));
      expect(running).toBe(0);
    }),
    { numRuns: 50 },
  );
});

test('an error of the items comes after the results before it', async () => {
  async function* items(): AsyncGenerator<number> {
    yield* [0, 1, 2];
    throw new Error('no more pages');
  }
  const on = async (item: number): Promise<number> => {
    await turns(5 - item);
    return item;
  };
  const found: number[] = [];
  const drain = async (): Promise<void> => {
    for await (const result of inOrder(items, work(on), wide)) found.push(result);
  };
  await expect(drain()).rejects.toThrow('no more pages');
  expect(found).toEqual([0, 1, 2]);
});

test('leaving early cancels what is under way and waits for it', async () => {
  let running = 0;
  let closed = false;
  const reasons: unknown[] = [];
  async function* items(signal: AbortSignal): AsyncGenerator<number> {
    try {
      yield* upTo(100, signal);
    } finally {
      closed = true;
    }
  }
  const on = async (item: number, signal: AbortSignal): Promise<number> => {
    if (item === 0) return item;
    running += 1;
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    await turns(3);
    running -= 1;
    reasons.push(signal.reason);
    throw signal.reason;
  };
  for await (const result of inOrder(items, work(on), wide)) {
    expect(result).toBe(0);
    await turns(3);
    expect(running).toBe(4);
    break;
  }
  expect([running, closed, reasons.length]).toEqual([0, true, 4]);
});

test('the concurrency is asked before each start', async () => {
  let allowed = 1;
  let running = 0;
  const most: number[] = [];
  const on = async (item: number): Promise<number> => {
    running += 1;
    most.push(running);
    if (item === 5) allowed = 3;
    await turns(2);
    running -= 1;
    return item;
  };
  const bounds = { ...wide, concurrency: () => allowed };
  for await (const _ of inOrder(() => upTo(12), work(on), bounds));
  expect(Math.max(...most.slice(0, 6))).toBe(1);
  expect(Math.max(...most)).toBe(3);
});

test('one heavy result alone is let through', async () => {
  const bounds = { ...wide, ahead: 4, bytes: 1 };
  const found: number[] = [];
  const heavy = work(async (item) => item, { expected: () => 99, actual: () => 99 });
  for await (const item of inOrder(() => upTo(6), heavy, bounds)) found.push(item);
  expect(found).toEqual([0, 1, 2, 3, 4, 5]);
});

test('what is expected to be heavy is not worked on beside much else', async () => {
  let running = 0;
  const on = async (item: number): Promise<number> => {
    running += 1;
    expect(running).toBeLessThanOrEqual(item < 4 ? 2 : 4);
    await turns(2);
    running -= 1;
    return item;
  };
  const scale = { expected: (item: number) => (item < 4 ? 50 : 1), actual: () => 0 };
  const bounds = { ...wide, bytes: 100 };
  for await (const _ of inOrder(() => upTo(12), work(on, scale), bounds));
});

test('oneAhead asks for one value more, and no further', async () => {
  let asked = 0;
  async function* source(): AsyncGenerator<number> {
    for (; asked < 5; ) {
      asked += 1;
      yield asked;
    }
  }
  const found: [number, number][] = [];
  for await (const value of oneAhead(source())) {
    await turns(2);
    found.push([value, asked]);
  }
  expect(found).toEqual([
    [1, 2],
    [2, 3],
    [3, 4],
    [4, 5],
    [5, 5],
  ]);
});

test('oneAhead left early closes its source; an error of the value ahead is nobody’s', async () => {
  let closed = false;
  async function* source(): AsyncGenerator<number> {
    try {
      yield 1;
      throw new Error('ahead');
    } finally {
      closed = true;
    }
  }
  for await (const value of oneAhead(source())) {
    expect(value).toBe(1);
    break;
  }
  expect(closed).toBe(true);
  const drain = async (): Promise<void> => {
    for await (const _ of oneAhead(source()));
  };
  await expect(drain()).rejects.toThrow('ahead');
});
