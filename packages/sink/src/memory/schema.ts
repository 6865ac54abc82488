import { SinkError } from '../errors.ts';
import type { Column, Row, Table } from '../sink.ts';
import { shortestDecimal } from '../values.ts';
import type { MemoryContent, MemoryTable } from './database.ts';

/** The content with every table of a target, and every column; the same object when nothing is missing. */
export function withTables(content: MemoryContent, targets: readonly Table[]): MemoryContent {
  const changed = targets
    .map((target) => withColumns(content.tables.get(target.name.toLowerCase()), target))
    .filter((table) => table !== undefined);
  if (changed.length === 0) return content;
  const tables = new Map(content.tables);
  for (const table of changed) tables.set(table.name.toLowerCase(), table);
  return { ...content, tables };
}

/** Where each column of the target stands in the stored table. */
export function positions(stored: MemoryTable, target: Table): readonly number[] {
  return target.columns.map((column) => positionOf(stored.columns, column));
}

/**
 * The rows of the stored table as another asks for them: its columns, in its order, null where it has one
 * more, each decimal in its one spelling.
 */
export function reader(stored: MemoryTable, asked: Table): (row: Row) => Row {
  const cells = asked.columns.map((column) => ({
    at: isStored(stored, column) ? positionOf(stored.columns, column) : -1,
    isDecimal: column.type === 'decimal',
  }));
  return (row) =>
    cells.map(({ at, isDecimal }) => {
      const value = row[at] ?? null;
      return isDecimal && value !== null ? shortestDecimal(String(value)) : value;
    });
}

function withColumns(stored: MemoryTable | undefined, target: Table): MemoryTable | undefined {
  if (stored === undefined) return { ...target, rows: new Map() };
  const missing = target.columns.filter((column) => !isStored(stored, column));
  if (missing.length === 0) return undefined;
  const columns = [...stored.columns, ...missing];
  const rows = new Map(
    [...stored.rows].map(([id, rows]) => [
      id,
      rows.map((row) => [...row, ...missing.map(() => null)]),
    ]),
  );
  return { name: stored.name, columns, rows };
}

function isStored(stored: MemoryTable, column: Column): boolean {
  const found = stored.columns[positionOf(stored.columns, column)];
  if (found === undefined || found.type === column.type) return found !== undefined;
  throw new SinkError(
    'SCHEMA_MISMATCH',
    `Table ${JSON.stringify(stored.name)}, column ${JSON.stringify(found.name)} is ${found.type}, ` +
      `but ${column.type} is asked for. Rename or drop the column, or change the mapping.`,
  );
}

function positionOf(columns: readonly Column[], { name }: Column): number {
  return columns.findIndex((column) => column.name.toLowerCase() === name.toLowerCase());
}
