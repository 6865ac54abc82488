import { expect, it } from 'vitest';
import { checkModule, TransformModuleError } from '../../../src/transform/user/module.ts';

function issuesOf(exported: unknown): readonly string[] {
  try {
    checkModule(exported);
    return [];
  } catch (error) {
    if (!(error instanceof TransformModuleError)) throw error;
    return error.issues;
  }
}

const rows = (): object => ({});

it.each<[string, unknown]>([
  ['nothing', undefined],
  ['null', null],
  ['a function', rows],
  ['no rows', { tables: { t: { a: 'string' } } }],
  ['rows that are no function', { tables: { t: { a: 'string' } }, rows: {} }],
  ['no tables', { rows }],
  ['a list of tables', { rows, tables: [{ name: 't' }] }],
  ['a Map of tables', { rows, tables: new Map() }],
])('an export with %s is no transform', (_name, exported) => {
  expect(issuesOf(exported)).toEqual([
    'it has no default export with tables and rows; docs/tables.md shows one',
  ]);
});

it.each<[string, object, string]>([
  ['no table at all', {}, 'there must be at least one table'],
  ['a table without columns', { t: {} }, 'table "t": there must be at least one column'],
  [
    'a list of columns',
    { t: ['a'] },
    'table "t" has an array in place of its columns, by name and type',
  ],
  [
    'a type that is none',
    { t: { a: 'text' } },
    'table "t", column "a": "text" is no type; there are string, int64, float64, decimal, boolean, date, timestamp, json',
  ],
  [
    'a type that is no text',
    { t: { a: String } },
    'table "t", column "a": a function is no type; there are string, int64, float64, decimal, boolean, date, timestamp, json',
  ],
  [
    'a name of tdp-sync',
    { t: { _row: 'int64' } },
    'table "t", column "_row": names that begin with `_` are kept for tdp-sync\'s own columns',
  ],
  [
    'a table of tdp-sync',
    { _tdp_sync_x: { a: 'json' } },
    'table "_tdp_sync_x": names that begin with `_` are kept for tdp-sync\'s own columns',
  ],
  [
    'an empty name',
    { t: { '': 'json' } },
    'table "t", column "": a name has 1 to 122 characters, this one has 0',
  ],
  [
    'a long name',
    { ['t'.repeat(123)]: { a: 'json' } },
    `table "${'t'.repeat(123)}": a name has 1 to 122 characters, this one has 123`,
  ],
  [
    'a name with NUL',
    { t: { 'a\0': 'json' } },
    'table "t", column "a\\u0000": a name holds neither NUL nor half a surrogate pair',
  ],
  [
    'columns that differ by case',
    { t: { a: 'json', A: 'json' } },
    'table "t", column "A": databases do not tell it from the column "a": only the case differs',
  ],
  [
    'tables that differ by case',
    { t: { a: 'json' }, T: { a: 'json' } },
    'table "T": databases do not tell it from the table "t": only the case differs',
  ],
])('refuses %s', (_name, tables, issue) => {
  expect(issuesOf({ tables, rows })).toEqual([issue]);
});

it('tells all that is wrong at once, and a key that is none', () => {
  expect(issuesOf({ tables: { t: { a: 'x' }, _u: { b: 'json' } }, rows, row: rows })).toEqual([
    'its default export has "row"; there are only tables and rows',
    expect.stringMatching(/^table "_u": /),
    expect.stringMatching(/^table "t", column "a": /),
  ]);
});

it('gives the tables in their order', () => {
  const tables = { b: { y: 'json', x: 'int64' }, a: { z: 'date' } };
  expect(checkModule({ tables, rows }).tables).toEqual([
    {
      name: 'b',
      columns: [
        { name: 'y', type: 'json' },
        { name: 'x', type: 'int64' },
      ],
    },
    { name: 'a', columns: [{ name: 'z', type: 'date' }] },
  ]);
});
