import assert from 'node:assert/strict';
import { type Scenario, scheduled, states, taken, taskOf } from '../world.ts';

/** What must hold for what is done. */
export const doneCases: readonly Scenario[] = [
  {
    name: 'done: is seen by all, with what has come of it and who has done it',
    body: async ({ a, b }) => {
      await scheduled(a, 'run');
      await b.done(await taken(b), { files: 7 });
      for (const queue of [a, b]) {
        const { state, result, replica, takenMsAgo } = await taskOf(queue, 'run');
        assert.deepEqual([state, result, replica], ['done', { files: 7 }, 'b']);
        assert.notEqual(takenMsAgo, null);
      }
    },
  },
  {
    name: 'done: is given to nobody again',
    body: async ({ a, b }) => {
      await scheduled(a, 'one', 'two');
      await a.done(await taken(a), null);
      assert.equal((await taken(b)).key, 'two');
      assert.deepEqual(await states(a), ['one: done', 'two: taken']);
    },
  },
  {
    name: 'done: said twice counts once',
    body: async ({ a }) => {
      await scheduled(a, 'run');
      const task = await taken(a);
      await a.done(task, 'first');
      await a.done(task, 'second');
      assert.equal((await taskOf(a, 'run')).result, 'first');
    },
  },
  {
    name: 'done: changes nothing when the task was stopped, and not the next of its key either',
    body: async ({ a, b }) => {
      await scheduled(a, 'run');
      const task = await taken(a);
      await b.stop('run');
      await scheduled(b, 'run');
      const next = await taken(b);
      await a.done(task, 'too late');
      const { state, result } = await taskOf(a, 'run');
      assert.deepEqual([state, result], ['taken', null]);
      assert.deepEqual(await states(a), ['run: stopped', 'run: taken']);
      assert.equal(next.signal.aborted, false);
    },
  },
  {
    name: 'done: changes nothing for another replica that has the same task by hearsay',
    body: async ({ a, b }) => {
      await scheduled(a, 'run');
      const task = await taken(a);
      const hearsay = { ...task, signal: new AbortController().signal };
      await b.done(hearsay, 'not mine');
      const { state, replica } = await taskOf(a, 'run');
      assert.deepEqual([state, replica], ['taken', 'a']);
      await a.done(task, 'mine');
      assert.equal((await taskOf(b, 'run')).result, 'mine');
    },
  },
];
