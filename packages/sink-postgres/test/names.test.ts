import { expect, test } from 'vitest';
import { postgresSink } from '../src/adapter.ts';
import { checkHeld, columnName, NAME_BYTES, tableName } from '../src/names.ts';

test.each([
  ['runs', 'runs'],
  ['x'.repeat(63), 'x'.repeat(63)],
  [
    'x'.repeat(64),
    `${'x'.repeat(54)}_7ce100971f64e7001e8fe5a51973ecdfe1ced42befe7ee8d5fd6219506b5393c`.slice(
      0,
      63,
    ),
  ],
  ['ä'.repeat(31), 'ä'.repeat(31)],
])('%s is called %s', (name, stored) => {
  expect(tableName(name)).toBe(stored);
});

test('no name is longer than PostgreSQL takes it, none is cut within a character, and none becomes another', () => {
  const beginnings = ['x', 'ä', '日', '\u{1f9ea}', 'xä日\u{1f9ea}'];
  const names = beginnings.flatMap((one) =>
    ['', 'a', 'b'].map((end) => [...one.repeat(64)].slice(0, 60).join('') + one + end),
  );
  const stored = names.map(columnName);
  expect(new Set(stored).size).toBe(names.length);
  for (const name of stored) {
    expect(Buffer.byteLength(name)).toBeLessThanOrEqual(NAME_BYTES);
    expect(name.isWellFormed()).toBe(true);
  }
});

test('a column is not called as one that each table has; a table may be', () => {
  for (const hidden of ['xmin', 'ctid', 'tableoid']) {
    expect(columnName(hidden)).toMatch(new RegExp(`^${hidden}_[0-9a-f]{8}$`));
    expect(tableName(hidden)).toBe(hidden);
  }
  expect(columnName('XMIN')).toBe('XMIN');
});

test('two that would be one are refused', () => {
  const long = 'x'.repeat(100);
  const column = (name: string) => ({ name, type: 'int64' as const });
  const twins = [column(long), column(columnName(long))];
  expect(() => checkHeld([{ name: 't', columns: twins }])).toThrow(
    /Table "t": columns: two would be called/,
  );
  const tables = [long, tableName(long)].map((name) => ({ name, columns: [column('a')] }));
  expect(() => checkHeld(tables)).toThrow(/Tables: two would be called/);
});

test('the adapter tells what a table or a column will be called', () => {
  const { storedName } = postgresSink;
  const long = 'x'.repeat(70);
  expect(storedName?.(long)).toBe(tableName(long));
  expect([storedName?.('runs'), storedName?.('xmin')]).toEqual(['runs', 'xmin']);
  expect(storedName?.('runs', 'xmin')).toBe(columnName('xmin'));
});
