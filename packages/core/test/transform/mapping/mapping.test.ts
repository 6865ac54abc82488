import { describe, expect, test } from 'vitest';
import { SyncError } from '../../../src/errors.ts';
import { jsonText } from '../../../src/transform/document.ts';
import { mappingTransform } from '../../../src/transform/mapping/mapping.ts';
import { Unfit } from '../../../src/transform/transform.ts';
import { hitOf } from '../../hits.ts';
import { cellOf, extractOf, type Mapping, rowsOf, rowsOfTable } from './files.ts';

const run = {
  samples: [{ id: 'S-1' }],
  injections: [
    {
      number: 1,
      volume: { value: 10.5 },
      peaks: [
        { name: 'caffeine', area: { value: 12.25 } },
        { name: 'unknown', area: { value: 'n/a' } },
      ],
    },
    { number: 2, volume: { value: null }, peaks: { name: 'caffeine', area: { value: 13 } } },
    { number: 3 },
  ],
  datacubes: [
    {
      dimensions: [{ scale: [0, 0.5, 1] }],
      measures: [{ value: [1, null, 3] }, { value: [4, 5, 6, 7] }],
    },
  ],
};

const tables: Mapping = {
  injections: {
    rows: 'injections[]',
    columns: {
      number: 'number as int64',
      volume: 'volume.value as float64',
      sample: '$.samples[0].id',
      instrument: 'meta.source_name',
      lab: { value: 'QC 2' },
    },
  },
  peaks: {
    rows: 'injections[].peaks[]',
    columns: {
      injection: '^.number as int64',
      peak: '# as int64',
      name: 'name',
      area: { path: 'area.value', type: 'float64', required: true },
    },
  },
  curve: {
    rows: 'datacubes[].measures[].value[]',
    columns: { time: '^^.dimensions[0].scale[#] as float64', absorbance: '. as float64' },
  },
};

test('a run with injections, peaks and curves', async () => {
  const extract = await extractOf(tables, run);
  expect(rowsOf(extract)).toEqual({
    injections: [
      [1n, 10.5, 'S-1', 'Source', 'QC 2'],
      [2n, null, 'S-1', 'Source', 'QC 2'],
      [3n, null, 'S-1', 'Source', 'QC 2'],
    ],
    peaks: [
      [1n, 0n, 'caffeine', 12.25],
      [1n, 1n, 'unknown', new Unfit('n/a')],
      [2n, 0n, 'caffeine', 13],
    ],
    curve: [
      [0, 1],
      [0.5, null],
      [1, 3],
      [0, 4],
      [0.5, 5],
      [1, 6],
      [null, 7],
    ],
  });
  expect(extract.tables.find(({ name }) => name === 'peaks')?.columns).toEqual([
    {
      ...{ path: 'injection', name: 'injection', type: 'int64', unfit: 0 },
      about: { path: 'injections[].number' },
    },
    { path: 'peak', name: 'peak', type: 'int64', unfit: 0, about: { path: '#' } },
    {
      ...{ path: 'name', name: 'name', type: 'string', unfit: 0 },
      about: { path: 'injections[].peaks[].name' },
    },
    {
      ...{ path: 'area', name: 'area', type: 'float64', unfit: 1 },
      about: { path: 'injections[].peaks[].area.value' },
    },
  ]);
});

test('the tables are declared as they are filled, and every file has all of them', async () => {
  const { declared } = mappingTransform(tables);
  const extract = await extractOf(tables, {});
  expect(rowsOf(extract)).toEqual({ injections: [], peaks: [], curve: [] });
  expect(
    extract.tables.map(({ name, columns }) => ({
      name,
      columns: columns.map((column) => ({ name: column.name, type: column.type })),
    })),
  ).toEqual(declared);
  expect(extract.tables.map(({ path, name }) => path === name)).toEqual([true, true, true]);
});

test('a cube of two dimensions', async () => {
  const table = {
    rows: 'datacubes[].measures[0].value[][]',
    columns: {
      time: '^^.dimensions[0].scale[^#] as float64',
      wavelength: '^^.dimensions[1].scale[#] as int64',
      i: '^#',
      j: '#',
      absorbance: '. as float64',
    },
  };
  const cube = {
    dimensions: [{ scale: [0, 0.5] }, { scale: [254, 280] }],
    measures: [{ value: [[1, 2], [3]] }],
  };
  expect(await rowsOfTable(table, { datacubes: [cube] })).toEqual([
    [0, 254n, 0n, 0n, 1],
    [0, 280n, 0n, 1n, 2],
    [0.5, 254n, 1n, 0n, 3],
  ]);
});

describe('rows', () => {
  const values = (rows: string, document: unknown): Promise<unknown> =>
    rowsOfTable({ rows, columns: { c: '. as json' } }, document).then((found) => found.flat());

  test.each([
    ['a[]', { a: [1, null, 'x'] }, ['1', null, '"x"']],
    ['a[]', { a: { b: 1 } }, ['{"b":1}']],
    ['a[]', { a: false }, ['false']],
    ['a[]', { a: null }, []],
    ['a[]', {}, []],
    ['a[]', [], []],
    ['$[]', [1, 2], ['1', '2']],
    ['$[]', 7, ['7']],
    ['a[][]', { a: [[1], null, 2, []] }, ['1', '2']],
    ['a[0][]', { a: [[1, 2], [3]] }, ['1', '2']],
    ['a[-1][]', { a: [[1, 2], [3]] }, ['3']],
    ['a[0].b[]', { a: { b: [1] } }, ['1']],
    ['a.b[]', { a: [{ b: [1] }] }, []],
    ['a.length[]', { a: 'text' }, []],
    ['toString[]', {}, []],
    ['a.text[]', '{"a":12345678901234567890}', []],
    ['__proto__[]', '{"__proto__":[1]}', ['1']],
  ])('%s of %j', async (rows, document, expected) => {
    expect(await values(rows, document)).toEqual(expected);
  });
});

describe('a required column', () => {
  test.each([
    ['absent', { injections: [{ peaks: [{ area: { value: 1 } }, {}] }] }],
    ['null', { injections: [{ peaks: [{ area: { value: 1 } }, { area: { value: null } }] }] }],
  ])('lets the file fail when it is %s', async (_, document) => {
    const failure = extractOf(tables, document);
    await expect(failure).rejects.toBeInstanceOf(SyncError);
    await expect(failure).rejects.toMatchObject({
      code: 'TRANSFORM_FAILED',
      retryable: false,
      message:
        'The content of /f1.json (fileId f1) cannot become the rows of the mapping: in table "peaks" column "area" is required, ' +
        'but row 1, counted from 0, at `injections[0].peaks[1]`, has no value for it. Its earlier rows stay; the file is tried again later.',
    });
  });

  test('may hold a value that does not fit', async () => {
    const column = { path: 'a', type: 'int64', required: true } as const;
    expect(await cellOf(column, { a: 'x' })).toEqual(new Unfit('x'));
  });
});

test.each([
  [{ value: 'QC 2' }, 'QC 2'],
  [{ value: 3 }, '3'],
  [{ value: 3, type: 'int64' }, 3n],
  [{ value: 3, type: 'json' }, '3'],
  [{ value: true, type: 'boolean' }, true],
  [{ value: '2024-01-31', type: 'date' }, '2024-01-31'],
] as const)('the constant %j', async (column, expected) => {
  expect(await cellOf(column, {})).toBe(expected);
});

test('digits are kept to the last', async () => {
  const document = '{"n":12345678901234567890.5,"i":9007199254740993}';
  expect(await cellOf('n', document)).toBe('12345678901234567890.5');
  expect(await cellOf('n as decimal', document)).toBe('12345678901234567890.5');
  expect(await cellOf('n as float64', document)).toEqual(
    new Unfit('12345678901234567890.5', 12345678901234567000),
  );
  expect(await cellOf('i as int64', document)).toBe(9007199254740993n);
  expect(await cellOf('$ as json', document)).toBe(document);
});

test('the document is kept beside the tables', async () => {
  const table: Mapping = { t: { columns: { a: 'a as int64' } } };
  const content = Buffer.from('\uFEFF{ "a": 1.0, "b": "\\u0000" }');
  const transform = mappingTransform(table, { keepDocument: 'lab' });
  const extract = await transform.extract(hitOf('f1'), content, new AbortController().signal);
  expect(rowsOf(extract)).toEqual({ lab: [[jsonText(hitOf('f1'), content)]], t: [[1n]] });
  expect(transform.declared.map(({ name }) => name)).toEqual(['lab', 't']);
});

test('a value nested too deeply lets the file fail, and only where it is needed', async () => {
  const deep = `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)},"b":1}`;
  expect(await cellOf('b', deep)).toBe('1');
  await expect(cellOf('a', deep)).rejects.toMatchObject({ code: 'TRANSFORM_FAILED' });
});

test('content that is no JSON lets the file fail', async () => {
  await expect(extractOf(tables, '{')).rejects.toMatchObject({ code: 'DOCUMENT_INVALID' });
});

test('the fingerprint changes with the rows, not with the spelling', () => {
  const table = (rows: string, column: Mapping[string]['columns'][string]): Mapping => ({
    t: { rows, columns: { c: column } },
  });
  const fingerprint = (mapping: Mapping, keepDocument?: string): string =>
    mappingTransform(mapping, { keepDocument }).fingerprint;
  const same = [
    table('a[]', 'b'),
    table('$.a[]', '"b" as string'),
    table(' "a"[] ', { path: 'b', required: false }),
  ];
  expect(new Set(same.map((mapping) => fingerprint(mapping))).size).toBe(1);
  const different = [
    table('a[]', 'b'),
    table('a[][]', 'b'),
    table('a[]', 'c'),
    table('a[]', 'b as json'),
    table('a[]', { path: 'b', required: true }),
    table('a[]', { value: 'b' }),
    table('a[]', { value: '"b"' }),
    table('a[]', { value: '3' }),
    table('a[]', { value: 3 }),
    { u: { rows: 'a[]', columns: { c: 'b' } } },
    { t: { rows: 'a[]', columns: { d: 'b' } } },
    { ...table('a[]', 'b'), u: { columns: { c: '$' } } },
  ];
  const prints = [
    ...different.map((mapping) => fingerprint(mapping)),
    fingerprint(table('a[]', 'b'), 'lab'),
  ];
  expect(new Set(prints).size).toBe(prints.length);
  expect(prints[0]).toMatch(/^mapping:[0-9a-f]{12}$/);
});
