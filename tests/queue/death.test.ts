import type { Queue, Taken } from '@tdp-sync/queue';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PostgresServer } from '../../packages/sink-postgres/test/server/postgres.ts';
import {
  canStart,
  createDatabase,
  ownServer,
  title,
} from '../../packages/sink-postgres/test/server.ts';
import { child } from './children.ts';
import { newSchema, open, sql } from './lab.ts';

const MINUTE_MS = 60_000;

describe.skipIf(!canStart)(title('processes that die', canStart), () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await ownServer();
    await createDatabase(server, 'lab');
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const url = () => server.url('lab');
  const never = new AbortController().signal;

  /** Takes, and says how long that took. */
  async function timed(queue: Queue): Promise<{ readonly taken: Taken; readonly ms: number }> {
    const since = performance.now();
    const taken = await queue.take(never);
    return { taken, ms: performance.now() - since };
  }

  async function stateOf(queue: Queue, key: string): Promise<readonly unknown[]> {
    const { tasks } = await queue.look(null);
    const { state, replica, result } = tasks.findLast((task) => task.key === key) ?? {};
    return [state, replica, result];
  }

  test.concurrent('a killed process has nothing any more within a minute', async () => {
    const schema = newSchema();
    await using queue = await open(url(), schema, 'parent');
    await using dies = child(url(), schema, 'child');
    await queue.schedule({ key: 'run', data: 1 });
    await dies.says('taken run');
    dies.signal('SIGKILL');
    const { taken, ms } = await timed(queue);
    expect(taken.key).toBe('run');
    expect(ms).toBeLessThan(MINUTE_MS);
    await queue.done(taken, 'parent');
    expect(await stateOf(queue, 'run')).toEqual(['done', 'parent', 'parent']);
  });

  test.concurrent('a process that was stopped and goes on is told that another has its task', async () => {
    const schema = newSchema();
    await using queue = await open(url(), schema, 'parent');
    await using sleeps = child(url(), schema, 'child');
    await queue.schedule({ key: 'run', data: 1 });
    await sleeps.says('taken run');
    sleeps.signal('SIGSTOP');
    const { taken, ms } = await timed(queue);
    expect(ms).toBeLessThan(MINUTE_MS);
    sleeps.signal('SIGCONT');
    await sleeps.says('aborted');
    sleeps.tell('done');
    await sleeps.says('done');
    expect(await stateOf(queue, 'run')).toEqual(['taken', 'parent', null]);
    expect(taken.signal.aborted).toBe(false);
  });

  test.concurrent('a process that leaves gives its task back at once, and ends by itself', {
    timeout: MINUTE_MS,
  }, async () => {
    const schema = newSchema();
    await using queue = await open(url(), schema, 'parent');
    await using leaves = child(url(), schema, 'child');
    await queue.schedule({ key: 'run', data: 1 });
    await leaves.says('taken run');
    leaves.tell('leave');
    await leaves.ended();
    const { taken, ms } = await timed(queue);
    expect(taken.key).toBe('run');
    expect(ms).toBeLessThan(5_000);
  });

  test.concurrent('a process that leaves while it waits ends by itself', {
    timeout: MINUTE_MS,
  }, async () => {
    await using leaves = child(url(), newSchema(), 'child');
    await leaves.says('open');
    leaves.tell('leave');
    await leaves.says('left');
    await leaves.ended();
  });

  test.concurrent('a task may be in hand for days, and what ended long ago is removed', async ({
    expect,
  }) => {
    const schema = newSchema();
    await using queue = await open(url(), schema, 'parent');
    await using another = await open(url(), schema, 'another');
    for (const key of ['ended', 'ended just now', 'in hand', 'taken by the dead']) {
      await queue.schedule({ key, data: null });
    }
    await queue.done(await queue.take(never), null);
    await queue.done(await queue.take(never), null);
    const inHand = await queue.take(never);
    await queue.take(never);
    const job = `UPDATE ${schema}.job SET`;
    await sql(
      url(),
      `${job} completed_on = now() - interval '1 hour' WHERE singleton_key = 'ended'`,
    );
    await sql(
      url(),
      `${job} started_on = now() - interval '300 days' WHERE singleton_key = 'in hand'`,
    );
    // Of this one nobody says any more that it is at work.
    await sql(url(), `${job} heartbeat_seconds = 0 WHERE singleton_key = 'taken by the dead'`);
    // By then it was looked after tasks of the dead.
    expect((await another.take(never)).key).toBe('taken by the dead');
    const there = async () =>
      (await queue.look(null)).tasks.map(({ key, state, replica }) => [key, state, replica]);
    await expect.poll(there, { timeout: MINUTE_MS, interval: 100 }).toEqual([
      ['ended just now', 'done', 'parent'],
      ['in hand', 'taken', 'parent'],
      ['taken by the dead', 'taken', 'another'],
    ]);
    expect(inHand.signal.aborted).toBe(false);
  });
});
