import assert from 'node:assert/strict';
import { AWAY_MS, KEPT_MS } from '../../queue.ts';
import type { TimedService } from '../harness.ts';
import { type Scenario, scheduled, seen, states, taken, taskOf } from '../world.ts';

/** What must hold as time passes. */
export const timeCases: readonly Scenario<TimedService>[] = [
  {
    name: 'time: who does not look is away after half a minute, and back with the next look',
    body: async ({ service, a, b }) => {
      await seen(a, 'a');
      await service.pass(AWAY_MS - 1_000);
      assert.deepEqual(await ids(b), ['a', 'b']);
      await service.pass(2_000);
      assert.deepEqual(await ids(b), ['b']);
      await seen(a, 'back');
      assert.deepEqual(new Set(await ids(b)), new Set(['a', 'b']));
    },
  },
  {
    name: 'time: what has ended is shown for ten minutes, and what has not for ever',
    body: async ({ service, a }) => {
      await scheduled(a, 'done', 'taken', 'stopped', 'waiting');
      await a.done(await taken(a), 1);
      await taken(a);
      await a.stop('stopped');
      await service.pass(KEPT_MS - 1_000);
      assert.equal((await states(a)).length, 4);
      for (let n = 0; n < 50; n += 1) await service.pass(KEPT_MS);
      assert.deepEqual(await states(a), ['taken: taken', 'waiting: waiting']);
      const { takenMsAgo } = await taskOf(a, 'taken');
      assert.ok(takenMsAgo !== null && takenMsAgo >= 50 * KEPT_MS, `${takenMsAgo}`);
    },
  },
];

async function ids(queue: Parameters<typeof seen>[0]): Promise<readonly string[]> {
  return (await seen(queue)).replicas.map(({ id }) => id);
}
