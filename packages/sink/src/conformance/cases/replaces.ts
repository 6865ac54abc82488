import assert from 'node:assert/strict';
import { SinkError } from '../../errors.ts';
import type { Document } from '../../sink.ts';
import { begin, load, names, rejects, run, type Scenario, snapshot } from '../world.ts';

/** What must hold for documents that say which line of the ledger they were made against. */
export const replacesCases: readonly Scenario[] = [
  {
    name: 'replaces: a document that was made against the stored line is applied, and so is one against none',
    body: async (world) => {
      const first = [against(run(1, 'a', 'one'), null), run(2, 'a', 'two')];
      assert.deepEqual(await load(world.sink, { documents: first }), { applied: 2, leftAlone: 0 });
      const second = [against(run(1, 'b', 'one again'), 'a'), run(2, 'b', 'two again')];
      assert.deepEqual(
        await load(world.sink, { documents: second, since: 'state 1', state: 'state 2' }),
        { applied: 2, leftAlone: 0 },
      );
      assert.deepEqual(await names(world), ['one again', 'two again']);
    },
  },
  ...(
    [
      ['none, where one is stored', 1, null],
      ['another than the stored one', 1, 'Z'],
      ['one, where none is stored', 3, 'a'],
    ] as const
  ).map(
    ([which, n, replaces]): Scenario => ({
      name: `replaces: a load with a document made against ${which}, is refused as a whole`,
      body: async (world) => {
        await load(world.sink, { documents: [run(1, 'a', 'one')] });
        const before = await snapshot(world);
        await using late = await begin(world.sink, { since: 'state 1' });
        await late.stage([run(2, 'a', 'two'), against(run(n, 'b', 'late'), replaces)]);
        await rejects(late.commit('state 2'), 'STATE_CONFLICT');
        assert.deepEqual(await snapshot(world), before);
      },
    }),
  ),
  {
    name: 'replaces: a document that is left alone refuses nothing, whatever it was made against',
    body: async (world) => {
      await load(world.sink, { documents: [run(1, 'b', 'one'), run(2, 'b', 'two')] });
      const documents = [
        against(run(1, 'a', 'older'), null),
        against(run(2, 'b', 'the same'), 'a'),
        against(run(3, 'a', 'beaten within the load'), 'z'),
        against(run(3, 'b', 'three'), null),
      ];
      assert.deepEqual(await load(world.sink, { documents, since: 'state 1', state: 'state 2' }), {
        applied: 1,
        leftAlone: 3,
      });
      assert.deepEqual(await names(world), ['one', 'two', 'three']);
    },
  },
  {
    name: 'replaces: of two loads made against the same line one is applied, though each has a state of its own',
    body: async (world) => {
      await load(world.sink, { sync: 'lab', documents: [run(1, 'a', 'one')] });
      await using first = await begin(world.sink, { sync: 'first', ledger: 'lab' });
      await using second = await begin(world.sink, { sync: 'second', ledger: 'lab' });
      await first.stage([against(run(1, 'b', 'by the first'), 'a')]);
      await second.stage([against(run(1, 'c', 'by the second'), 'a')]);
      const outcomes = await Promise.allSettled([first.commit('f'), second.commit('s')]);
      const applied = outcomes.map((outcome) =>
        outcome.status === 'fulfilled' ? outcome.value.applied : refused(outcome.reason),
      );
      assert.deepEqual(applied.toSorted(), [0, 1], 'not exactly one of the two was applied');
      assert.deepEqual(await names(world), [applied[0] === 1 ? 'by the first' : 'by the second']);
    },
  },
];

function against(document: Document, replaces: string | null): Document {
  return { ...document, replaces };
}

function refused(reason: unknown): number {
  assert.ok(reason instanceof SinkError && reason.code === 'STATE_CONFLICT', String(reason));
  return 0;
}
