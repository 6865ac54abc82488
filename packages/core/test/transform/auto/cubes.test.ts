import { expect, test } from 'vitest';
import { Unfit } from '../../../src/transform/transform.ts';
import { extractOf, shown, tableOf } from './files.ts';

function cubeOf(values: readonly unknown[], scales: readonly unknown[]): object {
  return {
    name: 'c',
    measures: values.map((value) => ({ unit: 'm', value })),
    dimensions: scales.map((scale) => ({ unit: 'd', scale })),
  };
}

async function points(...datacubes: readonly object[]): Promise<Record<string, unknown>> {
  const extract = await extractOf({ datacubes });
  const tables = extract.tables.filter(({ name }) => name === 'docs_datacubes_data');
  return shown({ ...extract, tables });
}

test('a cube of one dimension: a row for each point, the rest by the ordinary rules', async () => {
  const cube = { ...cubeOf([[7, null, 9]], [[0.1, 0.2, 0.3]]), fk: 'f' };
  expect(shown(await extractOf({ datacubes: [cube] }))).toEqual({
    'docs_datacubes: _parent_row int64, name string, fk string': [[0n, 'c', 'f']],
    'docs_datacubes_measures: _parent_row int64, unit string': [[0n, 'm']],
    'docs_datacubes_dimensions: _parent_row int64, unit string': [[0n, 'd']],
    'docs_datacubes_data: _parent_row int64, dimension_0_index int64, dimension_0_value float64, measure_0_value float64':
      [
        [0n, 0n, 0.1, 7],
        [0n, 1n, 0.2, null],
        [0n, 2n, 0.3, 9],
      ],
  });
});

test('the last dimension counts fastest, and measures stand side by side', async () => {
  const letters = [
    ['a', 'b'],
    ['c', 'd'],
    ['e', 'f'],
  ];
  const numbers = [
    [1, 2],
    [3, 4],
    [5, 6],
  ];
  const scales = [
    [10, 20, 30],
    ['x', 'y'],
  ];
  expect(await points(cubeOf([numbers, letters], scales))).toEqual({
    'docs_datacubes_data: _parent_row int64, dimension_0_index int64, dimension_0_value float64, dimension_1_index int64, dimension_1_value string, measure_0_value float64, measure_1_value string':
      [
        [0n, 0n, 10, 0n, 'x', 1, 'a'],
        [0n, 0n, 10, 1n, 'y', 2, 'b'],
        [0n, 1n, 20, 0n, 'x', 3, 'c'],
        [0n, 1n, 20, 1n, 'y', 4, 'd'],
        [0n, 2n, 30, 0n, 'x', 5, 'e'],
        [0n, 2n, 30, 1n, 'y', 6, 'f'],
      ],
  });
});

test('three dimensions', async () => {
  const value = [
    [
      [0, 1],
      [2, 3],
      [4, 5],
    ],
    [
      [6, 7],
      [8, 9],
      [10, 11],
    ],
  ];
  const scales = [
    [0, 100],
    [0, 10, 20],
    [0, 1],
  ];
  const extract = await extractOf({ datacubes: [cubeOf([value], scales)] });
  const { columns, rows } = tableOf(extract, 'docs_datacubes_data');
  const at = (name: string): number => columns.findIndex((column) => column.name === name);
  const made = [...rows];
  expect(made).toHaveLength(12);
  for (const [n, row] of made.entries()) {
    const [i, j, k] = [0, 1, 2].map((dimension) => Number(row[at(`dimension_${dimension}_index`)]));
    expect([i, j, k]).toEqual([Math.floor(n / 6), Math.floor(n / 2) % 3, n % 2]);
    expect(row[at('measure_0_value')]).toBe(n);
    const [x, y, z] = [0, 1, 2].map((dimension) => Number(row[at(`dimension_${dimension}_value`)]));
    expect([x, y, z]).toEqual([100 * (i ?? 0), 10 * (j ?? 0), k]);
  }
});

test('cubes of other shapes share the table, each with its own columns filled', async () => {
  const flat = cubeOf([[1]], [[5]]);
  const square = cubeOf([[[2]], [['t']]], [[6], [7]]);
  expect(await points(flat, square)).toEqual({
    'docs_datacubes_data: _parent_row int64, dimension_0_index int64, dimension_0_value float64, dimension_1_index int64, dimension_1_value float64, measure_0_value float64, measure_1_value string':
      [
        [0n, 0n, 5, null, null, 1, null],
        [1n, 0n, 6, 0n, 7, 2, 't'],
      ],
  });
});

test('values of other kinds are told apart, and counted before the rows are made', async () => {
  const json =
    '{"datacubes":[{"measures":[{"value":[[1,"n.d."],[true,12345678901234567890]]}],"dimensions":[{"scale":["a",2]},{"scale":[1,2]}]}]}';
  const { columns, rows } = tableOf(await extractOf(json), 'docs_datacubes_data');
  expect(columns.map(({ name, type, unfit }) => [name, type, unfit])).toEqual([
    ['_parent_row', 'int64', 0],
    ['dimension_0_index', 'int64', 0],
    ['dimension_0_value', 'string', 2],
    ['dimension_1_index', 'int64', 0],
    ['dimension_1_value', 'float64', 0],
    ['measure_0_value', 'float64', 3],
  ]);
  expect([...rows].map((row) => [row[2], row[5]])).toEqual([
    ['a', 1],
    ['a', new Unfit('n.d.')],
    [new Unfit('2'), new Unfit('true')],
    [new Unfit('2'), new Unfit('12345678901234567890', 12345678901234567000)],
  ]);
});

test.each([
  ['a line too short', [[1]], [[1, 2]]],
  ['a line too long', [[1, 2, 3]], [[1, 2]]],
  [
    'a ragged table',
    [[[1, 2], [3]]],
    [
      [1, 2],
      [1, 2],
    ],
  ],
  ['nested too deeply', [[[1], [2]]], [[1, 2]]],
  ['not nested deeply enough', [[1, 2]], [[1, 2], [1]]],
  ['no scale', [[1, 2]], [undefined]],
  ['a scale that is none', [[1]], ['x']],
  ['a nested scale', [[1]], [[[1]]]],
  ['no value', [undefined], [[1, 2]]],
  ['a value that is none', [5], [[1]]],
  ['a measure without value among others', [[1], undefined], [[1]]],
  ['objects as values', [[{ a: 1 }]], [[1]]],
  ['no points, but a scale', [[[], []]], [[1, 2], []]],
  ['no measures', [], [[1, 2]]],
  ['no dimensions', [5], []],
])('a cube that is not regular keeps its values as JSON: %s', async (_, values, scales) => {
  const extract = await extractOf({ datacubes: [cubeOf(values, scales)] });
  expect(extract.tables.map(({ name }) => name)).not.toContain('docs_datacubes_data');
  for (const [table, key, given] of [
    ['docs_datacubes_measures', 'value', values],
    ['docs_datacubes_dimensions', 'scale', scales],
  ] as const) {
    const found = extract.tables.find(({ name }) => name === table);
    const at = found?.columns.findIndex(({ name }) => name === key) ?? -1;
    const kept = [...(found?.rows ?? [])].map((row) => row[at] ?? null);
    const isNothing = (one: unknown): boolean => Array.isArray(one) && one.length === 0;
    const texts = given.map((one) => (isNothing(one) ? null : (JSON.stringify(one) ?? null)));
    expect(kept).toEqual(texts);
    if (at !== -1) expect(found?.columns[at]?.type).toBe('json');
  }
});

test('regular and other cubes in one file', async () => {
  const extract = await extractOf({
    datacubes: [cubeOf([[1, 2]], [[1]]), 'x', cubeOf([[3]], [[4]])],
  });
  expect(shown(extract)).toEqual({
    'docs_datacubes: _parent_row int64, name string, value string': [
      [0n, 'c', null],
      [0n, null, 'x'],
      [0n, 'c', null],
    ],
    'docs_datacubes_measures: _parent_row int64, unit string, value json': [
      [0n, 'm', '[1,2]'],
      [2n, 'm', null],
    ],
    'docs_datacubes_dimensions: _parent_row int64, unit string, scale json': [
      [0n, 'd', '[1]'],
      [2n, 'd', null],
    ],
    'docs_datacubes_data: _parent_row int64, dimension_0_index int64, dimension_0_value float64, measure_0_value float64':
      [[2n, 0n, 4, 3]],
  });
});

test('empty cubes leave no points', async () => {
  expect(await points(cubeOf([[]], [[]]), cubeOf([[]], [[], []]))).toEqual({});
  expect(await points(cubeOf([[null, null]], [[null, null]]))).toEqual({
    'docs_datacubes_data: _parent_row int64, dimension_0_index int64': [
      [0n, 0n],
      [0n, 1n],
    ],
  });
  expect(shown(await extractOf({ datacubes: [] }))).toEqual({});
  expect(shown(await extractOf({ datacubes: [1, 2] }))).toEqual({
    'docs_root: datacubes json': [['[1,2]']],
  });
});

test('cubes as JSON, or not at all', async () => {
  const document = { a: 1, datacubes: [cubeOf([[1, 2]], [[3, 4]])] };
  expect(shown(await extractOf(document, { datacubes: 'json' }))).toEqual({
    'docs_root: a float64': [[1]],
    'docs_datacubes: _parent_row int64, name string': [[0n, 'c']],
    'docs_datacubes_measures: _parent_row int64, unit string, value json': [[0n, 'm', '[1,2]']],
    'docs_datacubes_dimensions: _parent_row int64, unit string, scale json': [[0n, 'd', '[3,4]']],
  });
  for (const datacubes of [document.datacubes, 5, { a: [{ b: 1 }] }])
    expect(shown(await extractOf({ a: 1, datacubes }, { datacubes: 'none' }))).toEqual({
      'docs_root: a float64': [[1]],
    });
});

test('what is called datacubes elsewhere is nothing special', async () => {
  const document = { r: [{ datacubes: [cubeOf([[1]], [[2]])] }] };
  const { tables } = await extractOf(document);
  expect(tables.map(({ name }) => name)).toEqual([
    'docs_r',
    'docs_r_datacubes',
    'docs_r_datacubes_measures',
    'docs_r_datacubes_dimensions',
  ]);
});

test("points name their cube by the row's uuid, and have none themselves", async () => {
  const cubes = [cubeOf([[1]], [[2]]), cubeOf([[3]], [[4]])];
  const extract = await extractOf({ datacubes: cubes }, { uuids: true });
  const { columns, rows } = tableOf(extract, 'docs_datacubes_data');
  expect(columns.map(({ name }) => name).slice(0, 3)).toEqual([
    '_parent_row',
    'parent_uuid',
    'dimension_0_index',
  ]);
  const uuids = [...tableOf(extract, 'docs_datacubes').rows].map((row) => row[1]);
  expect([...rows].map((row) => row[1])).toEqual(uuids);
});

test('points are made while they are read', async () => {
  const length = 1_000_000;
  const line = Array.from({ length }, (_, index) => index);
  const extract = await extractOf({ datacubes: [cubeOf([line], [line])] });
  const { rows } = tableOf(extract, 'docs_datacubes_data');
  const iterator = rows[Symbol.iterator]();
  expect(Array.isArray(rows)).toBe(false);
  expect(iterator.next().value).toEqual([0n, 0n, 0, 0]);
});
