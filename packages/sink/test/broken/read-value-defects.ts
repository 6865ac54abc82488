import { type ColumnType, shortestDecimal, type Value } from '../../src/index.ts';
import type { Defect } from './hooks.ts';

/** Values that are kept well and read as others. */
export const readValueDefects: readonly Defect[] = [
  converting('int64 through a double', 'int64', (value) =>
    BigInt.asIntN(64, BigInt(Number(value))),
  ),
  converting('int64 as a number', 'int64', (value) => Number(value)),
  converting('decimal through a double', 'decimal', (value) => String(Number(value))),
  converting('decimal with the nine digits of its column', 'decimal', (value) => {
    const [whole = '', fraction = ''] = String(value).split('.');
    return `${whole}.${fraction.padEnd(9, '0')}`;
  }),
  converting('decimal with a sign before zero', 'decimal', (value) =>
    value === '0' ? '-0' : value,
  ),
  converting('float64 with 15 digits', 'float64', (value) => Number(Number(value).toPrecision(15))),
  converting('float64 as text', 'float64', (value) => String(value)),
  converting('boolean as a number', 'boolean', (value) => BigInt(value === true)),
  converting(
    'timestamps without their microseconds',
    'timestamp',
    (value) => `${String(value).slice(0, 23)}000Z`,
  ),
  converting('timestamps as Date writes them', 'timestamp', (value) =>
    new Date(String(value)).toISOString(),
  ),
  converting('times before 1970 a second off', 'timestamp', (value) =>
    String(value) < '1970' ? String(value).replace(/\d(?=\.)/, '0') : value,
  ),
  converting('dates with a time', 'date', (value) => `${value}T00:00:00.000000Z`),
  converting('the empty text as null', 'string', (value) => (value === '' ? null : value)),
  converting('text without its byte order mark', 'string', (value) =>
    String(value).replace(/^\ufeff/, ''),
  ),
  converting('text with trimmed ends', 'string', (value) => String(value).trimEnd()),
  converting('text in normal form', 'string', (value) => String(value).normalize('NFC')),
  converting('json as a text within json', 'json', (value) => JSON.stringify(value)),
  converting('the null of json as null', 'json', (value) => (value === 'null' ? null : value)),
  converting(
    'null as the empty text',
    undefined,
    (value) => value ?? '',
    'rows: null is read in every type, and is not the empty text',
  ),
  converting(
    'text cut at 4,000 characters',
    'string',
    (value) => String(value).slice(0, 4_000),
    'rows: large documents, small ones and one of thousands of rows come whole',
  ),
  converting(
    'decimal in a spelling that may not be staged',
    'decimal',
    (value) => `+${shortestDecimal(String(value))}`,
    'rows: what is read may be staged again, and nothing changes',
  ),
];

/** Changes the values of one type, or with no type all of them, null too. */
function converting(
  name: string,
  only: ColumnType | undefined,
  convert: (value: Value) => Value,
  caughtBy = `rows: ${only} is read back exactly`,
): Defect {
  return {
    name: `read: ${name}`,
    caughtBy,
    hooks: {
      read: async function* ({ table, right }) {
        const changed = (value: Value, at: number) => {
          const isMeant = value !== null && table.columns[at]?.type === only;
          return isMeant || only === undefined ? convert(value) : value;
        };
        for await (const { id, row } of right()) yield { id, row: row.map(changed) };
      },
    },
  };
}
