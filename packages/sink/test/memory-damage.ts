import type { Damage } from '../src/conformance/index.ts';
import type { ColumnType, Row, Value } from '../src/index.ts';
import type { MemoryDatabase, MemoryTable } from '../src/memory/index.ts';

/** Does to a table what others may do to it. The number of a row is its place among those of its document. */
export function damageTable(database: MemoryDatabase, name: string, damage: Damage): void {
  const { content } = database;
  const key = name.toLowerCase();
  const stored = content.tables.get(key);
  if (stored === undefined) throw new Error(`There is no table ${name}.`);
  const tables = new Map(content.tables);
  if (damage.how === 'drop') tables.delete(key);
  else tables.set(key, { ...stored, rows: damaged(stored, damage) });
  database.content = { ...content, tables };
}

function damaged(
  table: MemoryTable,
  damage: Exclude<Damage, { how: 'drop' }>,
): MemoryTable['rows'] {
  const all = new Map(table.rows);
  const rows = [...(all.get(damage.id) ?? [])];
  const [row] = rows.splice(damage.row, 1);
  if (row === undefined) throw new Error(`Document ${damage.id} has no row ${damage.row}.`);
  if (damage.how === 'copy') {
    rows.splice(damage.row, 0, row);
    rows.splice(damage.as, 0, row);
  } else if (damage.how === 'edit' && damage.column === '_file_key') {
    const other = String(damage.value);
    all.set(other, [...(all.get(other) ?? []), row]);
  } else if (damage.how === 'edit') rows.splice(damage.row, 0, edited(table, row, damage));
  return all.set(damage.id, rows);
}

function edited(
  { columns }: MemoryTable,
  row: Row,
  { column, value }: Extract<Damage, { how: 'edit' }>,
): Row {
  return row.map((cell, at) => {
    const found = columns[at];
    return found?.name === column ? (value === null ? null : typed(found.type, value)) : cell;
  });
}

function typed(type: ColumnType, text: string): Value {
  if (type === 'boolean') return text === 'true';
  if (type === 'int64') return BigInt(text);
  return type === 'float64' ? Number(text) : text;
}
