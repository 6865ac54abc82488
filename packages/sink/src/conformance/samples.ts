import type { ColumnType, Value } from '../sink.ts';
import { shortestDecimal } from '../values.ts';

const INT64 = [0n, 1n, -1n, 2n ** 53n + 1n, -(2n ** 53n) - 1n, 2n ** 63n - 1n, -(2n ** 63n)];
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

/** Values of each type, at its edges and where databases are known to stumble. */
export const SAMPLES: Readonly<Record<ColumnType, readonly Value[]>> = {
  boolean: [true, false],
  int64: INT64,
  float64: FLOAT64,
  decimal: DECIMAL,
  string: STRING,
  date: DATE,
  timestamp: TIMESTAMP,
  json: JSON_TEXTS,
};

/** All column types. */
export const TYPES: readonly ColumnType[] = Object.keys(SAMPLES) as ColumnType[];

/** What of a value must be kept: of a decimal the number, of json what it says, of all others everything. */
export function meaning(type: ColumnType, value: Value | undefined): unknown {
  if (value === null || value === undefined) return value;
  if (type === 'decimal') return shortestDecimal(String(value));
  return type === 'json' ? { says: JSON.parse(String(value)) } : value;
}
