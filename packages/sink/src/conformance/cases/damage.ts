import assert from 'node:assert/strict';
import type { ColumnType, Document, Value } from '../../sink.ts';
import type { Damage } from '../harness.ts';
import { damages, doc, id, load, RUNS, run, type Scenario, SYNC, table } from '../world.ts';

const PEAKS = table('peaks', { area: 'float64', name: 'string', note: 'string' });
const BOTH = [RUNS, PEAKS];

/** One row in `runs` and three in `peaks`. */
function both(n: number, order: string): Document {
  const peaks = [
    [1, 'x', 'left'],
    [2, 'y', null],
    [2, 'z', null],
  ];
  return doc(n, order, { runs: [[`run ${n}`, BigInt(n)]], peaks });
}

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from }, (_, n) => from + n);
}

function edit(n: number, row: number, column: string, value: string | null): Damage {
  return { how: 'edit', id: id(n), row, column, value };
}

/** What must be found when rows were changed by others. */
export const damageCases: readonly Scenario[] = [
  {
    name: 'damage: a row that is gone is told, with its document, its table and both numbers',
    body: async ({ sink, database }) => {
      const failed = doc(4, 'b', { runs: [['failed', 4n]] }, 'failed');
      const documents = [both(1, 'a'), both(2, 'a'), both(3, 'a'), both(4, 'a'), failed];
      await load(sink, { tables: BOTH, documents: documents.slice(0, 4), state: 's1' });
      await load(sink, { tables: BOTH, since: 's1', documents: [failed] });
      await database.damage('peaks', { how: 'delete', id: id(2), row: 1 });
      await database.damage('peaks', { how: 'delete', id: id(4), row: 0 });
      await database.damage('runs', { how: 'delete', id: id(3), row: 0 });
      assert.deepEqual(await damages(sink, BOTH), [
        [id(2), 'peaks', 3, 2],
        [id(3), 'runs', 1, 0],
        [id(4), 'peaks', 3, 2],
      ]);
    },
  },
  {
    name: 'damage: a row that is there twice is told',
    body: async ({ sink, database }) => {
      await load(sink, { tables: BOTH, documents: [both(1, 'a'), both(2, 'a')] });
      await database.damage('peaks', { how: 'copy', id: id(1), row: 2, as: 3 });
      assert.deepEqual(await damages(sink, BOTH), [[id(1), 'peaks', 3, 4]]);
      await database.damage('peaks', { how: 'delete', id: id(1), row: 3 });
      assert.deepEqual(await damages(sink, BOTH), []);
    },
  },
  ...EDITS(),
  {
    name: 'damage: the end of a long text that was edited is told',
    body: async ({ sink, database }) => {
      const text = 'x'.repeat(100_000);
      await load(sink, { documents: [run(1, 'a', text), run(2, 'a', text)] });
      await database.damage('runs', edit(1, 0, 'name', `${text.slice(1)}y`));
      assert.deepEqual(await damages(sink), [[id(1), 'runs', 1, 1]]);
    },
  },
  {
    name: 'damage: a value that stands in another column is told',
    body: async ({ sink, database }) => {
      await load(sink, { tables: BOTH, documents: [both(1, 'a'), both(2, 'a')] });
      await database.damage('peaks', edit(2, 0, 'note', 'x'));
      await database.damage('peaks', edit(2, 0, 'name', 'left'));
      await database.damage('peaks', edit(1, 1, 'note', 'y'));
      await database.damage('peaks', edit(1, 1, 'name', null));
      assert.deepEqual(await damages(sink, BOTH), [
        [id(1), 'peaks', 3, 3],
        [id(2), 'peaks', 3, 3],
      ]);
    },
  },
  {
    name: 'damage: two rows of a document that changed places are told',
    body: async ({ sink, database }) => {
      await load(sink, { tables: BOTH, documents: [both(1, 'a'), both(2, 'a')] });
      await database.damage('peaks', edit(1, 1, 'name', 'z'));
      await database.damage('peaks', edit(1, 2, 'name', 'y'));
      assert.deepEqual(await damages(sink, BOTH), [[id(1), 'peaks', 3, 3]]);
    },
  },
  {
    name: 'damage: rows of no document are told: given to another, or left behind by clear',
    body: async ({ sink, database }) => {
      const documents = [both(1, 'a'), both(2, 'a'), both(3, 'a')];
      await load(sink, { tables: BOTH, documents });
      await database.damage('peaks', edit(1, 1, '_file_key', id(9)));
      await database.damage('peaks', edit(2, 2, '_file_key', 'no id'));
      assert.deepEqual(await damages(sink, BOTH), [
        [id(1), 'peaks', 3, 2],
        [id(2), 'peaks', 3, 2],
        [id(9), 'peaks', 0, 1],
        ['no id', 'peaks', 0, 1],
      ]);
      await sink.clear(SYNC);
      await load(sink, { tables: BOTH, documents: documents.slice(0, 2), state: 's1' });
      const left = [
        [id(3), 'runs', 0, 1],
        [id(3), 'peaks', 0, 3],
        [id(9), 'peaks', 0, 1],
      ];
      assert.deepEqual(await damages(sink, BOTH), [...left, ['no id', 'peaks', 0, 1]]);
      const removed = [3, 9].map((n) => doc(n, 'a', { runs: [], peaks: [] }, 'deleted'));
      await load(sink, { tables: BOTH, since: 's1', documents: removed });
      assert.deepEqual(await damages(sink, BOTH), [['no id', 'peaks', 0, 1]]);
    },
  },
  {
    name: 'damage: a table that was dropped has no rows, and neither has one that was made anew',
    body: async ({ sink, database, open }) => {
      const documents = [both(1, 'a'), both(2, 'a'), run(3, 'a', 'x')];
      await load(sink, { tables: BOTH, documents, state: 's1' });
      await database.damage('peaks', { how: 'drop' });
      const lost = [
        [id(1), 'peaks', 3, 0],
        [id(2), 'peaks', 3, 0],
      ];
      assert.deepEqual(await damages(sink, BOTH), lost);
      assert.ok(!(await database.tables()).includes('peaks'), 'the table was made by reading');
      await using other = await open();
      await load(other, { tables: BOTH, since: 's1', state: 's2' });
      assert.deepEqual(await damages(other, BOTH), lost);
      await load(other, { tables: BOTH, since: 's2', documents: [both(1, 'b')] });
      assert.deepEqual(await damages(other, BOTH), lost.slice(1));
    },
  },
  {
    name: 'damage: comes in ascending byte order of ids, then in the order of the tables',
    body: async ({ sink, database }) => {
      const ids = ['f0', '9a', '0f', 'aa', '01'].map((two) => two.padEnd(32, '7'));
      const documents = ids.map((id) => ({ ...both(0, 'a'), id }));
      await load(sink, { tables: BOTH, documents });
      await database.damage('runs', { how: 'drop' });
      await database.damage('peaks', { how: 'drop' });
      const expected = (names: readonly string[]) =>
        [...ids]
          .sort()
          .flatMap((id) => names.map((name) => [id, name, name === 'runs' ? 1 : 3, 0]));
      assert.deepEqual(await damages(sink, BOTH), expected(['runs', 'peaks']));
      assert.deepEqual(await damages(sink, [PEAKS, RUNS]), expected(['peaks', 'runs']));
      assert.deepEqual(await damages(sink, [PEAKS]), expected(['peaks']));
    },
  },
  {
    name: 'damage: is that of the one sync, whatever the ids of the others',
    body: async ({ sink, database }) => {
      const theirs = table('theirs', { name: 'string', size: 'int64' });
      const documents = [1, 2].map((n) => doc(n, 'a', { theirs: [['x', 1n]] }));
      await load(sink, { documents: [run(1, 'a', 'x'), run(3, 'a', 'y')] });
      await load(sink, { sync: 'other', tables: [theirs], documents });
      await database.damage('theirs', { how: 'delete', id: id(1), row: 0 });
      assert.deepEqual(await damages(sink), []);
      assert.deepEqual(await damages(sink, [theirs], 'other'), [[id(1), 'theirs', 1, 0]]);
      await sink.clear('other');
      assert.deepEqual(await damages(sink), []);
      assert.deepEqual(await damages(sink, [theirs], 'other'), [[id(2), 'theirs', 0, 1]]);
    },
  },
  {
    name: 'damage: is told until the document is committed with that table again',
    body: async ({ sink, database, open }) => {
      await load(sink, { tables: BOTH, documents: [both(1, 'a'), both(2, 'a')], state: 's1' });
      await database.damage('peaks', edit(1, 0, 'area', '7'));
      await database.damage('peaks', { how: 'delete', id: id(2), row: 0 });
      const told = [
        [id(1), 'peaks', 3, 3],
        [id(2), 'peaks', 3, 2],
      ];
      const others = [doc(1, 'b', { runs: [['b', 1n]] }, 'failed'), doc(2, 'b', {}, 'deleted')];
      await load(sink, { tables: BOTH, since: 's1', documents: others, state: 's2' });
      assert.deepEqual(await damages(sink, BOTH), told);
      const tooOld = [both(1, 'a'), both(2, 'a')];
      await load(sink, { tables: BOTH, since: 's2', documents: tooOld, state: 's3' });
      assert.deepEqual(await damages(sink, BOTH), told);
      await load(sink, { tables: BOTH, since: 's3', documents: [both(1, 'c')], state: 's4' });
      await sink[Symbol.asyncDispose]();
      await using again = await open();
      assert.deepEqual(await damages(again, BOTH), told.slice(1));
      const emptied = [doc(2, 'c', { peaks: [] })];
      await load(again, { tables: BOTH, since: 's4', documents: emptied });
      assert.deepEqual(await damages(again, BOTH), []);
    },
  },
  {
    name: 'damage: is found among tens of thousands of rows and more tables than a load may name',
    body: async ({ sink, database }) => {
      const many = range(0, 7_000).map((n) => [n, `row ${n}`, null]);
      const documents = range(0, 20_000).map((n) => run(n, 'a', `run ${n}`));
      await load(sink, {
        tables: BOTH,
        documents: [...documents, doc(20_000, 'a', { peaks: many })],
      });
      const tables = [...range(0, 120).map((n) => table(`no_${n}`, { a: 'string' })), ...BOTH];
      assert.deepEqual(await damages(sink, tables), []);
      await database.damage('runs', edit(12_345, 0, 'size', '12344'));
      await database.damage('runs', { how: 'delete', id: id(19_999), row: 0 });
      await database.damage('peaks', edit(20_000, 6_999, 'name', 'row 6998'));
      assert.deepEqual(await damages(sink, tables), [
        [id(12_345), 'runs', 1, 1],
        [id(19_999), 'runs', 1, 0],
        [id(20_000), 'peaks', 7_000, 7_000],
      ]);
    },
  },
];

/** Of each type a value and what it is edited to: as little else as is possible. */
function EDITS(): readonly Scenario[] {
  const edits: readonly (readonly [ColumnType, Value, string | null])[] = [
    ['boolean', true, 'false'],
    ['boolean', false, null],
    ['int64', 2n ** 53n + 1n, '9007199254740992'],
    ['int64', 0n, null],
    ['float64', 0.1 + 0.2, '0.3'],
    ['float64', 5e-324, '0'],
    ['float64', 0, null],
    ['decimal', '12345678901234567890.123456789', '12345678901234567890.123456788'],
    ['decimal', '0', null],
    ['string', '', null],
    ['string', null, ''],
    ['string', 'a', 'A'],
    ['string', 'blank', 'blank '],
    ['string', 'e\u0301', 'é'],
    ['string', '\u{1f9ea}', '\u{1f9eb}'],
    ['date', '1582-10-10', '1582-10-11'],
    ['timestamp', '9999-12-31T23:59:59.999999Z', '9999-12-31T23:59:59.999998Z'],
    ['json', '{"a":[1,2]}', '{"a":[2,1]}'],
    ['json', '1', '"1"'],
    ['json', 'null', null],
  ];
  return edits.map(([type, before, after]) => ({
    name: `damage: a cell of ${type} that was edited is told: ${shown(before)} to ${shown(after)}`,
    body: async ({ sink, database }) => {
      const one = table('t', { value: type, other: 'string' });
      const documents = [1, 2, 3].map((n) => doc(n, 'a', { t: [[before, 'kept']] }));
      await load(sink, { tables: [one], documents });
      assert.deepEqual(await damages(sink, [one]), []);
      await database.damage('t', edit(2, 0, 'value', after));
      assert.deepEqual(await damages(sink, [one]), [[id(2), 't', 1, 1]]);
    },
  }));
}

function shown(value: Value): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}
