import assert from 'node:assert/strict';
import type { Json, Queue } from '../../queue.ts';
import { type Scenario, seen } from '../world.ts';
import { ODD } from './keys.ts';

/** What must hold for notes. */
export const noteCases: readonly Scenario[] = [
  {
    name: 'note: is seen by all, replaced by the next of its name, and taken away by null',
    body: async ({ a, b }) => {
      assert.deepEqual(await notes(a), {});
      await a.note('paused', true);
      await b.note('since', { when: 1 });
      assert.deepEqual(await notes(a), { paused: true, since: { when: 1 } });
      assert.deepEqual(await notes(b), await notes(a));
      await b.note('paused', false);
      await a.note('since', null);
      await a.note('never', null);
      assert.deepEqual(await notes(b), { paused: false });
    },
  },
  {
    name: 'note: stays when whoever has noted it leaves',
    body: async ({ a, b }) => {
      await a.note('paused', true);
      await a[Symbol.asyncDispose]();
      assert.deepEqual(await notes(b), { paused: true });
    },
  },
  {
    name: 'note: of many who note at once each one’s stays',
    body: async ({ a, b }) => {
      const names = Array.from({ length: 20 }, (_, n) => `note ${n}`);
      await Promise.all(names.map((name, n) => (n % 2 === 0 ? a : b).note(name, n)));
      await Promise.all([a.note('one', 'a'), b.note('one', 'b')]);
      const { one, ...others } = await notes(b);
      assert.deepEqual(others, Object.fromEntries(names.map((name, n) => [name, n])));
      assert.ok(one === 'a' || one === 'b');
    },
  },
  {
    name: 'note: names of 200 characters of any kind are held',
    body: async ({ a, b }) => {
      for (const name of ODD) await a.note(name, name.length);
      const found = (await seen(b)).notes;
      assert.deepEqual([...found.keys()].sort(), [...ODD].sort());
      for (const name of ODD) await b.note(name, null);
      assert.deepEqual(await notes(a), {});
    },
  },
];

async function notes(queue: Queue): Promise<Readonly<Record<string, Json>>> {
  return Object.fromEntries((await seen(queue)).notes);
}
