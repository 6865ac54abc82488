import { expect, test } from 'vitest';
import { Unfit } from '../../../src/transform/transform.ts';
import { extractOf, shown, tableOf } from './files.ts';

test('objects are flattened, arrays of objects become tables, arrays of literals stay JSON', async () => {
  const document = {
    project: { name: 'P', 'Lead (QC)': { id: 7 } },
    ok: true,
    wavelengths: [214, 280],
    injections: [
      { number: 1, peaks: [{ area: { value: 1.5 } }, { area: { value: 2 } }] },
      { number: 2, note: 'x', peaks: [{ name: 'main' }] },
    ],
  };
  expect(shown(await extractOf(document))).toEqual({
    'docs_root: project_name string, project_lead_qc_id float64, ok boolean, wavelengths json': [
      ['P', 7, true, '[214,280]'],
    ],
    'docs_injections: _parent_row int64, number float64, note string': [
      [0n, 1, null],
      [0n, 2, 'x'],
    ],
    'docs_injections_peaks: _parent_row int64, area_value float64, name string': [
      [0n, 1.5, null],
      [0n, 2, null],
      [1n, null, 'main'],
    ],
  });
});

test('nulls, empty arrays and empty objects leave nothing', async () => {
  expect(shown(await extractOf({ a: null, b: [], c: {}, d: { e: { f: null } } }))).toEqual({});
  expect(shown(await extractOf({ a: [{}, null, { b: [] }] }))).toEqual({
    'docs_a: _parent_row int64': [[0n], [0n], [0n]],
  });
});

test('mixed arrays and arrays of arrays keep every item in its place', async () => {
  const document = { m: [1, { a: 2 }, null, [3, 4], [{ b: 5 }, 6]], n: [[1, 2], [], [[3], [4]]] };
  expect(shown(await extractOf(document))).toEqual({
    'docs_m: _parent_row int64, value float64, a float64': [
      [0n, 1, null],
      [0n, null, 2],
      [0n, null, null],
      [0n, new Unfit('[3,4]'), null],
      [0n, null, null],
    ],
    'docs_m_value: _parent_row int64, b float64, value float64': [
      [4n, 5, null],
      [4n, null, 6],
    ],
    'docs_n: _parent_row int64, value json': [
      [0n, '[1,2]'],
      [0n, null],
      [0n, null],
    ],
    'docs_n_value: _parent_row int64, value json': [
      [2n, '[3]'],
      [2n, '[4]'],
    ],
  });
});

test('a column has the type of the first value; others are told apart with their text', async () => {
  const rows = [{ a: null }, { a: 'x' }, { a: 1.5 }, { a: true }, { a: [1] }, { a: 'y' }];
  const { columns, rows: made } = tableOf(await extractOf({ r: rows }), 'docs_r');
  expect(columns[1]).toMatchObject({ path: 'a', name: 'a', type: 'string', unfit: 3 });
  expect([...made].map((row) => row[1])).toEqual([
    null,
    'x',
    new Unfit('1.5'),
    new Unfit('true'),
    new Unfit('[1]'),
    'y',
  ]);
});

test('JSON takes any value', async () => {
  const { columns, rows } = tableOf(
    await extractOf({ r: [{ a: ['x'] }, { a: 'x' }, { a: 1 }, { a: false }] }),
    'docs_r',
  );
  expect(columns[1]).toMatchObject({ type: 'json', unfit: 0 });
  expect([...rows].map((row) => row[1])).toEqual(['["x"]', '"x"', '1', 'false']);
});

test('numbers beyond a float64 show the nearest and keep their digits', async () => {
  const json = '{"a":12345678901234567890,"b":1e+400,"c":0.1000000000000000055,"d":1.50}';
  const { columns, rows } = tableOf(await extractOf(json), 'docs_root');
  expect(columns.map(({ type, unfit }) => [type, unfit])).toEqual([
    ['float64', 1],
    ['float64', 1],
    ['float64', 1],
    ['float64', 0],
  ]);
  expect([...rows]).toEqual([
    [
      new Unfit('12345678901234567890', 12345678901234567000),
      new Unfit('1e+400', null),
      new Unfit('0.1000000000000000055', 0.1),
      1.5,
    ],
  ]);
  const list = tableOf(await extractOf('{"a":[12345678901234567890,1]}'), 'docs_root');
  expect([...list.rows]).toEqual([['[12345678901234567890,1]']]);
});

test('text that no database holds is replaced in cells, never in paths', async () => {
  const { columns, rows } = tableOf(
    await extractOf('{"a\\u0000":"x\\u0000y","b":["\\ud800"]}'),
    'docs_root',
  );
  expect(columns.map(({ path, name }) => [path, name])).toEqual([
    ['"a\\u0000"', 'a_'],
    ['b', 'b'],
  ]);
  expect([...rows]).toEqual([['x\uFFFDy', '["\\ufffd"]']]);
});

test('deeper than 32 levels stays JSON', async () => {
  const nest = (levels: number): object => (levels === 1 ? { x: 1 } : { a: nest(levels - 1) });
  const [whole] = tableOf(await extractOf(nest(32)), 'docs_root').columns;
  expect(whole).toMatchObject({ type: 'float64', path: `${'a.'.repeat(31)}x` });
  const { columns, rows } = tableOf(await extractOf(nest(33)), 'docs_root');
  expect(columns).toMatchObject([{ type: 'json', path: `${'a.'.repeat(31)}a` }]);
  expect([...rows]).toEqual([['{"x":1}']]);
});

test('a document nested beyond all measure fails by itself', async () => {
  const levels = 300_000;
  const json = `${'['.repeat(levels)}${']'.repeat(levels)}`;
  await expect(extractOf(json)).rejects.toMatchObject({ code: 'TRANSFORM_FAILED' });
});

test('a document need not be an object', async () => {
  expect(shown(await extractOf('5'))).toEqual({ 'docs_root: value float64': [[5]] });
  expect(shown(await extractOf('null'))).toEqual({});
  expect(shown(await extractOf('[1, "x", {"a": [{"b": 2}]}]'))).toEqual({
    'docs_root: value float64': [[1], [new Unfit('x')], [null]],
    'docs_a: _parent_row int64, b float64': [[2n, 2]],
  });
});

test('paths tell apart what names do not', async () => {
  const document = { a: { b: 1 }, 'a.b': 2, a_b: 3, 'A B': 4 };
  const { columns } = tableOf(await extractOf(document), 'docs_root');
  expect(columns.map(({ path, name }) => [path, name])).toEqual([
    ['a.b', 'a_b'],
    ['"a.b"', 'a_b'],
    ['a_b', 'a_b'],
    ['A B', 'a_b'],
  ]);
  const { tables } = await extractOf({ 'a[]': [{ b: [{}] }], a: [[{}]] });
  expect(tables.map(({ path, name }) => [path, name])).toEqual([
    ['"a[]"[]', 'docs_a_'],
    ['"a[]"[].b[]', 'docs_a_b'],
    ['a[]', 'docs_a'],
    ['a[][]', 'docs_a_value'],
  ]);
});
