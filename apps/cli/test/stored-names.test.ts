import { expect, it } from 'vitest';
import { storedNameLine, storedNames } from '../src/render/stored-names.ts';

const TABLES = [
  {
    name: 'runs',
    columns: [
      { name: 'xmin', type: 'string' as const },
      { name: 'size', type: 'int64' as const },
    ],
  },
  { name: 'a_long_name', columns: [{ name: 'size', type: 'int64' as const }] },
];
const cutting = {
  storedName: (table: string, column?: string) =>
    column === undefined ? table.slice(0, 6) : column.replace('xmin', 'xmin_1'),
};

it('what a database calls otherwise is told, tables and columns, and nothing else', () => {
  const names = storedNames(cutting, TABLES);
  expect(names).toEqual([
    { table: 'runs', column: 'xmin', storedAs: 'xmin_1' },
    { table: 'a_long_name', column: '*', storedAs: 'a_long' },
  ]);
  expect(names.map(storedNameLine)).toEqual([
    'note: the database cannot hold the name runs.xmin, and calls it xmin_1',
    'note: the database cannot hold the name a_long_name, and calls it a_long',
  ]);
});

it('a database that holds each name has nothing to tell', () => {
  expect(storedNames({}, TABLES)).toEqual([]);
});
