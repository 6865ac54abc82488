import assert from 'node:assert/strict';
import type { ColumnType, Value } from '../../sink.ts';
import { doc, load, type Scenario, snapshot, table, values, type World } from '../world.ts';

const INT64: readonly bigint[] = [
  0n,
  1n,
  -1n,
  2n ** 53n + 1n,
  -(2n ** 53n) - 1n,
  2n ** 63n - 1n,
  -(2n ** 63n),
];
const FLOAT64 = [
  0,
  1,
  -1,
  0.1,
  0.1 + 0.2,
  5e-324,
  -5e-324,
  2.2250738585072014e-308,
  1.7976931348623157e308,
  -1.7976931348623157e308,
  Number.MAX_SAFE_INTEGER + 2,
  1e21,
  1e-7,
  123456789.12345679,
  Math.PI,
];
const DECIMAL = [
  '0',
  '1',
  '-1',
  '0.1',
  '-0.1',
  '1.5',
  '0.000000001',
  '-0.000000001',
  '123.456789012',
  '99999999999999999999999999999.999999999',
  '-99999999999999999999999999999.999999999',
  '12345678901234567890.123456789',
  '9007199254740993',
  '10000000000000000000000000000',
  '-0',
  '01.50',
];
const STRING = [
  '',
  ' ',
  'NULL',
  'null',
  '\\N',
  '0',
  'blanks at the end   ',
  '  before',
  '\r\n',
  'line\r\nend\n',
  '\t',
  `'`,
  `"`,
  '\\',
  '\\\\',
  `quotes '' "" \`\``,
  'a,b;c|d',
  '\u0001\u001f\u007f',
  '\ufeffbom',
  'e\u0301 é',
  '\u{1f9ea}',
  '\u{10ffff}',
  '\uffff',
  '\ud7ff\ue000',
  '日本語',
  'עברית',
  '{"not":"json"}',
  '12345678901234567890',
];
const DATE = [
  '0001-01-01',
  '9999-12-31',
  '1582-10-10',
  '1899-12-31',
  '1970-01-01',
  '2000-02-29',
  '2026-11-22',
];
const TIMESTAMP = [
  '0001-01-01T00:00:00.000000Z',
  '0001-01-01T00:00:00.000001Z',
  '9999-12-31T23:59:59.999999Z',
  '1969-12-31T23:59:59.999999Z',
  '1970-01-01T00:00:00.000000Z',
  '2026-03-29T02:30:00.123456Z',
  '2026-11-22T12:00:00.999999Z',
  '1582-10-10T12:00:00.000010Z',
  '2016-12-31T23:59:59.100000Z',
];
const JSON_TEXTS = [
  '{}',
  '[]',
  'null',
  'true',
  '0',
  '-1.5e3',
  '""',
  '"text"',
  '{"a":{"b":[1,2,{"c":null}]}}',
  '{"é":"\u{1f9ea}","quote":"\\"","slash":"\\/","escape":"\\u00e9\\ud83e\\uddea","line":"\\n"}',
  '{"number":1234567890.25}',
  '"12345678901234567890.123456789"',
  '[[[[[[[[[[1]]]]]]]]]]',
];

/** What must hold for values: each comes back as it was given. */
export const valueCases: readonly Scenario[] = [
  kept('boolean', [true, false], (value) => value),
  kept('int64', INT64, (value) => value),
  kept('float64', FLOAT64, (value) => value),
  kept('decimal', DECIMAL, plainDecimal),
  kept('string', STRING, (value) => value),
  kept('date', DATE, (value) => value),
  kept('timestamp', TIMESTAMP, (value) => value),
  kept('json', JSON_TEXTS, (value) => JSON.parse(String(value))),
  {
    name: 'values: null is kept in every type, and is not the empty text',
    body: async (world) => {
      const types = [
        'boolean',
        'int64',
        'float64',
        'decimal',
        'string',
        'date',
        'timestamp',
        'json',
      ] as const;
      const all = table('t', Object.fromEntries(types.map((type) => [`c_${type}`, type])));
      const empty = types.map(() => null);
      const some = [true, 0n, 0, '0', '', '0001-01-01', '0001-01-01T00:00:00.000000Z', 'null'];
      await load(world.sink, {
        tables: [all],
        documents: [doc(1, 'a', { t: [empty, some, empty] })],
      });
      const seen = await values(world, 't', ...types.map((type) => `c_${type}`));
      const isNull = seen.map((row) => row.map((value) => value === null));
      assert.deepEqual(isNull, [
        types.map(() => true),
        types.map(() => false),
        types.map(() => true),
      ]);
      assert.equal(seen[1]?.[4], '');
    },
  },
  {
    name: 'values: texts of 4,001 characters and of a megabyte are kept whole',
    body: async (world) => {
      const texts = [
        'x'.repeat(4_001),
        'é'.repeat(8_001),
        `${'0123456789abcdef'.repeat(65_536)}\u{1f9ea} `,
      ];
      const one = table('t', { text: 'string', json: 'json' });
      const rows = texts.map((text) => [text, JSON.stringify({ text })]);
      await load(world.sink, { tables: [one], documents: [doc(1, 'a', { t: rows })] });
      const seen = await values(world, 't', 'text', 'json');
      assert.ok(
        seen.every(([text], n) => text === texts[n]),
        'a long text came back changed',
      );
      assert.ok(seen.every(([, json], n) => JSON.parse(String(json)).text === texts[n]));
    },
  },
  {
    name: 'values: json is what the database’s own JSON functions work on',
    body: async (world) => {
      const objects = [
        { key: 'plain' },
        { key: 'é \u{1f9ea} "quoted" \\ \n' },
        { key: null },
        { other: 1 },
        { key: 'x'.repeat(3_000) },
      ];
      const rows = [...objects.map((object) => [JSON.stringify(object)]), [null]];
      const one = table('t', { json: 'json' });
      await load(world.sink, { tables: [one], documents: [doc(1, 'a', { t: rows })] });
      const expected = [...objects.map((object) => object.key ?? null), null];
      assert.deepEqual(await world.database.jsonText('t', 'json', 'key'), expected);
    },
  },
  {
    name: 'values: survive the merge of a second version and of a wider table',
    body: async (world) => {
      const narrow = table('t', { int64: 'int64', text: 'string', time: 'timestamp' });
      const wide = table('t', {
        added: 'decimal',
        time: 'timestamp',
        text: 'string',
        int64: 'int64',
      });
      const rows = INT64.map((value, n) => [value, STRING[n] ?? '', TIMESTAMP[n] ?? null]);
      const documents = [doc(1, 'a', { t: rows }), doc(2, 'a', { t: rows })];
      await load(world.sink, { tables: [narrow], documents, state: 's1' });
      const turned = rows.map(([value, text, time]) => [
        '1.000000001',
        time ?? null,
        text ?? '',
        value ?? 0n,
      ]);
      const since = 's1';
      await load(world.sink, { tables: [wide], since, documents: [doc(2, 'b', { t: turned })] });
      const seen = await values(world, 't', 'int64', 'text', 'time');
      assert.deepEqual(seen, [...rows, ...rows]);
    },
  },
  {
    name: 'values: an empty load of a wide table writes no row',
    body: async (world) => {
      const documents = [doc(1, 'a', { runs: [] }), doc(2, 'a', {})];
      await load(world.sink, { documents, state: 's1' });
      const { rows } = (await snapshot(world)) as { rows: unknown };
      assert.deepEqual(rows, [[]]);
    },
  },
];

function kept(
  type: ColumnType,
  given: readonly Value[],
  normal: (value: Value | undefined) => unknown,
): Scenario {
  return {
    name: `values: ${type} is kept exactly`,
    body: async (world: World) => {
      const one = table('t', { value: type });
      const rows = given.map((value) => [value]);
      await load(world.sink, { tables: [one], documents: [doc(1, 'a', { t: rows })] });
      const seen = (await values(world, 't', 'value')).flat();
      assert.deepEqual(seen.map(normal), given.map(normal));
    },
  };
}

/** One spelling for each decimal: no zeros that say nothing, no negative zero. */
function plainDecimal(value: Value | undefined): string {
  const [, sign = '', whole = '', fraction = ''] =
    /^(-?)0*(\d*)\.?(\d*?)0*$/.exec(String(value)) ?? [];
  const plain = `${whole === '' ? '0' : whole}${fraction === '' ? '' : `.${fraction}`}`;
  return plain === '0' ? plain : `${sign}${plain}`;
}
