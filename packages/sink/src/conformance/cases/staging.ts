import assert from 'node:assert/strict';
import type { Document, Row } from '../../sink.ts';
import {
  begin,
  doc,
  ledger,
  load,
  names,
  rejects,
  run,
  type Scenario,
  SYNC,
  snapshot,
  table,
  values,
} from '../world.ts';

const WRONG: Document = doc(3, 'a', {
  runs: [
    ['fine', 1n],
    ['wrong', 'no int64'],
  ],
});

/** What must hold for documents that are staged: unseen, apart, and gone when thrown away. */
export const stagingCases: readonly Scenario[] = [
  {
    name: 'staging: no reader sees what is staged',
    body: async (world) => {
      await load(world.sink, { documents: [run(1, 'a', 'stored')], state: 's1' });
      const before = await snapshot(world);
      await using opened = await begin(world.sink, { since: 's1' });
      await opened.stage([run(1, 'b', 'staged'), doc(2, 'a', { runs: [] }, 'failed')]);
      assert.deepEqual(await snapshot(world), before);
      assert.deepEqual(await ledger(world.sink, { ids: [run(2, 'a', '').id] }), []);
      await opened.stage([run(3, 'b', 'staged')]);
      assert.deepEqual(await snapshot(world), before);
      await opened.commit('s2');
      assert.deepEqual(await names(world), ['staged', 'staged']);
    },
  },
  {
    name: 'staging: a load that is disposed leaves nothing behind but its empty tables',
    body: async (world) => {
      const bare = await world.database.tables();
      const opened = await begin(world.sink);
      await opened.stage([run(1, 'a', 'x'), run(2, 'a', 'y')]);
      await opened[Symbol.asyncDispose]();
      assert.deepEqual([...(await world.database.tables())].sort(), [...bare, 'runs'].sort());
      const empty = { rows: [[]], state: undefined, ledger: [] };
      assert.deepEqual(await snapshot(world), empty);
      await load(world.sink, { documents: [] });
      assert.deepEqual(await snapshot(world), { ...empty, state: 'state 1' });
    },
  },
  {
    name: 'staging: a load that is committed leaves nothing behind but its tables',
    body: async (world) => {
      const bare = await world.database.tables();
      await load(world.sink, { documents: [run(1, 'a', 'x')] });
      assert.deepEqual([...(await world.database.tables())].sort(), [...bare, 'runs'].sort());
    },
  },
  {
    name: 'staging: a load thrown away is not seen by the next one',
    body: async (world) => {
      const opened = await begin(world.sink);
      await opened.stage([run(1, 'z', 'thrown away'), run(2, 'z', 'thrown away')]);
      await opened[Symbol.asyncDispose]();
      const result = await load(world.sink, { documents: [run(1, 'a', 'kept')] });
      assert.deepEqual(result, { applied: 1, leftAlone: 0 });
      assert.deepEqual(await names(world), ['kept']);
    },
  },
  {
    name: 'staging: disposing one load leaves what another has staged',
    body: async (world) => {
      await using kept = await begin(world.sink, { sync: 'one' });
      const thrown = await begin(world.sink, { sync: 'two' });
      await kept.stage([run(1, 'a', 'kept 1')]);
      await thrown.stage([run(2, 'a', 'thrown')]);
      await thrown[Symbol.asyncDispose]();
      await kept.stage([run(3, 'a', 'kept 3')]);
      assert.deepEqual(await kept.commit('s'), { applied: 2, leftAlone: 0 });
      assert.deepEqual(await names(world), ['kept 1', 'kept 3']);
    },
  },
  {
    name: 'staging: a load that fails leaves what another has staged',
    body: async (world) => {
      await using kept = await begin(world.sink, { sync: 'one' });
      await using failing = await begin(world.sink, { sync: 'two' });
      await kept.stage([run(1, 'a', 'kept 1')]);
      await rejects(failing.stage([run(2, 'a', 'fails'), WRONG]), 'INVALID_VALUE');
      await kept.stage([run(4, 'a', 'kept 4')]);
      await failing[Symbol.asyncDispose]();
      assert.deepEqual(await kept.commit('s'), { applied: 2, leftAlone: 0 });
      assert.deepEqual(await names(world), ['kept 1', 'kept 4']);
    },
  },
  {
    name: 'staging: a load that meets a conflict leaves what another has staged',
    body: async (world) => {
      await using kept = await begin(world.sink, { sync: 'one' });
      await using late = await begin(world.sink, { sync: 'two', since: 'never' });
      await kept.stage([run(1, 'a', 'kept')]);
      await late.stage([run(2, 'a', 'late')]);
      await rejects(late.commit('s'), 'STATE_CONFLICT');
      await kept.commit('s');
      assert.deepEqual(await names(world), ['kept']);
    },
  },
  {
    name: 'staging: two loads stage by turns, and each commits its own',
    body: async (world) => {
      await using one = await begin(world.sink, { sync: 'one' });
      await using two = await begin(world.sink, { sync: 'two' });
      for (const n of [1, 3, 5]) {
        await Promise.all([
          one.stage([run(n, 'a', `one ${n}`)]),
          two.stage([run(n + 1, 'a', `two ${n + 1}`)]),
        ]);
      }
      await two.commit('of two');
      assert.deepEqual(await names(world), ['two 2', 'two 4', 'two 6']);
      await one.commit('of one');
      const both = ['one 1', 'two 2', 'one 3', 'two 4', 'one 5', 'two 6'];
      assert.deepEqual(await names(world), both);
    },
  },
  {
    name: 'staging: when a later stage call fails, the load cannot commit and nothing is left',
    body: async (world) => {
      const opened = await begin(world.sink);
      await opened.stage([run(1, 'a', 'fine')]);
      await rejects(
        opened.stage([run(2, 'a', 'fine'), WRONG, run(4, 'a', 'fine')]),
        'INVALID_VALUE',
      );
      await rejects(opened.stage([run(5, 'a', 'fine')]), 'LOAD_CLOSED');
      await rejects(opened.commit('s1'), 'LOAD_CLOSED');
      await opened[Symbol.asyncDispose]();
      assert.deepEqual(await snapshot(world), { rows: [[]], state: undefined, ledger: [] });
    },
  },
  {
    name: 'staging: an error thrown by the rows comes through, and nothing is left',
    body: async (world) => {
      const mine = new TypeError('the transform broke');
      function* rows(): Iterable<Row> {
        yield ['first', 1n];
        throw mine;
      }
      await using opened = await begin(world.sink);
      const documents = [run(1, 'a', 'fine'), doc(2, 'a', { runs: rows() })];
      await assert.rejects(opened.stage(documents), (error) => error === mine);
      await rejects(opened.commit('s1'), 'LOAD_CLOSED');
      assert.deepEqual(await snapshot(world), { rows: [[]], state: undefined, ledger: [] });
    },
  },
  {
    name: 'staging: a table that is not in the target is refused',
    body: async (world) => {
      await load(world.sink, { tables: [table('other', { a: 'int64' })], state: 's1' });
      for (const other of ['other', 'RUNS', 'runs ', '_tdp_sync_state', '']) {
        const documents = [doc(1, 'a', { runs: [['x', 1n]], [other]: [[1n]] })];
        await rejects(load(world.sink, { since: 's1', documents }), 'INVALID_VALUE');
      }
      assert.deepEqual(await names(world), []);
      assert.deepEqual(await values(world, 'other', 'a'), []);
    },
  },
  {
    name: 'staging: after a commit the load is closed, and disposing it does nothing',
    body: async (world) => {
      const opened = await begin(world.sink);
      await opened.stage([run(1, 'a', 'x')]);
      await opened.commit('s1');
      await rejects(opened.stage([run(2, 'a', 'y')]), 'LOAD_CLOSED');
      await rejects(opened.commit('s2'), 'LOAD_CLOSED');
      await opened[Symbol.asyncDispose]();
      await opened[Symbol.asyncDispose]();
      await rejects(opened.commit('s2'), 'LOAD_CLOSED');
      assert.equal(await world.sink.readState(SYNC), 's1');
      assert.deepEqual(await names(world), ['x']);
    },
  },
  {
    name: 'staging: after a conflict the load is closed',
    body: async (world) => {
      await using opened = await begin(world.sink, { since: 'never' });
      await opened.stage([run(1, 'a', 'x')]);
      await rejects(opened.commit('s1'), 'STATE_CONFLICT');
      await rejects(opened.commit('s1'), 'LOAD_CLOSED');
      await rejects(opened.stage([]), 'LOAD_CLOSED');
      await load(world.sink, { documents: [run(1, 'a', 'goes on')] });
      assert.deepEqual(await names(world), ['goes on']);
    },
  },
  {
    name: 'staging: after dispose the load is closed, and disposing it twice does nothing',
    body: async (world) => {
      const opened = await begin(world.sink);
      await opened.stage([run(1, 'a', 'x')]);
      await opened[Symbol.asyncDispose]();
      await opened[Symbol.asyncDispose]();
      await rejects(opened.stage([]), 'LOAD_CLOSED');
      await rejects(opened.commit('s1'), 'LOAD_CLOSED');
      assert.deepEqual(await snapshot(world), { rows: [[]], state: undefined, ledger: [] });
    },
  },
];
