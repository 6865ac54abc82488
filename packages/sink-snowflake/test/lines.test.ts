import { describe, expect, test } from 'vitest';
import { about, rowLine } from '../src/lines.ts';
import { checkHeld, literal, otherName, quote, storedName } from '../src/names.ts';
import type { TablePlan } from '../src/plan.ts';
import { holds, sqlType } from '../src/values.ts';
import { OPTIONS, PLAN } from './statements.ts';

const MB = 1_048_576;
const plan = (type: 'string' | 'json', stored: string): TablePlan => {
  const column = { name: 'a', type } as const;
  const table = { name: 'runs', columns: [column] };
  return { table, index: 0, stored: 'RUNS', columns: [{ column, stored: 'A', type: stored }] };
};

describe('lines', () => {
  test('hold texts in place of numbers, JSON as it is, and nothing for null', () => {
    const row = [
      true,
      2n ** 63n - 1n,
      0.1,
      '1.50',
      null,
      '2026-01-02',
      '2026-01-02T03:04:05.000006Z',
    ];
    const line = rowLine(PLAN, [7, 3], [...row, '{"a":\r\n1.50}'], '128MB');
    expect(line).toBe(
      '{"t":0,"s":7,"r":3,"c":{"0":"true","1":"9223372036854775807","2":"0.1","3":"1.50","5":"2026-01-02",' +
        '"6":"2026-01-02T03:04:05.000006","7":{"a":  1.50}}}',
    );
    expect(line).not.toContain('\n');
  });

  test.each([
    ['a text at the limit of an account', plan('string', 'VARCHAR(134217728)'), 16 * MB, '16MB'],
    ['a text at the limit of its column', plan('string', 'VARCHAR(16777216)'), 16 * MB, '128MB'],
    ['JSON at the limit of an account', plan('json', 'VARIANT'), 16 * MB, '16MB'],
  ] as const)('%s is refused beyond it, before it is sent', (_, one, most, limit) => {
    // What a line has besides.
    const room = 64;
    const value = (size: number) =>
      one.columns[0]?.column.type === 'json' ? `"${'x'.repeat(size - 2)}"` : 'é'.repeat(size / 2);
    expect(rowLine(one, [0, 0], [value(most - room)], limit).length).toBeGreaterThan(MB);
    const task = () => rowLine(one, [0, 0], [value(most + 2)], limit);
    expect(task).toThrow(/larger than Snowflake holds, which is 16 MB/);
    expect(() => about('doc', task)).toThrow(
      expect.objectContaining({ code: 'INVALID_VALUE', documentId: 'doc' }),
    );
  });

  test('a row is refused whose texts fit one by one, but not together', () => {
    const two = plan('string', 'VARCHAR(134217728)');
    const [column] = two.columns;
    if (column === undefined) throw new TypeError();
    const wide: TablePlan = {
      ...two,
      table: { name: 'runs', columns: [column.column, { name: 'b', type: 'string' }] },
      columns: [column, { ...column, column: { name: 'b', type: 'string' } }],
    };
    const half = 'x'.repeat(9 * MB);
    expect(() => rowLine(wide, [0, 0], [half, half], '16MB')).toThrow(/a row is larger/);
  });
});

describe('names', () => {
  test('simple ones are stored in upper case, so that nobody needs quotes', () => {
    const names = ['purity', '_file_key', 'a1', 'order', 'Purity', 'a b', 'größe', '1a', 'A', ''];
    expect(names.map((name) => storedName('upper', name))).toEqual([
      ...['PURITY', '_FILE_KEY', 'A1', 'ORDER'],
      ...['Purity', 'a b', 'größe', '1a', 'A', ''],
    ]);
    expect(names.map((name) => storedName('exact', name))).toEqual(names);
    expect(otherName('upper', 'runs')).toBe('runs');
    expect(otherName('exact', 'runs')).toBe('RUNS');
  });

  test('no name and no text ends its quotes', () => {
    expect(quote('a"b')).toBe('"a""b"');
    expect(literal("it's \\ '")).toBe("'it''s \\\\ '''");
  });

  test('a table of more columns than Snowflake works with is refused', () => {
    const columns = Array.from(
      { length: 5_001 },
      (_, at) => ({ name: `c${at}`, type: 'date' }) as const,
    );
    expect(() => checkHeld([{ name: 'wide', columns }])).toThrow(/5001 columns; 5000 are possible/);
    expect(() => checkHeld([{ name: 'wide', columns: columns.slice(1) }])).not.toThrow();
  });
});

describe('types', () => {
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

  test.each(types)('a column that was made for %s holds it, and no other type does', (type) => {
    expect(holds(type, sqlType(type, OPTIONS))).toBe(true);
    const others = types.filter((other) => other !== type && holds(other, sqlType(type, OPTIONS)));
    expect(others).toEqual([]);
  });

  test('others hold a type as well, where they are as wide', () => {
    expect(holds('timestamp', 'TIMESTAMP_NTZ(9)')).toBe(true);
    expect(holds('timestamp', 'TIMESTAMP_NTZ(3)')).toBe(false);
    expect(holds('timestamp', 'TIMESTAMP_LTZ(9)')).toBe(false);
    expect(holds('int64', 'NUMBER(38,0)')).toBe(true);
    expect(holds('int64', 'NUMBER(10,0)')).toBe(false);
    expect(holds('string', 'VARCHAR(16777216)')).toBe(true);
    expect(holds('string', 'VARCHAR(10)')).toBe(false);
    expect(holds('decimal', 'NUMBER(38,2)')).toBe(false);
  });
});
