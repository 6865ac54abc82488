import { hash } from 'node:crypto';
import type { Row, RowDamage, Table, Value } from '../sink.ts';
import type { MemoryContent, MemoryTable, Records, RowRecord } from './database.ts';

/** What is to be recorded of a document's rows in a table; nothing when it has none. */
export function recordOf(
  { columns }: MemoryTable,
  rows: readonly Row[],
  asked: Table,
): RowRecord | undefined {
  if (rows.length === 0) return undefined;
  const cells = asked.columns
    .map(({ name, type }) => ({ name: name.toLowerCase(), type }))
    .map(({ name, type }) => ({
      name,
      at: columns.findIndex((one) => one.name.toLowerCase() === name && one.type === type),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  // Cells that are null are left out, so that a column more changes nothing. A row's place is its number.
  const seen = rows.map((row) =>
    cells.map(({ name, at }) => [name, exact(row[at])]).filter(([, value]) => value !== null),
  );
  return { rows: rows.length, fingerprint: hash('sha256', JSON.stringify(seen)) };
}

/** What JSON does not tell apart or cannot hold, as text. Which type it is follows from the column. */
function exact(value: Value | undefined): Value {
  if (typeof value === 'bigint') return String(value);
  return Object.is(value, -0) ? '-0' : (value ?? null);
}

/** Where the rows of some tables are not as they were recorded. */
export function* damagesIn(
  content: MemoryContent,
  sync: string,
  tables: readonly Table[],
): Generator<RowDamage> {
  const records: Records = content.records.get(sync) ?? new Map();
  const stored = tables.map((asked) => {
    const key = asked.name.toLowerCase();
    return { asked, key, table: content.tables.get(key) };
  });
  const ids = new Set(records.keys());
  for (const { table } of stored) for (const id of table?.rows.keys() ?? []) ids.add(id);
  for (const id of [...ids].sort()) {
    for (const { asked, key, table } of stored) {
      const recorded = records.get(id)?.get(key);
      const rows = table?.rows.get(id) ?? [];
      const found = table && recordOf(table, rows, asked);
      if (recorded?.fingerprint === found?.fingerprint) continue;
      yield { id, table: asked.name, recorded: recorded?.rows ?? 0, found: rows.length };
    }
  }
}
