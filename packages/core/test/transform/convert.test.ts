import { type ColumnType, checkValue } from '@tdp-sync/sink';
import { describe, expect, test } from 'vitest';
import { ExactNumber, parseExactly } from '../../src/exact-json.ts';
import { convert } from '../../src/transform/convert.ts';
import { type Cell, Unfit } from '../../src/transform/transform.ts';
import { fc } from '../property.ts';

const unfit = (text: string, nearest?: number): Unfit => new Unfit(text, nearest);
const exact = (text: string): ExactNumber => new ExactNumber(text);
const zeros = (count: number): string => '0'.repeat(count);
const nines = (count: number): string => '9'.repeat(count);

/** What becomes of a value in a column of a type. */
const cases: Readonly<Record<ColumnType, readonly (readonly [unknown, Cell])[]>> = {
  string: [
    ['', ''],
    [' a ', ' a '],
    ['a\0b\ud800c😀', 'a\uFFFDb\uFFFDc😀'],
    [1.5, '1.5'],
    [1e21, '1e+21'],
    [exact('1.10e2000'), '1.10e2000'],
    [true, 'true'],
    [
      { a: [1, exact('12345678901234567890')], b: '\0' },
      '{"a":[1,12345678901234567890],"b":"\\ufffd"}',
    ],
    [[], '[]'],
  ],
  json: [
    ['a"\0\ud800', '"a\\"\\ufffd\\ufffd"'],
    [1.5, '1.5'],
    [exact('1.10e2000'), '1.10e2000'],
    [false, 'false'],
    [
      { '\0': [null, { x: exact('0.1000000000000000000001') }] },
      '{"\\ufffd":[null,{"x":0.1000000000000000000001}]}',
    ],
    [() => 1, 'null'],
  ],
  int64: [
    [0, 0n],
    [-0, 0n],
    [-7, -7n],
    [1e3, 1000n],
    [Number.MAX_SAFE_INTEGER, 9007199254740991n],
    // The double is 9223372036854774784.
    [9223372036854775000, 9223372036854775000n],
    [exact('9223372036854775807'), 9223372036854775807n],
    [exact('-9223372036854775808'), -9223372036854775808n],
    [exact('9223372036854775808'), unfit('9223372036854775808')],
    [exact('-9223372036854775809'), unfit('-9223372036854775809')],
    [exact('9.223372036854775807e18'), 9223372036854775807n],
    [exact('92233720368547758070e-1'), 9223372036854775807n],
    [exact(`1${zeros(400)}`), unfit(`1${zeros(400)}`)],
    [exact('1e999999999999'), unfit('1e999999999999')],
    [exact('1e-999999999999'), unfit('1e-999999999999')],
    [exact(`0e${nines(400)}`), 0n],
    [1.5, unfit('1.5')],
    [1e19, unfit('10000000000000000000')],
    ['42', 42n],
    ['+42', 42n],
    ['-0042', -42n],
    ['1.0', 1n],
    ['1e3', 1000n],
    ['1.5', unfit('1.5')],
    ...['', ' 1', '1 ', '1,000', '0x10', '1.', '.5', '--1', '1e', 'NaN', '１'].map(
      (text) => [text, unfit(text)] as const,
    ),
    [true, unfit('true')],
    [[1], unfit('[1]')],
    [{ value: 1 }, unfit('{"value":1}')],
  ],
  decimal: [
    [0, '0'],
    [-0, '0'],
    [0.1, '0.1'],
    [-12.5, '-12.5'],
    [1e21, `1${zeros(21)}`],
    [1e-7, '0.0000001'],
    [0.1 + 0.2, unfit('0.30000000000000004')],
    [exact('12345678901234567890.123456789'), '12345678901234567890.123456789'],
    [exact(`${nines(29)}.${nines(9)}`), `${nines(29)}.${nines(9)}`],
    [exact(`-${nines(29)}.${nines(9)}`), `-${nines(29)}.${nines(9)}`],
    [exact(nines(30)), unfit(nines(30))],
    [exact('1e28'), `1${zeros(28)}`],
    [exact('1e29'), unfit('1e29')],
    [exact('0.0000000001'), unfit('0.0000000001')],
    ['1.1234567891', unfit('1.1234567891')],
    ['1.1234567890', '1.123456789'],
    ['007.50', '7.5'],
    ['-0.00', '0'],
    ['1e-9', '0.000000001'],
    ['1e-10', unfit('1e-10')],
    [`${zeros(50)}1.${zeros(8)}1${zeros(50)}`, '1.000000001'],
    [`0e${nines(400)}`, '0'],
    ['1,5', unfit('1,5')],
    [false, unfit('false')],
  ],
  float64: [
    [1.5, 1.5],
    [-0, -0],
    [5e-324, 5e-324],
    ['1.5', 1.5],
    ['+1.50e1', 15],
    ['0.1', 0.1],
    ['9007199254740993', unfit('9007199254740993', 9007199254740992)],
    [exact('0.1000000000000000000001'), unfit('0.1000000000000000000001', 0.1)],
    [exact('1e400'), unfit('1e400')],
    [exact('1e-400'), unfit('1e-400', 0)],
    ['-1e400', unfit('-1e400')],
    ...['', ' 1.5 ', '1.5 mAU', '1,5', 'NaN', 'Infinity', '-Infinity', '0x1', '.5'].map(
      (text) => [text, unfit(text)] as const,
    ),
    [Number.NaN, unfit('NaN')],
    [true, unfit('true')],
    [[1.5], unfit('[1.5]')],
  ],
  boolean: [
    [true, true],
    [false, false],
    ['true', true],
    ['false', false],
    ...['True', 'yes', '1', '', ' true'].map((text) => [text, unfit(text)] as const),
    [1, unfit('1')],
    [0, unfit('0')],
  ],
  date: [
    ['2024-02-29', '2024-02-29'],
    ['0001-01-01', '0001-01-01'],
    ['9999-12-31', '9999-12-31'],
    ...['2023-02-29', '1900-02-29', '2024-04-31', '2024-00-10', '2024-13-01', '2024-01-00'].map(
      (text) => [text, unfit(text)] as const,
    ),
    ...[
      '0000-01-01',
      '2024-1-1',
      '20240101',
      '2024-01-01T00:00:00Z',
      ' 2024-01-01',
      '29.02.2024',
    ].map((text) => [text, unfit(text)] as const),
    [20240101, unfit('20240101')],
  ],
  timestamp: [
    ['2024-02-29T12:30:15Z', '2024-02-29T12:30:15.000000Z'],
    ['2024-02-29T12:30:15.1z', '2024-02-29T12:30:15.100000Z'],
    ['2024-02-29t12:30Z', '2024-02-29T12:30:00.000000Z'],
    ['2024-02-29 12:30:15,25+01:00', '2024-02-29T11:30:15.250000Z'],
    ['2024-02-29T12:30:15.123456789Z', '2024-02-29T12:30:15.123456Z'],
    ['2024-02-29T12:30:15.9999999+00:00', '2024-02-29T12:30:15.999999Z'],
    ['2024-01-01T00:30:00.000001+0545', '2023-12-31T18:45:00.000001Z'],
    ['2023-12-31T23:30:00-01', '2024-01-01T00:30:00.000000Z'],
    ['1969-12-31T23:59:59.9999999-00:00', '1969-12-31T23:59:59.999999Z'],
    ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000000Z'],
    ['0099-06-01T00:00:00+01:00', '0099-05-31T23:00:00.000000Z'],
    ['9999-12-31T23:59:59.999999Z', '9999-12-31T23:59:59.999999Z'],
    ...['2024-02-29T12:30:15', '2024-02-29', '2024-02-29Z', '2024-02-29T12Z', '12:30:15Z'].map(
      (text) => [text, unfit(text)] as const,
    ),
    ...['2024-02-29T24:00:00Z', '2024-06-30T23:59:60Z', '2024-02-29T12:60:00Z'].map(
      (text) => [text, unfit(text)] as const,
    ),
    ...['2023-02-29T00:00:00Z', '0000-12-31T23:30:00-01:00', '9999-12-31T23:59:59-01:00'].map(
      (text) => [text, unfit(text)] as const,
    ),
    ...['0001-01-01T00:00:00+01:00', '2024-02-29T12:30:15 Z', ' 2024-02-29T12:30:15Z'].map(
      (text) => [text, unfit(text)] as const,
    ),
    ...['2024-02-29T12:30:15+24:00', '2024-02-29T12:30:15.Z', '2024-02-29T12:30:15 UTC'].map(
      (text) => [text, unfit(text)] as const,
    ),
    [1709209815000, unfit('1709209815000')],
  ],
};

const types = Object.keys(cases) as ColumnType[];

const absent: readonly (readonly [unknown, Cell])[] = [
  [null, null],
  [undefined, null],
];

describe.each(types)('%s', (type) => {
  test.each([...cases[type], ...absent])('%j', (value, cell) => {
    expect(convert(value, type)).toEqual(cell);
    if (cell instanceof Unfit) expect(convert(value, type)).toBeInstanceOf(Unfit);
  });
});

/** What {@link parseExactly} gives, with keys and texts that no database takes among them. */
const values = fc
  .oneof(
    fc.json({ stringUnit: 'binary' }),
    fc.tuple(fc.bigInt(), fc.nat(), fc.integer()).map(([a, b, c]) => `${a}.${b}e${c}`),
    fc.bigInt().map(String),
  )
  .map(parseExactly);

test('a cell has the form of its type, whatever the value', () => {
  fc.assert(
    fc.property(values, fc.constantFrom(...types), (value, type) => {
      const cell = convert(value, type);
      const column = { name: 'c', type };
      checkValue('t', column, cell instanceof Unfit ? cell.nearest : cell);
      if (cell instanceof Unfit) checkValue('t', { name: 'c__text', type: 'string' }, cell.text);
      expect(cell === null).toBe(value === null);
    }),
    { numRuns: 3000 },
  );
});
