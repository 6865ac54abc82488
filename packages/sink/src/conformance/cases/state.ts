import assert from 'node:assert/strict';
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

const LETTERS = [
  '',
  ' ',
  '{"from":"2026-01-01T00:00:00.000Z","after":null}',
  'blanks at the end   ',
  'tab and line ends\t\r\n',
  `quotes ' '' " "" \` \\ \\\\ $1 ? :a @b %s {{x}} ; -- /* */`,
  'é and e\u0301, \u212b and \u00c5, \ufeff, \u200b',
  '\u{1f9ea}\u{10ffff}\ud7ff\ue000\uffff',
  '\ufeffa byte order mark first',
  'NULL',
  '0012',
];

/** What must hold for the state of a sync. */
export const stateCases: readonly Scenario[] = [
  {
    name: 'state: a sync that never committed has none',
    body: async ({ sink }) => {
      assert.equal(await sink.readState(SYNC), undefined);
      await using opened = await begin(sink);
      await opened.stage([run(1, 'a', 'one')]);
      assert.equal(await sink.readState(SYNC), undefined);
    },
  },
  {
    name: 'state: an empty load moves it, and counts nothing',
    body: async ({ sink }) => {
      assert.deepEqual(await load(sink, { tables: [], state: 's1' }), { applied: 0, leftAlone: 0 });
      assert.equal(await sink.readState(SYNC), 's1');
      await using opened = await begin(sink, { since: 's1' });
      assert.deepEqual(await opened.commit('s2'), { applied: 0, leftAlone: 0 });
      assert.equal(await sink.readState(SYNC), 's2');
    },
  },
  {
    name: 'state: is kept to the letter, and found again by it',
    body: async ({ sink }) => {
      let since: string | undefined;
      for (const state of LETTERS) {
        await load(sink, { tables: [], since, state });
        assert.equal(await sink.readState(SYNC), state);
        since = state;
      }
    },
  },
  {
    name: 'state: a text of a megabyte is kept to the letter',
    body: async ({ sink }) => {
      const long = `${'0123456789abcdé'.repeat(70_000)} `;
      await load(sink, { tables: [], state: long });
      assert.ok((await sink.readState(SYNC)) === long, 'the state came back changed');
      await load(sink, { tables: [], since: long, state: 'short' });
      assert.equal(await sink.readState(SYNC), 'short');
    },
  },
  {
    name: 'state: is compared to the letter',
    body: async ({ sink }) => {
      await load(sink, { tables: [], state: 'Café' });
      for (const since of ['café', 'Café ', 'Cafe\u0301', 'Cafe', ' Café', 'Café\n', '']) {
        await using opened = await begin(sink, { since });
        await rejects(opened.commit('moved'), 'STATE_CONFLICT');
      }
      assert.equal(await sink.readState(SYNC), 'Café');
    },
  },
  {
    name: 'state: one with NUL or half a surrogate pair is refused, and nothing changes',
    body: async (world) => {
      await load(world.sink, { documents: [run(1, 'a', 'one')], state: 's1' });
      const before = await snapshot(world);
      for (const state of ['a\0b', 'a\ud800', '\udc00b']) {
        await using opened = await begin(world.sink, { since: 's1' });
        await opened.stage([run(1, 'b', 'changed')]);
        await rejects(opened.commit(state), 'INVALID_VALUE');
        assert.deepEqual(await snapshot(world), before);
      }
    },
  },
  {
    name: 'state: two syncs have one each, and a ledger each',
    body: async ({ sink }) => {
      await load(sink, { sync: 'one', documents: [run(1, 'a', 'one')], state: 'of one' });
      await load(sink, { sync: 'two', tables: [], state: 'of two' });
      assert.equal(await sink.readState('one'), 'of one');
      assert.equal(await sink.readState('two'), 'of two');
      assert.equal((await ledger(sink, {}, 'one')).length, 1);
      assert.deepEqual(await ledger(sink, {}, 'two'), []);
    },
  },
  {
    name: 'state: names of syncs are compared byte by byte',
    body: async ({ sink }) => {
      const syncs = [
        'lab',
        'Lab',
        'LAB',
        'lab ',
        ' lab',
        'läb',
        'la\u0308b',
        "l'ab",
        'l%b',
        'l_b',
        '"',
      ];
      for (const [n, sync] of syncs.entries()) {
        assert.equal(await sink.readState(sync), undefined, JSON.stringify(sync));
        const documents = [{ ...run(1, `v${n}`, 'x'), rows: new Map() }];
        await load(sink, { sync, tables: [], documents, state: `state of ${n}` });
      }
      for (const [n, sync] of syncs.entries()) {
        assert.equal(await sink.readState(sync), `state of ${n}`, JSON.stringify(sync));
        const orders = (await ledger(sink, {}, sync)).map((line) => line.order);
        assert.deepEqual(orders, [`v${n}`], JSON.stringify(sync));
      }
    },
  },
  {
    name: 'state: a name of a sync that is empty, too long or not well-formed is refused',
    body: async ({ sink }) => {
      for (const sync of ['', 'x'.repeat(65), 'a\0', '\ud800']) {
        await rejects(begin(sink, { sync, tables: [] }), 'INVALID_VALUE');
      }
      const longest = 'ß'.repeat(64);
      await load(sink, { sync: longest, tables: [], state: 's' });
      assert.equal(await sink.readState(longest), 's');
    },
  },
  {
    name: 'state: goes with the rows of the same commit, load after load',
    body: async (world) => {
      let since: string | undefined;
      for (const state of ['s1', 's2', 's3']) {
        await load(world.sink, { since, documents: [run(1, state, state)], state });
        assert.equal(await world.sink.readState(SYNC), state);
        assert.deepEqual(await names(world), [state]);
        since = state;
      }
    },
  },
];
