import assert from 'node:assert/strict';
import { AWAY_MS, DEATHS } from '../../queue.ts';
import type { MortalService } from '../harness.ts';
import {
  aborted,
  DEATH_MS,
  type Scenario,
  SOON_MS,
  scheduled,
  seen,
  states,
  taken,
  taskOf,
  until,
} from '../world.ts';

/** What must hold when replicas die. */
export const deathCases: readonly Scenario<MortalService>[] = [
  {
    name: 'death: what the replica had is given to another within a minute, and what others have stays theirs',
    body: async ({ service, a, b }) => {
      await scheduled(a, 'dies', 'lives');
      await taken(a);
      const lives = await taken(b);
      await service.kill('a');
      const task = await taken(b, DEATH_MS);
      assert.equal(task.key, 'dies');
      assert.equal((await taskOf(b, 'dies')).replica, 'b');
      assert.equal(lives.signal.aborted, false);
      await b.done(task, 'done by b');
      await b.done(lives, null);
      assert.deepEqual(await states(b), ['dies: done', 'lives: done']);
    },
  },
  {
    name: 'death: the replica is seen no more',
    body: async ({ service, a, b }) => {
      await seen(a, 'still alive');
      assert.equal((await seen(b)).replicas.length, 2);
      await service.kill('a');
      await until(
        async () => (await seen(b)).replicas.length === 1,
        AWAY_MS + SOON_MS,
        'The dead one is still seen',
      );
    },
  },
  {
    name: `death: a task that ${DEATHS} replicas have died with is lost, and its key is free`,
    body: async ({ service, a, open }) => {
      await scheduled(a, 'deadly');
      for (let n = 0; n < DEATHS; n += 1) {
        const queue = await open(`r${n}`);
        assert.equal((await taken(queue, DEATH_MS)).key, 'deadly', `death ${n + 1}`);
        await service.kill(`r${n}`);
      }
      await until(
        async () => (await taskOf(a, 'deadly')).state === 'lost',
        DEATH_MS,
        'It is not lost',
      );
      const { replica, result } = await taskOf(a, 'deadly');
      assert.deepEqual([replica, result], [`r${DEATHS - 1}`, null]);
      await scheduled(a, 'deadly');
      assert.notEqual((await taken(a)).id, (await a.look(null)).tasks[0]?.id);
    },
  },
  {
    name: 'death: who was only asleep is told that another has its task, and does not end it for that one',
    body: async ({ service, a, b }) => {
      await scheduled(a, 'ends', 'goes on');
      const [ends, goesOn] = [await taken(a), await taken(a)];
      await service.kill('a');
      const tasks = [await taken(b, DEATH_MS), await taken(b, DEATH_MS)];
      await service.wake('a');
      const isOver = () =>
        a.done(ends, 'by a').then(
          () => true,
          () => false,
        );
      await until(isOver, DEATH_MS, 'It cannot reach the queue again');
      await aborted(goesOn, DEATH_MS);
      assert.deepEqual(await states(b), ['ends: taken', 'goes on: taken']);
      for (const task of tasks) {
        assert.equal(task.signal.aborted, false);
        await b.done(task, 'by b');
      }
      assert.deepEqual(
        (await seen(a)).tasks.map(({ state, result, replica }) => [state, result, replica]),
        tasks.map(() => ['done', 'by b', 'b']),
      );
    },
  },
  {
    name: 'death: who was only asleep, and leaves, takes nothing from others',
    body: async ({ service, a, b }) => {
      await scheduled(a, 'run');
      await taken(a);
      await service.kill('a');
      const task = await taken(b, DEATH_MS);
      await service.wake('a');
      await a[Symbol.asyncDispose]();
      assert.deepEqual(
        (await seen(b)).tasks.map(({ state, replica }) => [state, replica]),
        [['taken', 'b']],
      );
      assert.equal(task.signal.aborted, false);
      await b.done(task, 'by b');
      assert.equal((await taskOf(b, 'run')).result, 'by b');
    },
  },
  {
    name: 'death: what a dead replica waited for is given to others',
    body: async ({ service, a, b }) => {
      a.take(new AbortController().signal).catch(() => undefined);
      await seen(a);
      await service.kill('a');
      await scheduled(b, 'run');
      assert.equal((await taken(b, DEATH_MS)).key, 'run');
    },
  },
];
