import assert from 'node:assert/strict';
import {
  begin,
  damages,
  id,
  ledger,
  load,
  names,
  RUNS,
  rejects,
  run,
  type Scenario,
  SYNC,
  snapshot,
  stored,
} from '../world.ts';

/** What must hold for opening and closing. */
export const lifecycleCases: readonly Scenario[] = [
  {
    name: 'open: a database opened again shows all that was committed',
    body: async (world) => {
      const documents = [
        run(1, 'a', 'one'),
        { ...run(2, 'b', ''), status: 'failed', rows: new Map() } as const,
      ];
      await load(world.sink, { documents, state: 's1' });
      const before = await snapshot(world);
      await world.sink[Symbol.asyncDispose]();
      await using again = await world.open();
      assert.deepEqual(await snapshot({ ...world, sink: again }), before);
      await load(again, { since: 's1', documents: [run(1, 'b', 'two')], state: 's2' });
      assert.equal(await again.readState(SYNC), 's2');
      assert.deepEqual(await names(world), ['two']);
    },
  },
  {
    name: 'open: opening creates nothing when all is there',
    body: async (world) => {
      await load(world.sink, { documents: [run(1, 'a', 'one')] });
      const before = await world.database.tables();
      await using again = await world.open();
      assert.equal(await again.readState(SYNC), 'state 1');
      assert.deepEqual(await world.database.tables(), before);
    },
  },
  {
    name: 'open: the same database opened twice shows each the commits of the other',
    body: async (world) => {
      await using other = await world.open();
      await load(world.sink, { documents: [run(1, 'a', 'one')], state: 's1' });
      assert.equal(await other.readState(SYNC), 's1');
      assert.equal((await ledger(other)).length, 1);
      await load(other, {
        since: 's1',
        documents: [run(1, 'b', 'two'), run(2, 'a', 'two')],
        state: 's2',
      });
      assert.equal(await world.sink.readState(SYNC), 's2');
      assert.equal((await ledger(world.sink)).length, 2);
      assert.deepEqual(await names(world), ['two', 'two']);
    },
  },
  {
    name: 'open: closing one of two sinks on a database leaves the other at work',
    body: async (world) => {
      const other = await world.open();
      await using mine = await begin(world.sink);
      await mine.stage([run(1, 'a', 'mine')]);
      const theirs = await begin(other, { sync: 'theirs' });
      await theirs.stage([run(2, 'a', 'theirs')]);
      await other[Symbol.asyncDispose]();
      await other[Symbol.asyncDispose]();
      await mine.stage([run(3, 'a', 'mine')]);
      await mine.commit('s1');
      assert.deepEqual(await names(world), ['mine', 'mine']);
      assert.equal(await world.sink.readState('theirs'), undefined);
    },
  },
  {
    name: 'open: closing the sink throws away the loads that are open on it',
    body: async (world) => {
      const bare = await world.database.tables();
      const opened = await begin(world.sink);
      await opened.stage([run(1, 'a', 'x')]);
      await world.sink[Symbol.asyncDispose]();
      await assert.rejects(opened.commit('s1'));
      await opened[Symbol.asyncDispose]();
      await using again = await world.open();
      const empty = { rows: [[]], state: undefined, ledger: [] };
      assert.deepEqual(await snapshot({ ...world, sink: again }), empty);
      assert.deepEqual([...(await world.database.tables())].sort(), [...bare, 'runs'].sort());
    },
  },
  {
    name: 'open: a closed sink rejects what is asked of it',
    body: async ({ sink }) => {
      await load(sink, { documents: [run(1, 'a', 'one')] });
      await sink[Symbol.asyncDispose]();
      await rejects(sink.readState(SYNC), 'SINK_UNAVAILABLE');
      await rejects(ledger(sink), 'SINK_UNAVAILABLE');
      await rejects(stored(sink, RUNS, [id(1)]), 'SINK_UNAVAILABLE');
      await rejects(damages(sink), 'SINK_UNAVAILABLE');
      await rejects(begin(sink), 'SINK_UNAVAILABLE');
      await rejects(sink.clear(SYNC), 'SINK_UNAVAILABLE');
    },
  },
  {
    name: 'open: many loads in a row leave nothing behind but their rows',
    body: async (world) => {
      let since: string | undefined;
      for (let n = 0; n < 25; n += 1) {
        await load(world.sink, {
          since,
          documents: [run(n % 5, `a${n + 10}`, `${n}`)],
          state: `s${n}`,
        });
        since = `s${n}`;
      }
      assert.deepEqual(await names(world), ['20', '21', '22', '23', '24']);
      assert.equal((await world.database.tables()).filter((name) => name === 'runs').length, 1);
    },
  },
];
