import type { Queue } from '@tdp-sync/queue';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { PostgresServer } from '../../packages/sink-postgres/test/server/postgres.ts';
import {
  canStart,
  createDatabase,
  ownServer,
  title,
} from '../../packages/sink-postgres/test/server.ts';
import { newSchema, open, through } from './lab.ts';
import { line } from './line.ts';

/** Longer than a replica may be silent. */
const LONG_OUTAGE_MS = 40_000;
/** One replica is back so much later than the other: less than whoever is back leaves to others. */
const LATER_MS = 8_000;
/** Within this time all calls work again. */
const BACK_MS = 30_000;
const UNAVAILABLE = { name: 'QueueError', code: 'QUEUE_UNAVAILABLE', retryable: true };

describe.skipIf(!canStart)(title('a server that goes away', canStart), () => {
  let server: PostgresServer;
  beforeEach(async () => {
    // What it has said to be stored must be there after a crash.
    server = await ownServer({ isDurable: true });
    await createDatabase(server, 'lab');
  });
  afterEach(() => server[Symbol.asyncDispose]());

  const never = new AbortController().signal;

  /** Waits until the queue can be reached. */
  async function back(queue: Queue): Promise<void> {
    const call = () =>
      queue.look('back').then(
        () => 'back',
        (error: Error) => error.message,
      );
    await expect.poll(call, { timeout: BACK_MS, interval: 100 }).toBe('back');
  }

  /** Waits until so much time has passed: an outage is nothing else. */
  async function passes(ms: number): Promise<void> {
    const end = performance.now() + ms;
    const isOver = () => performance.now() >= end;
    await expect.poll(isOver, { timeout: ms + 5_000, interval: 100 }).toBe(true);
  }

  test.each([
    ['restarts', 0, 0],
    ['is away for longer than replicas may be silent', LONG_OUTAGE_MS, LATER_MS],
  ])(
    '%s: calls fail meanwhile and work again, and what is in hand stays there',
    async (_how, ms, laterMs) => {
      const schema = newSchema();
      const port = Number(new URL(server.url('lab')).port);
      await using lineOfA = await line(port);
      await using lineOfB = await line(port);
      await using a = await open(through(lineOfA, server.url('lab')), schema, 'a');
      await using b = await open(through(lineOfB, server.url('lab')), schema, 'b');
      for (const key of ['one', 'two', 'three']) await a.schedule({ key, data: key });
      const [one, two] = [await a.take(never), await b.take(never)];
      await a.note('note', 1);
      await server.kill();
      // Its sessions live on for a moment.
      for (const one of [lineOfA, lineOfB]) one.cut();
      const calls = [
        () => a.schedule({ key: 'four', data: null }),
        () => a.take(never),
        () => a.done(one, 'too early'),
        () => a.stop('two'),
        () => a.look(null),
        () => a.note('note', 2),
      ];
      for (const call of calls) await expect(call()).rejects.toMatchObject(UNAVAILABLE);
      await passes(ms);
      await server.start();
      lineOfA.mend();
      await back(a);
      await passes(laterMs);
      lineOfB.mend();
      await back(b);
      // Whoever was taken for dead would be so by then.
      const three = await b.take(never);
      expect(three.key).toBe('three');
      const left = b.take(AbortSignal.timeout(BACK_MS));
      await expect(left).rejects.toMatchObject({ name: 'TimeoutError' });
      for (const task of [one, two, three]) expect(task.signal.aborted).toBe(false);
      await Promise.all([a.done(one, 1), b.done(two, 2), b.done(three, 3)]);
      const { tasks, notes } = await b.look(null);
      expect(tasks.map(({ key, state, result }) => [key, state, result])).toEqual([
        ['one', 'done', 1],
        ['two', 'done', 2],
        ['three', 'done', 3],
      ]);
      expect(notes).toEqual(new Map([['note', 1]]));
    },
  );

  test('a take that waits throws when the server goes, and may be begun again', async () => {
    await using a = await open(server.url('lab'), newSchema(), 'a');
    const waits = a.take(never);
    await a.look(null);
    await server.kill();
    await expect(waits).rejects.toMatchObject(UNAVAILABLE);
    await server.start();
    await back(a);
    const again = a.take(never);
    await a.schedule({ key: 'run', data: null });
    expect((await again).key).toBe('run');
  });

  test('a queue is left within seconds while the server is away or says nothing', async () => {
    await using near = await line(Number(new URL(server.url('lab')).port));
    const url = through(near, server.url('lab'));
    const schema = newSchema();
    for (const goes of [() => near.silence(), () => near.cut()]) {
      near.mend();
      const queue = await open(url, schema, 'a');
      await queue.schedule({ key: 'run', data: null });
      await queue.take(never);
      const waits = queue.take(never);
      goes();
      const since = performance.now();
      await Promise.all([queue[Symbol.asyncDispose](), expect(waits).rejects.toThrow()]);
      expect(performance.now() - since).toBeLessThan(6_000);
      near.mend();
      await using clean = await open(url, schema, 'b');
      await clean.stop('run');
    }
  });

  test('a queue that nobody answers for is not opened, which is said within seconds', async () => {
    await using near = await line(Number(new URL(server.url('lab')).port));
    const url = through(near, server.url('lab'));
    for (const goes of [() => near.silence(), () => near.cut()]) {
      near.mend();
      goes();
      const since = performance.now();
      const error = open(url, newSchema(), 'a');
      await expect(error).rejects.toMatchObject(UNAVAILABLE);
      await expect(error).rejects.toThrow(`127.0.0.1:${near.port}/lab cannot be reached`);
      expect(performance.now() - since).toBeLessThan(15_000);
    }
  });

  test('a take that breaks off in the middle, wherever, holds up its task for seconds only', async () => {
    const schema = newSchema();
    await using near = await line(Number(new URL(server.url('lab')).port));
    await using steady = await open(server.url('lab'), schema, 'steady');
    await using shaky = await open(through(near, server.url('lab')), schema, 'shaky');
    let broken = 0;
    for (let n = 1; n <= 12; n += 1) {
      const key = `run ${n}`;
      await steady.schedule({ key, data: n });
      near.cutAtAnswer(n);
      const first = await shaky.take(never).catch((error: unknown) => {
        expect(error).toMatchObject(UNAVAILABLE);
        broken += 1;
      });
      near.mend();
      const since = performance.now();
      const taken = first ?? (await shaky.take(AbortSignal.timeout(BACK_MS)));
      expect(taken.key).toBe(key);
      expect(performance.now() - since, `answer ${n}`).toBeLessThan(5_000);
      near.mend();
      await steady.stop(key);
    }
    // A connection takes three answers, whether any waits one, and having it four.
    expect(broken).toBeGreaterThan(4);
  });

  test('a line that breaks again and again loses and doubles nothing', async () => {
    const schema = newSchema();
    await using near = await line(Number(new URL(server.url('lab')).port));
    await using shaky = await open(through(near, server.url('lab')), schema, 'shaky');
    await using steady = await open(server.url('lab'), schema, 'steady');
    const keys = Array.from({ length: 30 }, (_, n) => `run ${n}`);
    const again = async <T>(call: () => Promise<T>): Promise<T> => {
      for (;;) {
        try {
          return await call();
        } catch (error) {
          expect(error).toMatchObject(UNAVAILABLE);
          near.mend();
        }
      }
    };
    for (const [at, key] of keys.entries()) {
      // Each in another place of what goes over the line: before, within, and after.
      const cut = setTimeout(() => near.cut(), at / 3);
      await again(() => shaky.schedule({ key, data: at }));
      const taken = await again(() => shaky.take(AbortSignal.timeout(BACK_MS * 2)));
      await again(() => shaky.done(taken, taken.data));
      clearTimeout(cut);
      near.mend();
    }
    const end = async () => {
      const { tasks } = await steady.look(null);
      const open = tasks.filter(({ state }) => state === 'waiting' || state === 'taken');
      const late = open.find(({ state }) => state === 'waiting');
      if (late !== undefined) {
        const taken = await steady.take(AbortSignal.timeout(BACK_MS));
        await steady.done(taken, taken.data);
      }
      return open.length;
    };
    await expect.poll(end, { timeout: 120_000, interval: 200 }).toBe(0);
    const { tasks } = await steady.look(null);
    expect(tasks.map(({ key, state }) => [key, state])).toEqual(keys.map((key) => [key, 'done']));
    for (const { data, result } of tasks) expect(result).toBe(data);
  });
});
