import type { ColumnType, Value } from '../../src/index.ts';
import type { Defect } from './hooks.ts';

/** Values that come back as others. */
export const valueDefects: readonly Defect[] = [
  converting('int64 through a double', 'values: int64 is kept exactly', 'int64', (value) =>
    BigInt.asIntN(64, BigInt(Number(value))),
  ),
  converting('decimal through a double', 'values: decimal is kept exactly', 'decimal', (value) =>
    Number(value).toFixed(9).slice(0, 39),
  ),
  converting(
    'decimal with two digits after the point',
    'values: decimal is kept exactly',
    'decimal',
    (value) => String(value).replace(/(\.\d\d)\d+$/, '$1'),
  ),
  converting('float64 through a float32', 'values: float64 is kept exactly', 'float64', (value) => {
    const single = Math.fround(Number(value));
    return Number.isFinite(single) ? single : value;
  }),
  converting(
    'timestamps in milliseconds',
    'values: timestamp is kept exactly',
    'timestamp',
    (value) => `${String(value).slice(0, 23)}000Z`,
  ),
  converting(
    'timestamps from 1677 on, as nanoseconds have it',
    'values: timestamp is kept exactly',
    'timestamp',
    (value) => (String(value) < '1677' ? '1677-09-21T00:12:43.145225Z' : value),
  ),
  converting('dates from 1753 on', 'values: date is kept exactly', 'date', (value) =>
    String(value) < '1753' ? null : value,
  ),
  converting(
    'text cut at 4,000 characters',
    'values: texts of 4,001 characters and of a megabyte are kept whole',
    'string',
    (value) => String(value).slice(0, 4_000),
  ),
  converting('the empty text as null', 'values: string is kept exactly', 'string', (value) =>
    value === '' ? null : value,
  ),
  converting('the text NULL as null', 'values: string is kept exactly', 'string', (value) =>
    value === 'NULL' ? null : value,
  ),
  converting('blanks at the end trimmed', 'values: string is kept exactly', 'string', (value) =>
    String(value).trimEnd(),
  ),
  converting('line ends changed', 'values: string is kept exactly', 'string', (value) =>
    String(value).replaceAll('\r\n', '\n'),
  ),
  converting('a byte order mark dropped', 'values: string is kept exactly', 'string', (value) =>
    String(value).replace(/^\ufeff/, ''),
  ),
  converting('text in normal form', 'values: string is kept exactly', 'string', (value) =>
    String(value).normalize('NFC'),
  ),
  converting('text in three-byte UTF-8', 'values: string is kept exactly', 'string', (value) =>
    String(value).replace(/[\u{10000}-\u{10ffff}]/gu, '?'),
  ),
  converting(
    'json stored as a text within json',
    'values: json is what the database’s own JSON functions work on',
    'json',
    (value) => JSON.stringify(value),
  ),
  converting(
    'booleans stored as true whatever they are',
    'values: boolean is kept exactly',
    'boolean',
    () => true,
  ),
  {
    name: 'values are not checked',
    caughtBy: 'invalid: what is no date is refused, and nothing is written',
    hooks: { accept: (document) => document },
  },
  {
    name: 'what does not fit is laid to the first document of those staged with it',
    caughtBy:
      'invalid: where the error names a document, it is the one at fault, and the others can be committed without it',
    hooks: { blamed: ([first]) => first?.id },
  },
];

function converting(
  name: string,
  caughtBy: string,
  only: ColumnType,
  convert: (value: Value) => Value,
): Defect {
  const value = (given: Value, type: ColumnType) => (type === only ? convert(given) : given);
  return { name, caughtBy, hooks: { value } };
}
