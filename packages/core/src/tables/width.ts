import type { Column, ColumnType, RowRoom } from '@tdp-sync/sink';

/** Columns of a table in any database. SQL Server allows 1,024. */
const MAX_COLUMNS = 1000;

/** Whether a table with these columns may have one more of this type, and still the one that gathers the rest, which is JSON. */
export function hasRoomFor(
  columns: readonly Column[],
  type: ColumnType,
  { total, of }: RowRoom,
): boolean {
  if (columns.length >= MAX_COLUMNS) return false;
  const taken = columns.reduce((sum, column) => sum + of[column.type], of[type] + of.json);
  return taken <= total;
}
