import assert from 'node:assert/strict';
import { type Scenario, scheduled, seen, states, taken, taskOf } from '../world.ts';

/** What must hold for what replicas see. */
export const lookCases: readonly Scenario[] = [
  {
    name: 'look: shows all replicas, the one that has been there for the longest time first, with what each says last',
    body: async ({ a, b, open }) => {
      const z = await open('z');
      await seen(z, 'first');
      await seen(b, 'second');
      await seen(a, 'third');
      await seen(z, 'first again');
      const { replicas } = await seen(b, { at: 2 });
      assert.deepEqual(
        replicas.map(({ id, says }) => [id, says]),
        [
          ['z', 'first again'],
          ['b', { at: 2 }],
          ['a', 'third'],
        ],
      );
      const ages = replicas.map(({ firstMsAgo }) => firstMsAgo);
      assert.ok(ages.every((age) => age >= 0 && age < 60_000));
    },
  },
  {
    name: 'look: shows the replica itself from its first look on',
    body: async ({ a, b }) => {
      const { replicas } = await seen(a, 'here I am');
      assert.deepEqual(
        replicas.map(({ id, says }) => [id, says]),
        [['a', 'here I am']],
      );
      assert.equal((await seen(b)).replicas.length, 2);
    },
  },
  {
    name: 'look: shows all tasks in the order in which they were scheduled, in all their states',
    body: async ({ a, b }) => {
      await scheduled(a, 'done', 'taken', 'stopped', 'waiting');
      await a.done(await taken(a), null);
      await taken(b);
      await b.stop('stopped');
      for (const queue of [a, b]) {
        assert.deepEqual(
          await states(queue),
          ['done', 'taken', 'stopped', 'waiting'].map((state) => `${state}: ${state}`),
        );
      }
    },
  },
  {
    name: 'look: shows who has a task and since when, and nobody before anybody had it',
    body: async ({ a, b }) => {
      await scheduled(a, 'run');
      const before = await taskOf(a, 'run');
      assert.deepEqual([before.replica, before.takenMsAgo, before.result], [null, null, null]);
      await taken(b);
      const { replica, takenMsAgo } = await taskOf(a, 'run');
      assert.equal(replica, 'b');
      assert.ok(takenMsAgo !== null && takenMsAgo >= 0 && takenMsAgo < 60_000, `${takenMsAgo}`);
    },
  },
  {
    name: 'look: gives what is whoever looks’ own, to be changed at will',
    body: async ({ a, b }) => {
      const data = { list: [1] };
      const says = { list: [1] };
      await a.schedule({ key: 'run', data });
      await a.look(says);
      data.list.push(2);
      says.list.push(2);
      const { tasks, replicas } = await b.look(null);
      assert.deepEqual([tasks[0]?.data, replicas[0]?.says], [{ list: [1] }, { list: [1] }]);
      for (const given of [tasks[0]?.data, replicas[0]?.says]) {
        (given as { list: number[] }).list.push(3);
      }
      const again = await b.look(null);
      assert.deepEqual(
        [again.tasks[0]?.data, again.replicas[0]?.says],
        [{ list: [1] }, { list: [1] }],
      );
    },
  },
  {
    name: 'look: often, and by several at once, disturbs nothing',
    body: async ({ a, b }) => {
      await scheduled(a, 'one', 'two');
      const task = await taken(b);
      for (let n = 0; n < 20; n += 1) await Promise.all([seen(a, n), seen(b, n)]);
      const { replicas, tasks } = await seen(a, 'end');
      assert.deepEqual([replicas.length, tasks.length], [2, 2]);
      assert.equal(task.signal.aborted, false);
      assert.equal((await taken(a)).key, 'two');
    },
  },
];
