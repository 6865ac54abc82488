import assert from 'node:assert/strict';
import type { Column, ColumnType, Document, Row, Table, Value } from '../../sink.ts';
import { meaning, TYPES } from '../samples.ts';
import {
  doc,
  id,
  ledger,
  load,
  names,
  run,
  type Scenario,
  snapshot,
  stored,
  table,
  values,
} from '../world.ts';

const PEAKS = table('peaks', { area: 'float64' });
const NOTES = table('notes', { text: 'string' });
const TABLES = [PEAKS, NOTES];

/** What must hold when a document replaces its rows. */
export const replaceCases: readonly Scenario[] = [
  {
    name: 'replace: a list that has shrunk leaves no row behind',
    body: async (world) => {
      const long = [[1], [2], [3], [4]];
      await load(world.sink, {
        tables: TABLES,
        documents: [doc(1, 'a', { peaks: long })],
        state: 's1',
      });
      const documents = [doc(1, 'b', { peaks: [[9]] })];
      await load(world.sink, { tables: TABLES, since: 's1', documents });
      assert.deepEqual(await values(world, 'peaks', '_row', 'area'), [[0n, 9]]);
    },
  },
  {
    name: 'replace: a table named with no rows is emptied of the document',
    body: async (world) => {
      const full = { peaks: [[1], [2]], notes: [['kept']] };
      const documents = [doc(1, 'a', full), doc(2, 'a', full)];
      await load(world.sink, { tables: TABLES, documents, state: 's1' });
      await load(world.sink, {
        tables: TABLES,
        since: 's1',
        documents: [doc(1, 'b', { peaks: [] })],
      });
      assert.deepEqual(await values(world, 'peaks', '_file_key', 'area'), [
        [id(2), 1],
        [id(2), 2],
      ]);
    },
  },
  {
    name: 'replace: a table that is not named keeps the rows it has',
    body: async (world) => {
      const full = { peaks: [[1], [2]], notes: [['kept']] };
      await load(world.sink, { tables: TABLES, documents: [doc(1, 'a', full)], state: 's1' });
      const documents = [doc(1, 'b', { notes: [['new']] })];
      await load(world.sink, { tables: TABLES, since: 's1', documents, state: 's2' });
      assert.deepEqual((await values(world, 'peaks', 'area')).flat(), [1, 2]);
      assert.deepEqual((await values(world, 'notes', 'text')).flat(), ['new']);
      await load(world.sink, {
        tables: TABLES,
        since: 's2',
        documents: [doc(1, 'c', {}, 'deleted')],
      });
      assert.deepEqual((await values(world, 'peaks', 'area')).flat(), [1, 2]);
      assert.deepEqual(await ledger(world.sink), [{ id: id(1), order: 'c', status: 'deleted' }]);
    },
  },
  {
    name: 'replace: other documents keep their rows',
    body: async (world) => {
      const documents = [1, 2, 3].map((n) => run(n, 'a', `first ${n}`));
      await load(world.sink, { documents, state: 's1' });
      await load(world.sink, { since: 's1', documents: [run(2, 'b', 'second')] });
      assert.deepEqual(await names(world), ['first 1', 'second', 'first 3']);
    },
  },
  {
    name: 'replace: rows carry their document and count from 0 in each table, in the order given',
    body: async (world) => {
      const documents = [
        doc(2, 'a', { peaks: [[30], [10], [20]], notes: [['x'], ['x']] }),
        doc(1, 'a', { peaks: [[5]] }),
        doc(3, 'a', { notes: [['only']] }),
      ];
      await load(world.sink, { tables: TABLES, documents });
      assert.deepEqual(await world.database.read('peaks'), [
        { _file_key: id(1), _row: 0n, area: 5 },
        { _file_key: id(2), _row: 0n, area: 30 },
        { _file_key: id(2), _row: 1n, area: 10 },
        { _file_key: id(2), _row: 2n, area: 20 },
      ]);
      assert.deepEqual(await values(world, 'notes', '_file_key', '_row'), [
        [id(2), 0n],
        [id(2), 1n],
        [id(3), 0n],
      ]);
    },
  },
  {
    name: 'replace: the rows of a document are read once',
    body: async (world) => {
      let reads = 0;
      const rows: Iterable<Row> = {
        *[Symbol.iterator]() {
          reads += 1;
          yield ['one', 1n];
          yield ['two', 2n];
        },
      };
      await load(world.sink, { documents: [doc(1, 'a', { runs: rows })] });
      assert.equal(reads, 1);
      assert.deepEqual(await names(world), ['one', 'two']);
    },
  },
  {
    name: 'replace: an array that the caller uses again for each row does no harm',
    body: async (world) => {
      function* rows(): Iterable<Row> {
        const row = ['', 0n];
        for (const name of ['one', 'two', 'three']) {
          row[0] = name;
          yield row as Row;
        }
      }
      await load(world.sink, { documents: [doc(1, 'a', { runs: rows() })] });
      assert.deepEqual(await names(world), ['one', 'two', 'three']);
    },
  },
  {
    name: 'replace: loading the same again changes nothing',
    body: async (world) => {
      const documents = [
        doc(1, 'a', {
          runs: [
            ['x', 1n],
            ['y', null],
          ],
        }),
        doc(2, 'a', {}, 'failed'),
      ];
      const first = await load(world.sink, { documents, state: 'same' });
      assert.deepEqual(first, { applied: 2, leftAlone: 0 });
      const before = await snapshot(world);
      const again = await load(world.sink, { since: 'same', documents, state: 'same' });
      assert.deepEqual(again, { applied: 0, leftAlone: 2 });
      assert.deepEqual(await snapshot(world), before);
    },
  },
  {
    name: 'replace: a document goes from failed to loaded to deleted and back',
    body: async (world) => {
      const steps = [
        { document: doc(1, 'a', {}, 'failed'), seen: [] },
        { document: doc(1, 'b', { runs: [['x', 1n]] }), seen: ['x'] },
        { document: doc(1, 'c', {}, 'failed'), seen: ['x'] },
        { document: doc(1, 'd', { runs: [] }, 'deleted'), seen: [] },
        {
          document: doc(1, 'e', {
            runs: [
              ['y', 1n],
              ['z', 1n],
            ],
          }),
          seen: ['y', 'z'],
        },
      ];
      let since: string | undefined;
      for (const { document, seen } of steps) {
        const { order, status } = document;
        await load(world.sink, { since, documents: [document], state: order });
        assert.deepEqual(await names(world), seen, order);
        assert.deepEqual(await ledger(world.sink), [{ id: id(1), order, status }]);
        since = order;
      }
    },
  },
  {
    name: 'replace: ten thousand documents in one load, then half of them again',
    body: async (world) => {
      const documents = Array.from({ length: 10_000 }, (_, n) => run(n, 'a', `first ${n}`));
      const first = await load(world.sink, { documents, state: 's1' });
      assert.deepEqual(first, { applied: 10_000, leftAlone: 0 });
      const second = documents.map((_, n) => run(n, n % 2 === 0 ? 'b' : 'a', `second ${n}`));
      const result = await load(world.sink, { since: 's1', documents: second });
      assert.deepEqual(result, { applied: 5_000, leftAlone: 5_000 });
      const seen = await names(world);
      assert.equal(seen.length, 10_000);
      const wrong = seen.findIndex(
        (name, n) => name !== `${n % 2 === 0 ? 'second' : 'first'} ${n}`,
      );
      assert.equal(wrong, -1);
    },
  },
  {
    name: 'replace: as many tables as one load may name, and 3,000 columns',
    body: async (world) => {
      const tables = wideTables(world.sink.tablesPerLoad);
      const document = (order: string, size: bigint): Document => {
        const rows = tables.map(({ name, columns }) => [name, [columns.map(() => size)]] as const);
        return { id: id(1), order, status: 'loaded', rows: new Map(rows) };
      };
      await load(world.sink, { tables, documents: [document('a', 1n)], state: 's1' });
      await load(world.sink, { tables, documents: [document('b', 2n)], since: 's1' });
      for (const table of tables) {
        const row = table.columns.map(() => 2n);
        assert.deepEqual(
          await stored(world.sink, table, [id(1)]),
          [{ id: id(1), row }],
          table.name,
        );
      }
    },
  },
  {
    name: 'replace: a row as wide as rows may be, with every cell filled',
    body: async (world) => {
      const { total, of } = world.sink.rowRoom;
      let since: string | undefined;
      for (const type of TYPES) {
        const value = FILLED[type];
        const count = Math.min(1000, Math.floor(total / of[type]));
        assert.ok(count >= 200, `rowRoom is enough for ${count} columns of ${type}`);
        const columns = Array.from(
          { length: count },
          (_, at): Column => ({ name: `c${at}`, type }),
        );
        const wide = { name: `wide_${type}`, columns };
        const row = columns.map(() => value);
        const documents = [doc(TYPES.indexOf(type), 'a', { [wide.name]: [row] })];
        await load(world.sink, { tables: [wide], documents, since, state: type });
        since = type;
        const [found] = await stored(world.sink, wide, [id(TYPES.indexOf(type))]);
        assert.deepEqual(
          found?.row.map((cell) => meaning(type, cell)),
          row.map((cell) => meaning(type, cell)),
          type,
        );
      }
    },
  },
];

/** Of each type what takes most. The texts are just short enough to stay within the row in databases that move longer ones out. */
const FILLED: Readonly<Record<ColumnType, Value>> = {
  boolean: true,
  int64: -(2n ** 63n),
  float64: 0.1 + 0.2,
  decimal: '-99999999999999999999999999999.999999999',
  string: 'a text of 23 characters',
  date: '9999-12-31',
  timestamp: '9999-12-31T23:59:59.999999Z',
  json: '{"text":"0123456789ab"}',
};

/** Tables of 3,000 columns together, which is as much as core puts into one load of its own accord. */
function wideTables(allowed: number): readonly Table[] {
  assert.ok(allowed >= 50, `tablesPerLoad is ${allowed}`);
  const count = Math.min(allowed, 100);
  const columns = Array.from(
    { length: 3000 / count },
    (_, at): Column => ({ name: `c${at}`, type: 'int64' }),
  );
  return Array.from({ length: count }, (_, at) => ({ name: `wide_${at}`, columns }));
}
