import type { ColumnType, Value } from '@tdp-sync/sink';
import { expect, test } from 'vitest';
import { driver } from '../src/driver.ts';
import * as values from '../src/values.ts';

const TYPES: readonly ColumnType[] = [
  'boolean',
  'int64',
  'float64',
  'decimal',
  'string',
  'date',
  'timestamp',
  'json',
];

test('each type: its column, how it is staged, moved and read', () => {
  const table = TYPES.map((type) =>
    [
      type,
      values.sqlType(type),
      values.storedType(type),
      values.stagedType(type),
      values.applied(type, 'x'),
      values.selected(type, 'x'),
    ].join(' | '),
  );
  expect(table).toMatchInlineSnapshot(`
    [
      "boolean | bit | bit | bit | x | x",
      "int64 | bigint | bigint | bigint | x | x",
      "float64 | float(53) | float | float(53) | x | x",
      "decimal | decimal(38,9) | decimal(38,9) | varchar(40) COLLATE Latin1_General_100_BIN2 | CONVERT(decimal(38,9), x) | CONVERT(nvarchar(50), x)",
      "string | nvarchar(max) COLLATE Latin1_General_100_BIN2 | nvarchar(max) | nvarchar(max) COLLATE Latin1_General_100_BIN2 | x | x",
      "date | date | date | varchar(10) COLLATE Latin1_General_100_BIN2 | CONVERT(date, x, 23) | CONVERT(nvarchar(10), x, 23)",
      "timestamp | datetime2(6) | datetime2(6) | varchar(26) COLLATE Latin1_General_100_BIN2 | CONVERT(datetime2(6), x, 126) | CONVERT(nvarchar(40), x, 126)",
      "json | nvarchar(max) COLLATE Latin1_General_100_BIN2 | nvarchar(max) | nvarchar(max) COLLATE Latin1_General_100_BIN2 | x | x",
    ]
  `);
});

test('each type has a length where the driver needs one', () => {
  expect(TYPES.map((type) => values.driverType(type))).toEqual([
    driver.Bit(),
    driver.BigInt(),
    driver.Float(),
    driver.VarChar(40),
    driver.NVarChar(driver.MAX),
    driver.VarChar(10),
    driver.VarChar(26),
    driver.NVarChar(driver.MAX),
  ]);
});

test.each<[ColumnType, Value, unknown]>([
  ['boolean', false, false],
  ['int64', -(2n ** 63n), -(2n ** 63n)],
  ['float64', 5e-324, 5e-324],
  ['decimal', '-12345678901234567890.123456789', '-12345678901234567890.123456789'],
  ['string', '\ufeff ', '\ufeff '],
  ['date', '0001-01-01', '0001-01-01'],
  ['timestamp', '0001-01-01T00:00:00.000001Z', '0001-01-01T00:00:00.000001'],
  ['json', '{"a":1e400}', '{"a":1e400}'],
  ['timestamp', null, null],
])('%s %s is sent exactly', (type, value, sent) => {
  expect(values.encode(type, value)).toBe(sent);
});

test.each<[ColumnType, unknown, Value]>([
  ['boolean', true, true],
  ['int64', '9223372036854775807', 2n ** 63n - 1n],
  ['float64', 0.1, 0.1],
  ['decimal', '-0.100000000', '-0.1'],
  ['decimal', '0.000000000', '0'],
  ['decimal', '99999999999999999999999999999.999999999', '99999999999999999999999999999.999999999'],
  ['date', '9999-12-31', '9999-12-31'],
  ['timestamp', '2026-11-22T12:00:00.999999', '2026-11-22T12:00:00.999999Z'],
  ['timestamp', '2026-11-22T12:00:00', '2026-11-22T12:00:00.000000Z'],
  ['timestamp', '2026-11-22 12:00:00.1', '2026-11-22T12:00:00.100000Z'],
  ['string', '', ''],
  ['json', null, null],
])('%s %s is read exactly', (type, read, value) => {
  expect(values.decode(type, read)).toBe(value);
});

test('a timestamp in an unknown form is an error, not another time', () => {
  expect(() => values.decode('timestamp', 'Nov 22 2026 12:00PM')).toThrow('not known');
});
