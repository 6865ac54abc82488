import { SinkError, type Table } from '@tdp-sync/sink';
import { expect, test } from 'vitest';
import { checkHeld, literal, quote, syncKey } from '../src/names.ts';

function table(name: string, ...columns: readonly string[]): Table {
  return { name, columns: columns.map((column) => ({ name: column, type: 'string' })) };
}

test('names and literals are quoted', () => {
  expect(quote('a"b]c')).toBe('"a""b]c"');
  expect(literal("it's")).toBe("N'it''s'");
});

test('names of syncs that differ in blanks at the end are stored apart', () => {
  const syncs = ['a', 'a ', 'a  ', 'a|', 'a |', 'a| ', 'a||', ' ', '|', '| '];
  const keys = syncs.map(syncKey);
  expect(new Set(keys).size).toBe(syncs.length);
  expect(keys.filter((key) => key.endsWith(' '))).toEqual([]);
  expect(syncKey('empower')).toBe('empower');
  expect(syncKey('x'.repeat(63).concat(' ')).length).toBe(65);
});

test.each([
  ['a temporary table', table('#t', 'a')],
  ['a global temporary table', table('##t', 'a')],
  ['a table with a blank at its end', table('t ', 'a')],
  ['a column with a blank at its end', table('t', 'a', 'b ')],
  ['too many columns', table('t', ...Array.from({ length: 1_023 }, (_, n) => `c${n}`))],
  [
    'more columns of a fixed width than a row has room for',
    {
      name: 't',
      columns: Array.from({ length: 480 }, (_, n) => ({ name: `c${n}`, type: 'decimal' as const })),
    },
  ],
])('%s is refused', (_, wrong) => {
  expect(() => checkHeld([table('fine', 'a'), wrong])).toThrow(SinkError);
  expect(() => checkHeld([wrong])).toThrow(expect.objectContaining({ code: 'INVALID_VALUE' }));
});

test('every other name is held', () => {
  const names = [' a', 'a"b', 'a]b', "a'b", 'a.b', 'a;b', 'a#', '@a', '--', '\u{1f9ea}', 'a\nb'];
  expect(() => checkHeld(names.map((name) => table(name, ...names)))).not.toThrow();
});
