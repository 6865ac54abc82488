import { hash } from 'node:crypto';
import type { Row, RowDamage, Table } from '@tdp-sync/sink';
import type { Content, RowRecord, StoredTable } from './content.ts';

/** Counts rows, and digests their cells by the names of their columns. A cell that is null counts for nothing. */
export function recordOf({ columns }: StoredTable, rows: readonly Row[], asked: Table): RowRecord {
  const cells = columns
    .map(({ name, type }, at) => ({ name, type, at }))
    .filter(({ name, type }) => asked.columns.some((c) => c.name === name && c.type === type))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const seen = rows.map((row) =>
    cells.flatMap(({ name, at }) => (row[at] == null ? [] : [[name, String(row[at])]])),
  );
  return { rows: rows.length, fingerprint: hash('sha256', JSON.stringify(seen)) };
}

/** Where rows are not as they were recorded. */
export function* damagesIn(
  { tables, records }: Content,
  sync: string,
  asked: readonly Table[],
): Generator<RowDamage> {
  const recorded = records.get(sync);
  const ids = new Set(recorded?.keys());
  for (const { name } of asked) for (const id of tables.get(name)?.rows.keys() ?? []) ids.add(id);
  for (const id of [...ids].sort()) {
    for (const table of asked) {
      const stored = tables.get(table.name) ?? { columns: [], rows: new Map() };
      const [record, rows = []] = [recorded?.get(id)?.get(table.name), stored.rows.get(id)];
      if (record === undefined && rows.length === 0) continue;
      const left = record ?? recordOf(stored, [], table);
      const found = recordOf(stored, rows, table);
      if (found.fingerprint === left.fingerprint) continue;
      yield { id, table: table.name, recorded: left.rows, found: found.rows };
    }
  }
}
