import assert from 'node:assert/strict';
import { type Scenario, scheduled, states, taken, taskOf, tasksOf } from '../world.ts';

/** Names that a queue may hold to be one. */
const ALIKE = [
  'run',
  'Run',
  'run ',
  ' run',
  'rün',
  'ru\u0308n',
  'run\0',
  'run%',
  'ru_',
  "run'",
  '',
];
/** 200 characters of what somebody may take for something else, or cannot store. */
export const ODD: readonly string[] = [
  '☂'.repeat(200),
  '"\'\\`$%;--'.repeat(25),
  '\u{1f52c}'.repeat(100),
  `${'x'.repeat(199)}1`,
  `${'x'.repeat(199)}2`,
  `\0\u{7f}\t\r\n${'/'.repeat(194)}`,
  `\ud800${'{}'.repeat(99)}\udc00`,
];

/** What must hold for keys. */
export const keyCases: readonly Scenario[] = [
  {
    name: 'key: while a task waits, another of its key is refused and changes nothing',
    body: async ({ a, b }) => {
      assert.equal(await a.schedule({ key: 'run', data: 1 }), true);
      assert.equal(await a.schedule({ key: 'run', data: 2 }), false);
      assert.equal(await b.schedule({ key: 'run', data: 3 }), false);
      assert.deepEqual(
        (await tasksOf(b, 'run')).map(({ state, data }) => [state, data]),
        [['waiting', 1]],
      );
    },
  },
  {
    name: 'key: while a task is taken, another of its key is refused and changes nothing',
    body: async ({ a, b }) => {
      await scheduled(a, 'run');
      const task = await taken(a);
      assert.equal(await a.schedule({ key: 'run', data: 2 }), false);
      assert.equal(await b.schedule({ key: 'run', data: 3 }), false);
      assert.equal(task.signal.aborted, false);
      assert.deepEqual(await states(a), ['run: taken']);
    },
  },
  {
    name: 'key: is free once its task is done, and the next task has another id',
    body: async ({ a, b }) => {
      await scheduled(a, 'run');
      const first = await taken(b);
      await b.done(first, null);
      await scheduled(a, 'run');
      const second = await taken(b);
      assert.notEqual(second.id, first.id);
      assert.deepEqual(await states(a), ['run: done', 'run: taken']);
    },
  },
  {
    name: 'key: is free at once when its task is stopped, waiting or taken',
    body: async ({ a, b }) => {
      await scheduled(a, 'run');
      await b.stop('run');
      await scheduled(a, 'run');
      await taken(a);
      await b.stop('run');
      await scheduled(b, 'run');
      assert.deepEqual(await states(a), ['run: stopped', 'run: stopped', 'run: waiting']);
    },
  },
  {
    name: 'key: of many that schedule a task of one key at once exactly one does',
    body: async ({ a, b, open }) => {
      const queues = [a, b, await open('c'), await open('d')];
      const tries = Array.from({ length: 24 }, (_, n) => queues[n % queues.length] ?? a);
      const did = await Promise.all(
        tries.map((queue, data) => queue.schedule({ key: 'run', data })),
      );
      assert.equal(did.filter(Boolean).length, 1);
      const { data } = await taskOf(a, 'run');
      assert.equal(data, did.indexOf(true));
      assert.deepEqual(await states(a), ['run: waiting']);
    },
  },
  {
    name: 'key: is compared to the letter',
    body: async ({ a }) => {
      await scheduled(a, ...ALIKE);
      for (const key of ALIKE) assert.equal(await a.schedule({ key, data: null }), false, key);
      await a.stop('run');
      assert.equal((await taskOf(a, 'Run')).state, 'waiting');
      assert.deepEqual(
        (await a.look(null)).tasks.map(({ key }) => key),
        ALIKE,
      );
    },
  },
  {
    name: 'key: 200 characters of any kind are held',
    body: async ({ a, b }) => {
      await scheduled(a, ...ODD);
      for (const key of ODD) assert.equal((await taken(b)).key, key);
      for (const key of ODD) await a.stop(key);
      assert.deepEqual(
        await states(a),
        ODD.map((key) => `${key}: stopped`),
      );
    },
  },
];
