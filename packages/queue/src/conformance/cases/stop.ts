import assert from 'node:assert/strict';
import { aborted, type Scenario, scheduled, states, taken, taskOf } from '../world.ts';

/** What must hold for stopping. */
export const stopCases: readonly Scenario[] = [
  {
    name: 'stop: a task that waits is given to nobody',
    body: async ({ a, b }) => {
      await scheduled(a, 'one', 'two');
      await b.stop('one');
      assert.equal((await taken(a)).key, 'two');
      assert.deepEqual(await states(b), ['one: stopped', 'two: taken']);
      assert.equal((await taskOf(b, 'one')).replica, null);
    },
  },
  {
    name: 'stop: the replica that has the task is told within seconds, whoever asks',
    body: async ({ a, b }) => {
      for (const by of [a, b]) {
        await scheduled(a, 'run');
        const task = await taken(b);
        await by.stop('run');
        assert.equal((await taskOf(a, 'run')).state, 'stopped');
        await aborted(task);
      }
    },
  },
  {
    name: 'stop: tells nobody else, and nobody whose task is done',
    body: async ({ a, b }) => {
      await scheduled(a, 'one', 'two', 'three');
      const [one, two, three] = [await taken(a), await taken(a), await taken(b)];
      await a.done(two, null);
      await b.stop('one');
      await aborted(one);
      assert.deepEqual([two.signal.aborted, three.signal.aborted], [false, false]);
    },
  },
  {
    name: 'stop: is nothing where no task of the key waits or is taken',
    body: async ({ a }) => {
      await a.stop('run');
      await scheduled(a, 'run');
      await a.done(await taken(a), 'all is well');
      await a.stop('run');
      const { state, result } = await taskOf(a, 'run');
      assert.deepEqual([state, result], ['done', 'all is well']);
      assert.deepEqual(await states(a), ['run: done']);
    },
  },
];
