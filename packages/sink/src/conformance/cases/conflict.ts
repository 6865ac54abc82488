import assert from 'node:assert/strict';
import type { Load, Sink } from '../../sink.ts';
import {
  begin,
  ledger,
  load,
  names,
  rejects,
  run,
  type Scenario,
  SYNC,
  snapshot,
} from '../world.ts';

/** What must hold when somebody else has moved the state. */
export const conflictCases: readonly Scenario[] = [
  {
    name: 'conflict: a load that began with an outdated state cannot commit, and changes nothing',
    body: async (world) => {
      await load(world.sink, { documents: [run(1, 'a', 'one')], state: 's1' });
      await using late = await begin(world.sink, { since: 's1' });
      await late.stage([run(1, 'z', 'late'), run(2, 'z', 'late')]);
      await load(world.sink, { since: 's1', documents: [run(1, 'b', 'two')], state: 's2' });
      const before = await snapshot(world);
      await rejects(late.commit('s3'), 'STATE_CONFLICT');
      assert.deepEqual(await snapshot(world), before);
    },
  },
  {
    name: 'conflict: a load that knows of no state cannot commit when one is stored',
    body: async (world) => {
      await load(world.sink, { documents: [run(1, 'a', 'one')], state: 's1' });
      await rejects(load(world.sink, { documents: [run(1, 'b', 'two')] }), 'STATE_CONFLICT');
      assert.equal(await world.sink.readState(SYNC), 's1');
      assert.deepEqual(await names(world), ['one']);
    },
  },
  {
    name: 'conflict: a load that knows of a state cannot commit when none is stored',
    body: async (world) => {
      const plan = { since: 's0', documents: [run(1, 'a', 'one')] };
      await rejects(load(world.sink, plan), 'STATE_CONFLICT');
      assert.equal(await world.sink.readState(SYNC), undefined);
      assert.deepEqual(await names(world), []);
    },
  },
  {
    name: 'conflict: of several first loads exactly one commits',
    body: async (world) => race(world.sink, Array(4).fill(world.sink), undefined),
  },
  {
    name: 'conflict: of several loads from the same state exactly one commits',
    body: async (world) => {
      await load(world.sink, { documents: [run(1, 'a', 'before')], state: 's1' });
      await race(world.sink, Array(4).fill(world.sink), 's1');
    },
  },
  {
    name: 'conflict: of loads through two sinks on one database exactly one commits',
    body: async (world) => {
      await using other = await world.open();
      await race(world.sink, [world.sink, other, other, world.sink], undefined);
      const since = await world.sink.readState(SYNC);
      await race(other, [other, world.sink, world.sink, other], since, 10);
    },
  },
  {
    name: 'conflict: two loads of two syncs both commit',
    body: async (world) => {
      const first = await begin(world.sink, { sync: 'one' });
      const second = await begin(world.sink, { sync: 'two' });
      await first.stage([run(1, 'a', 'one')]);
      await second.stage([run(2, 'a', 'two')]);
      const results = await Promise.all([first.commit('of one'), second.commit('of two')]);
      assert.deepEqual(
        results.map((result) => result.applied),
        [1, 1],
      );
      assert.equal(await world.sink.readState('one'), 'of one');
      assert.equal(await world.sink.readState('two'), 'of two');
      assert.deepEqual(await names(world), ['one', 'two']);
      await first[Symbol.asyncDispose]();
      await second[Symbol.asyncDispose]();
    },
  },
  {
    name: 'conflict: the state that a load writes may be the one it began with',
    body: async (world) => {
      await load(world.sink, { documents: [run(1, 'a', 'one')], state: 'same' });
      await load(world.sink, { since: 'same', documents: [run(1, 'b', 'two')], state: 'same' });
      assert.equal(await world.sink.readState(SYNC), 'same');
      assert.deepEqual(await names(world), ['two']);
    },
  },
  {
    name: 'conflict: a load from a state that was cleared cannot commit',
    body: async (world) => {
      await load(world.sink, { documents: [run(1, 'a', 'one')], state: 's1' });
      await using late = await begin(world.sink, { since: 's1' });
      await late.stage([run(1, 'b', 'late')]);
      await world.sink.clear(SYNC);
      await rejects(late.commit('s2'), 'STATE_CONFLICT');
      assert.equal(await world.sink.readState(SYNC), undefined);
      assert.deepEqual(await names(world), ['one']);
    },
  },
];

/** Begins a load on each sink from the same state, commits all at once and expects one to win whole. */
async function race(
  reader: Sink,
  sinks: readonly Sink[],
  since: string | undefined,
  first = 0,
): Promise<void> {
  const loads: Load[] = [];
  for (const [n, sink] of sinks.entries()) {
    const opened = await begin(sink, { since });
    await opened.stage([run(first + n + 100, 'a', `of ${n}`)]);
    loads.push(opened);
  }
  const before = await ledger(reader);
  const outcomes = await Promise.allSettled(
    loads.map((opened, n) => opened.commit(`won by ${first + n}`)),
  );
  for (const opened of loads) await opened[Symbol.asyncDispose]();
  const winner = outcomes.findIndex((outcome) => outcome.status === 'fulfilled');
  for (const [n, outcome] of outcomes.entries()) {
    if (outcome.status === 'rejected')
      await rejects(Promise.reject(outcome.reason), 'STATE_CONFLICT');
    else assert.equal(n, winner, 'two loads from the same state committed');
  }
  assert.ok(winner >= 0, 'no load committed');
  assert.equal(await reader.readState(SYNC), `won by ${first + winner}`);
  const added = run(first + winner + 100, 'a', '').id;
  const expected = [...before.map((line) => line.id), added].sort();
  assert.deepEqual(
    (await ledger(reader)).map((line) => line.id),
    expected,
  );
}
