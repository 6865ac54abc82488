import { type Row, SinkError, shortestDecimal, type Table, type Value } from '@tdp-sync/sink';
import type { Content, StoredTable } from './content.ts';

/** Creates the tables that are missing, and adds missing columns. */
export function addTables({ tables }: Content, wanted: readonly Table[]): void {
  for (const table of wanted) {
    const stored: StoredTable = tables.get(table.name) ?? { columns: [], rows: new Map() };
    const at = positions(stored, table);
    stored.columns.push(...table.columns.filter((_, index) => at[index] === -1));
    tables.set(table.name, stored);
  }
}

/** Gives a stored row as another asks for it: its columns, in its order, in the forms of the contract. */
export function reader(stored: StoredTable, table: Table): (row: Row) => Row {
  const at = positions(stored, table);
  return (row) =>
    table.columns.map(({ type }, index): Value => {
      const value = row[at[index] ?? -1] ?? null;
      if (value === null) return null;
      if (type === 'int64') return BigInt(value);
      return type === 'decimal' ? shortestDecimal(String(value)) : value;
    });
}

/** Where each column of the table is stored; -1 where it is not. */
function positions(stored: StoredTable, { name, columns }: Table): readonly number[] {
  return columns.map((column) => {
    const at = stored.columns.findIndex((other) => other.name === column.name);
    const type = stored.columns[at]?.type ?? column.type;
    if (type === column.type) return at;
    const which = `Table ${JSON.stringify(name)}, column ${JSON.stringify(column.name)}`;
    throw new SinkError('SCHEMA_MISMATCH', `${which} is ${type}, not ${column.type}.`);
  });
}
