import assert from 'node:assert/strict';
import { DEATHS } from '../../queue.ts';
import {
  aborted,
  refuses,
  rejection,
  type Scenario,
  scheduled,
  seen,
  taken,
  taskOf,
} from '../world.ts';

/** What must hold for leaving in order. */
export const leaveCases: readonly Scenario[] = [
  {
    name: 'leave: what the replica has is given to others at once, before what was scheduled later',
    body: async ({ a, b, open }) => {
      await scheduled(b, 'one', 'two', 'three');
      const [one, two] = [await taken(a), await taken(a)];
      await a[Symbol.asyncDispose]();
      await Promise.all([aborted(one), aborted(two)]);
      const c = await open('c');
      assert.deepEqual(
        [(await taken(b)).key, (await taken(c)).key, (await taken(b)).key],
        ['one', 'two', 'three'],
      );
      assert.equal((await taskOf(b, 'two')).replica, 'c');
    },
  },
  {
    name: 'leave: what the replica has done, and what others have, stays as it is',
    body: async ({ a, b }) => {
      await scheduled(b, 'one', 'two');
      await a.done(await taken(a), 'done by a');
      const two = await taken(b);
      await a[Symbol.asyncDispose]();
      const { state, result, replica } = await taskOf(b, 'one');
      assert.deepEqual([state, result, replica], ['done', 'done by a', 'a']);
      assert.equal((await taskOf(b, 'two')).replica, 'b');
      assert.equal(two.signal.aborted, false);
    },
  },
  {
    name: 'leave: the replica is seen no more',
    body: async ({ a, b }) => {
      await seen(a, 'I am here');
      await seen(b, 'I, too');
      await a[Symbol.asyncDispose]();
      const { replicas } = await seen(b, 'still');
      assert.deepEqual(
        replicas.map(({ id, says }) => [id, says]),
        [['b', 'still']],
      );
    },
  },
  {
    name: 'leave: takes that wait throw, and what comes later is for others',
    body: async ({ a, b }) => {
      const waits = rejection(a.take(new AbortController().signal));
      await seen(a);
      await a[Symbol.asyncDispose]();
      await waits;
      await scheduled(b, 'run');
      assert.equal((await taken(b)).key, 'run');
    },
  },
  {
    name: 'leave: every method throws QUEUE_FAILED afterwards; leaving again is nothing',
    body: async ({ a, b }) => {
      await scheduled(b, 'run');
      const task = await taken(a);
      await a[Symbol.asyncDispose]();
      await a[Symbol.asyncDispose]();
      for (const call of [
        () => a.schedule({ key: 'other', data: null }),
        () => a.take(new AbortController().signal),
        () => a.done(task, null),
        () => a.stop('run'),
        () => a.look(null),
        () => a.note('name', 1),
      ]) {
        await refuses(call(), 'QUEUE_FAILED');
      }
      assert.equal((await taskOf(b, 'run')).state, 'waiting');
    },
  },
  {
    name: 'leave: a task is not lost, however many leave with it in hand',
    body: async ({ a, open }) => {
      await scheduled(a, 'run');
      for (let n = 0; n < 2 * DEATHS; n += 1) {
        const queue = await open(`r${n}`);
        assert.equal((await taken(queue)).key, 'run');
        await queue[Symbol.asyncDispose]();
      }
      assert.equal((await taken(a)).key, 'run');
    },
  },
];
