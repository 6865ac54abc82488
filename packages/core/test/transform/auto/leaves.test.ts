import { isStorableText } from '@tdp-sync/sink';
import { expect, test } from 'vitest';
import { parseExactly } from '../../../src/exact-json.ts';
import {
  type Cell,
  type Extract,
  type ExtractedTable,
  Unfit,
} from '../../../src/transform/transform.ts';
import { fc } from '../../property.ts';
import { leavesIn, leavesOf } from './collect.ts';
import { documents } from './documents.ts';
import { extractOf } from './files.ts';

test.each(['rows', 'json'] as const)(
  'every value of a document is found again in its tables, with its place: cubes as %s',
  async (datacubes) => {
    await fc.assert(
      fc.asyncProperty(documents, fc.boolean(), async (json, uuids) => {
        const document = parseExactly(json);
        const extract = await extractOf(json, { datacubes, uuids });
        expect(leavesIn(extract, document)).toEqual(leavesOf(document));
      }),
      { numRuns: 3000 },
    );
  },
);

test('what is extracted keeps the contract', async () => {
  await fc.assert(
    fc.asyncProperty(documents, fc.boolean(), async (json, uuids) => {
      expectSound(await extractOf(json, { uuids }));
    }),
    { numRuns: 2000 },
  );
});

function expectSound({ tables }: Extract): void {
  expect(new Set(tables.map(({ path }) => path)).size).toBe(tables.length);
  for (const table of tables) {
    expect(table.name).toMatch(/^[a-z0-9][a-z0-9_]*$/);
    expect(table.name.length).toBeLessThanOrEqual(100);
    expect(table.columns.length).toBeGreaterThan(0);
    expect(new Set(table.columns.map(({ path }) => path)).size).toBe(table.columns.length);
    expectSoundRows(table, [...table.rows]);
  }
}

function expectSoundRows({ columns }: ExtractedTable, rows: readonly (readonly Cell[])[]): void {
  for (const row of rows) expect(row.length).toBe(columns.length);
  for (const [index, column] of columns.entries()) {
    const cells = rows.map((row) => row[index]).filter((cell) => cell !== null);
    expect(column.name).toMatch(/^(?:[a-z0-9][a-z0-9_]{0,119}|_parent_row)$/);
    // A column is there only where something is in it.
    expect(cells.length).toBeGreaterThan(0);
    expect(cells.filter((cell) => cell instanceof Unfit).length).toBe(column.unfit);
    for (const cell of cells) expect(isOfType(cell, column.type), column.type).toBe(true);
  }
}

function isOfType(cell: Cell | undefined, type: string): boolean {
  if (cell instanceof Unfit)
    return isStorableText(cell.text) && (cell.nearest === null || isOfType(cell.nearest, type));
  if (type === 'float64') return Number.isFinite(cell);
  if (type === 'int64') return typeof cell === 'bigint';
  if (type === 'boolean') return typeof cell === 'boolean';
  if (typeof cell !== 'string' || !isStorableText(cell)) return false;
  return type === 'string' || parseExactly(cell) !== undefined;
}
