import assert from 'node:assert/strict';
import type { Queue, Taken } from '../../queue.ts';
import {
  rejection,
  type Scenario,
  SOON_MS,
  scheduled,
  seen,
  states,
  taken,
  taskOf,
  until,
} from '../world.ts';

/** Long enough for a take to be on its way to the server and back, in several places of it. */
const ROUNDS = 24;

/** What must hold for taking. */
export const takeCases: readonly Scenario[] = [
  {
    name: 'take: gives what has waited for the longest time first, whoever takes',
    body: async ({ a, b }) => {
      const keys = ['e', 'd', 'c', 'b', 'a'];
      await scheduled(a, ...keys);
      const order = [];
      for (const at of keys.keys()) order.push((await taken(at % 2 === 0 ? b : a)).key);
      assert.deepEqual(order, keys);
    },
  },
  {
    name: 'take: gives each task to one replica, with many that take at once',
    body: async ({ a, b, open }) => {
      const queues = [a, b, await open('c'), await open('d')];
      const keys = Array.from({ length: 40 }, (_, n) => `run ${n}`);
      await scheduled(a, ...keys);
      const all = await Promise.all(keys.map((_, at) => taken(queues[at % queues.length] ?? a)));
      assert.deepEqual(new Set(all.map(({ key }) => key)), new Set(keys));
      assert.equal(new Set(all.map(({ id }) => id)).size, keys.length);
    },
  },
  {
    name: 'take: gives what was scheduled, and the id that others see',
    body: async ({ a, b }) => {
      await scheduled(a, 'run');
      const { id } = await taskOf(a, 'run');
      const task = await taken(b);
      assert.deepEqual([task.id, task.key, task.data], [id, 'run', { of: 'run' }]);
      assert.equal(task.signal.aborted, false);
      const { state, replica } = await taskOf(a, 'run');
      assert.deepEqual([state, replica], ['taken', 'b']);
    },
  },
  {
    name: 'take: that waits is given a task within seconds after it is scheduled, by whichever replica',
    body: async ({ a, b }) => {
      for (const by of [a, b]) {
        const waits = taken(b, 2 * SOON_MS);
        // It has looked by then, and has found nothing.
        await seen(a);
        await seen(b);
        await scheduled(by, 'run');
        const task = await waits;
        assert.equal(task.key, 'run');
        await b.done(task, null);
      }
    },
  },
  {
    name: 'take: several of one replica wait at once, and each is given one',
    body: async ({ a, b }) => {
      const waiting = [1, 2, 3].map(() => taken(b));
      await scheduled(a, '1', '2', '3');
      const keys = (await Promise.all(waiting)).map(({ key }) => key);
      assert.deepEqual(keys.sort(), ['1', '2', '3']);
    },
  },
  {
    name: 'take: with a signal that is aborted throws its reason, and takes nothing',
    body: async ({ a, b }) => {
      await scheduled(a, 'run');
      const reason = new Error('I have changed my mind');
      assert.equal(await rejection(a.take(AbortSignal.abort(reason))), reason);
      assert.deepEqual(await states(a), ['run: waiting']);
      assert.equal((await taken(b)).key, 'run');
    },
  },
  {
    name: 'take: aborted while it waits throws the reason, and what comes later is for others',
    body: async ({ a, b }) => {
      const reason = new Error('I have changed my mind');
      const change = new AbortController();
      const waits = rejection(a.take(change.signal));
      await seen(a);
      change.abort(reason);
      assert.equal(await waits, reason);
      await scheduled(a, 'run');
      assert.equal((await taken(b)).key, 'run');
      assert.equal((await taskOf(a, 'run')).replica, 'b');
    },
  },
  {
    name: 'take: aborted while a task is on its way has it, or gives it to others at once',
    body: async ({ a, b }) => {
      for (let round = 0; round < ROUNDS; round += 1) {
        const key = `run ${round}`;
        const task = await abortedOnTheWay(a, key, round);
        if (task === undefined) assert.equal((await taken(b)).key, key);
        else assert.equal(task.key, key);
        await b.stop(key);
      }
    },
  },
  {
    name: 'take: of several one is aborted, and the others are given all there is',
    body: async ({ a, b }) => {
      const change = new AbortController();
      const gone = rejection(a.take(change.signal));
      const stays = [taken(a), taken(a)];
      await seen(a);
      change.abort(new Error('I have changed my mind'));
      await gone;
      await scheduled(b, '1', '2');
      const has = (await Promise.all(stays)).map(({ key }) => key);
      assert.deepEqual(has.sort(), ['1', '2']);
    },
  },
];

/** Schedules, takes, and aborts a little later each round: before the task is given, while it is, or after. */
async function abortedOnTheWay(
  queue: Queue,
  key: string,
  round: number,
): Promise<Taken | undefined> {
  const change = new AbortController();
  const had: Taken[] = [];
  let isOver = false;
  const take = queue.take(change.signal).then(
    (task) => had.push(task),
    () => undefined,
  );
  const over = take.finally(() => {
    isOver = true;
  });
  await scheduled(queue, key);
  const end = performance.now() + round / 2;
  await until(() => isOver || performance.now() >= end, SOON_MS, 'Time does not pass');
  change.abort(new Error('I have changed my mind'));
  await over;
  return had[0];
}
