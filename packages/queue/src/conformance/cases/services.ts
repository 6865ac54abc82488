import assert from 'node:assert/strict';
import type { Queue } from '../../queue.ts';
import { type Scenario, scheduled, seen, states, taken } from '../world.ts';
import { ODD } from './keys.ts';

/** What must hold for services on one queue, and for their beginning. */
export const serviceCases: readonly Scenario[] = [
  {
    name: 'service: others on the same queue have tasks, replicas and notes of their own, whatever they are called',
    body: async ({ a, service, openOther }) => {
      const names = [service.name.toUpperCase(), `${service.name} `, ` ${service.name}`, ...ODD];
      await scheduled(a, 'run');
      await a.note('note', 1);
      await seen(a, 'a');
      for (const name of names) {
        // Of the same name as the replica of the service itself.
        const other = await openOther(name, 'a');
        assert.deepEqual(await empty(other), { tasks: 0, replicas: 1, notes: 0 }, name);
        await scheduled(other, 'run');
        await other.stop('run');
        await other.note('note', null);
        await other[Symbol.asyncDispose]();
      }
      assert.deepEqual(await states(a), ['run: waiting']);
      assert.equal((await seen(a, 'a')).notes.get('note'), 1);
    },
  },
  {
    name: 'service: replicas of 200 characters of any kind are told apart',
    body: async ({ a, open }) => {
      for (const name of ODD) await seen(await open(name), name.length);
      const { replicas } = await seen(a);
      assert.deepEqual(
        replicas.map(({ id }) => id),
        [...ODD, 'a'],
      );
      await scheduled(a, 'run');
      const last = await open(`${ODD[0]?.slice(1)}!`);
      await taken(last);
      assert.equal((await seen(a)).tasks[0]?.replica, `${ODD[0]?.slice(1)}!`);
    },
  },
  {
    name: 'service: replicas that begin at once on a queue that nobody has used all come to it',
    body: async ({ fresh }) => {
      const service = await fresh();
      await using opened = new AsyncDisposableStack();
      const queues = await Promise.all(
        Array.from({ length: 12 }, async (_, n) => opened.use(await service.open(`r${n}`))),
      );
      await Promise.all(queues.map((queue, n) => scheduled(queue, `run ${n}`)));
      const keys = await Promise.all(queues.map(async (queue) => (await taken(queue)).key));
      assert.equal(new Set(keys).size, queues.length);
      await Promise.all(queues.map((queue) => seen(queue)));
      assert.equal((await seen(queues[0] ?? assert.fail())).replicas.length, queues.length);
    },
  },
];

async function empty(queue: Queue): Promise<Readonly<Record<string, number>>> {
  const { tasks, replicas, notes } = await seen(queue);
  return { tasks: tasks.length, replicas: replicas.length, notes: notes.size };
}
