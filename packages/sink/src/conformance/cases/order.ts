import assert from 'node:assert/strict';
import {
  begin,
  doc,
  id,
  ledger,
  load,
  names,
  rejects,
  run,
  type Scenario,
  snapshot,
  table,
  values,
} from '../world.ts';

/** Orders from the least to the greatest, as bytes: not as numbers, not as a dictionary has them. */
const ASCENDING = [
  '!',
  '+1',
  '-1',
  '0',
  '10',
  '9',
  '9!',
  '9A',
  'A',
  'Z',
  '_',
  'a',
  'aB',
  'aa',
  'b',
  '~',
];
const LONG = 'x'.repeat(127);

/** What must hold for orders: which version of a document counts. */
export const orderCases: readonly Scenario[] = [
  {
    name: 'order: a document stored at the same order is left alone',
    body: async (world) => {
      await load(world.sink, { documents: [run(1, 'm', 'stored')], state: 's1' });
      const before = await snapshot(world);
      const documents = [run(1, 'm', 'again')];
      const result = await load(world.sink, { since: 's1', documents, state: 's1' });
      assert.deepEqual(result, { applied: 0, leftAlone: 1 });
      assert.deepEqual(await snapshot(world), before);
    },
  },
  {
    name: 'order: a document stored at a greater order is left alone',
    body: async (world) => {
      await load(world.sink, { documents: [run(1, 'm', 'stored')], state: 's1' });
      const before = await snapshot(world);
      const documents = [doc(1, 'l', { runs: [] }, 'deleted')];
      const result = await load(world.sink, { since: 's1', documents, state: 's1' });
      assert.deepEqual(result, { applied: 0, leftAlone: 1 });
      assert.deepEqual(await snapshot(world), before);
    },
  },
  {
    name: 'order: a deleted document is not brought back by a lesser order',
    body: async (world) => {
      await load(world.sink, { documents: [doc(1, 'm', { runs: [] }, 'deleted')], state: 's1' });
      await load(world.sink, { since: 's1', documents: [run(1, 'l', 'late')] });
      assert.deepEqual(await names(world), []);
      assert.deepEqual(await ledger(world.sink), [{ id: id(1), order: 'm', status: 'deleted' }]);
    },
  },
  {
    name: 'order: orders are compared byte by byte against the ledger',
    body: async (world) => {
      let since: string | undefined;
      for (const order of [...ASCENDING, `${LONG}!`, `${LONG}"`, `${LONG}~`].sort()) {
        const result = await load(world.sink, {
          since,
          documents: [run(1, order, order)],
          state: order,
        });
        assert.deepEqual(result, { applied: 1, leftAlone: 0 }, order);
        since = order;
      }
      const descending = [...ASCENDING, `${LONG}!`].sort().reverse();
      for (const [n, order] of descending.entries()) {
        const result = await load(world.sink, {
          since,
          documents: [run(2, order, order)],
          state: order,
        });
        assert.equal(result.applied, n === 0 ? 1 : 0, order);
        since = order;
      }
    },
  },
  {
    name: 'order: orders are compared byte by byte within a load',
    body: async (world) => {
      const pairs = ASCENDING.slice(1).map((greater, n) => [ASCENDING[n] ?? '', greater] as const);
      const documents = pairs.flatMap(([lesser, greater], n) => {
        const both = [run(n, greater, greater), run(n, lesser, lesser)];
        return n % 2 === 0 ? both : both.reverse();
      });
      const result = await load(world.sink, { documents });
      assert.deepEqual(result, { applied: pairs.length, leftAlone: pairs.length });
      assert.deepEqual(await names(world), ASCENDING.slice(1));
    },
  },
  {
    name: 'order: of one document twice in a stage call the greater order counts',
    body: async (world) => {
      const documents = [
        run(1, 'b', 'new'),
        run(1, 'a', 'old'),
        run(2, 'a', 'old'),
        run(2, 'b', 'new'),
      ];
      const result = await load(world.sink, { documents });
      assert.deepEqual(result, { applied: 2, leftAlone: 2 });
      assert.deepEqual(await names(world), ['new', 'new']);
      const expected = [1, 2].map((n) => ({ id: id(n), order: 'b', status: 'loaded' }));
      assert.deepEqual(await ledger(world.sink), expected);
    },
  },
  {
    name: 'order: of one document in two stage calls the greater order counts',
    body: async (world) => {
      await using opened = await begin(world.sink);
      await opened.stage([run(1, 'b', 'new'), run(2, 'a', 'old')]);
      await opened.stage([run(1, 'a', 'old'), run(2, 'b', 'new')]);
      assert.deepEqual(await opened.commit('s1'), { applied: 2, leftAlone: 2 });
      assert.deepEqual(await names(world), ['new', 'new']);
    },
  },
  {
    name: 'order: of equal orders within a load the first counts',
    body: async (world) => {
      await using opened = await begin(world.sink);
      await opened.stage([run(1, 'a', 'first'), run(1, 'a', 'second')]);
      await opened.stage([run(1, 'a', 'third')]);
      assert.deepEqual(await opened.commit('s1'), { applied: 1, leftAlone: 2 });
      assert.deepEqual(await names(world), ['first']);
    },
  },
  {
    name: 'order: a version that is beaten within the load touches no table',
    body: async (world) => {
      const tables = [table('peaks', { area: 'int64' }), table('notes', { text: 'string' })];
      const stored = doc(1, 'a', { peaks: [[1n]], notes: [['stored']] });
      await load(world.sink, { tables, documents: [stored], state: 's1' });
      const documents = [
        doc(1, 'b', { peaks: [] }),
        doc(1, 'c', { notes: [['new']] }),
        doc(1, 'b', { peaks: [[2n], [3n]] }),
      ];
      const result = await load(world.sink, { tables, since: 's1', documents });
      assert.deepEqual(result, { applied: 1, leftAlone: 2 });
      assert.deepEqual((await values(world, 'peaks', 'area')).flat(), [1n]);
      assert.deepEqual((await values(world, 'notes', 'text')).flat(), ['new']);
    },
  },
  {
    name: 'order: a commit counts what it applied and what it left alone',
    body: async (world) => {
      await load(world.sink, { documents: [run(1, 'm', 'a'), run(2, 'm', 'a')], state: 's1' });
      const documents = [
        run(1, 'l', 'lesser'),
        run(2, 'n', 'greater'),
        run(2, 'o', 'greatest'),
        run(3, 'a', 'new'),
        doc(4, 'a', {}, 'failed'),
        run(1, 'm', 'same'),
      ];
      const result = await load(world.sink, { since: 's1', documents });
      assert.deepEqual(result, { applied: 3, leftAlone: 3 });
      assert.deepEqual(await names(world), ['a', 'greatest', 'new']);
    },
  },
  {
    name: 'order: the order guards each sync by its own ledger',
    body: async ({ sink }) => {
      const bare = (order: string) => [doc(1, order, {})];
      await load(sink, { sync: 'one', tables: [], documents: bare('z') });
      const result = await load(sink, { sync: 'two', tables: [], documents: bare('a') });
      assert.deepEqual(result, { applied: 1, leftAlone: 0 });
      assert.equal((await ledger(sink, {}, 'one'))[0]?.order, 'z');
      assert.equal((await ledger(sink, {}, 'two'))[0]?.order, 'a');
    },
  },
  {
    name: 'order: ids that differ in one digit are two documents',
    body: async (world) => {
      const ids = ['a', 'b', 'f', '0', '9'].flatMap((digit) => [
        `${digit}${'0'.repeat(31)}`,
        `${'0'.repeat(31)}${digit}`,
        'e'.repeat(16) + digit.repeat(16),
      ]);
      const unique = [...new Set(ids)].sort();
      const documents = unique.map((id, n) => ({ ...run(n, 'a', id), id }));
      await load(world.sink, { documents });
      assert.deepEqual(
        (await ledger(world.sink)).map((line) => line.id),
        unique,
      );
      assert.deepEqual((await values(world, 'runs', '_file_key')).flat(), unique);
    },
  },
  {
    name: 'order: an id, order or status that is not of its form is refused',
    body: async (world) => {
      const good = run(1, 'a', 'x');
      const bad = [
        { ...good, id: 'A'.repeat(32) },
        { ...good, id: '0'.repeat(31) },
        { ...good, id: `${'0'.repeat(32)}\n` },
        { ...good, order: '' },
        { ...good, order: 'a b' },
        { ...good, order: 'é' },
        { ...good, order: 'a\n' },
        { ...good, order: 'x'.repeat(129) },
        { ...good, status: 'gone' as 'deleted' },
      ];
      for (const document of bad) {
        await rejects(load(world.sink, { documents: [document] }), 'INVALID_VALUE');
      }
      assert.deepEqual(await ledger(world.sink), []);
      assert.deepEqual(await names(world), []);
    },
  },
];
