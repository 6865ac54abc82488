import type { Table } from '@tdp-sync/sink';
import { type BulkOrder, type BulkTable, type DriverType, driver } from './driver.ts';
import { DOCUMENT, type TablePlan } from './session.ts';
import { driverType } from './values.ts';

/** What one bulk load sends. The server is told the order, and need not sort (https://learn.microsoft.com/sql/t-sql/statements/bulk-insert-transact-sql). */
export interface Bulk {
  readonly columns: readonly (readonly [name: string, type: () => DriverType])[];
  readonly order: BulkOrder;
  readonly rows: readonly unknown[][];
}

/** Rows of one document: each is the number of the document, its own, the document's id, and its cells. */
export interface Part {
  readonly id: string;
  readonly rows: unknown[][];
}

/** The rows of some documents, in the order of the table that they go to. */
export function rowsBulk({ columns }: Table, parts: readonly Part[]): Bulk {
  const cells = columns.map(({ type }, at) => [`c${at}`, () => driverType(type)] as const);
  return {
    columns: [
      ['seq', () => driver.Int()],
      ['r', () => driver.Int()],
      ['id', () => driver.Char(32)],
      ...cells,
    ],
    order: { id: 'ASC', r: 'ASC' },
    rows: sorted(parts),
  };
}

/** Documents (number, id, order, status and what it replaces of each), and which tables they name. */
export function documentsBulk(
  documents: readonly unknown[][],
  names: ReadonlyMap<TablePlan, readonly number[]>,
): Bulk {
  const byTable = [...names].toSorted(([a], [b]) => a.index - b.index);
  const naming = byTable.flatMap(([{ index }, numbers]) =>
    numbers.map((seq) => [index, seq, null, null, null, null]),
  );
  return {
    columns: [
      ['t', () => driver.Int()],
      ['seq', () => driver.Int()],
      ['id', () => driver.Char(32)],
      ['order', () => driver.VarChar(128)],
      ['status', () => driver.VarChar(8)],
      ['replaces', () => driver.VarChar(128)],
    ],
    order: { t: 'ASC', seq: 'ASC' },
    rows: [...documents.map((line) => [DOCUMENT, ...line]), ...naming],
  };
}

/** A bulk load as the driver takes it. */
export function bulkTable(name: string, { columns, rows }: Bulk): BulkTable {
  const table = new driver.Table(name);
  table.create = false;
  for (const [column, type] of columns) table.columns.add(column, type(), { nullable: true });
  for (const row of rows) table.rows.push(row);
  return table;
}

/** By id, and within it by number, whichever document comes first. */
function sorted(parts: readonly Part[]): readonly unknown[][] {
  const byId = parts.toSorted((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  const rows: unknown[][] = [];
  let start = 0;
  for (const [at, part] of byId.entries()) {
    for (const row of part.rows) rows.push(row);
    if (byId[at + 1]?.id === part.id) continue;
    // A document that was staged twice.
    if (byId[at - 1]?.id === part.id) sortFrom(rows, start);
    start = rows.length;
  }
  return rows;
}

function sortFrom(rows: unknown[][], start: number): void {
  rows.push(...rows.splice(start).sort((a, b) => Number(a[1]) - Number(b[1])));
}
