import type { SinkAdapter, Table } from '@tdp-sync/sink';

/** A table, or a column of one, that the database calls otherwise. */
export interface StoredName {
  readonly table: string;
  /** `*` for the table itself. */
  readonly column: string;
  readonly storedAs: string;
}

/** What the database cannot hold under its name, in the order of the tables and their columns. */
export function storedNames(
  { storedName }: Pick<SinkAdapter, 'storedName'>,
  tables: readonly Table[],
): readonly StoredName[] {
  if (storedName === undefined) return [];
  return tables.flatMap(({ name: table, columns }) => [
    ...differing(table, '*', table, storedName(table)),
    ...columns.flatMap(({ name }) => differing(table, name, name, storedName(table, name))),
  ]);
}

/** As a line of the preview. */
export function storedNameLine({ table, column, storedAs }: StoredName): string {
  const place = column === '*' ? table : `${table}.${column}`;
  return `note: the database cannot hold the name ${place}, and calls it ${storedAs}`;
}

function differing(
  table: string,
  column: string,
  name: string,
  storedAs: string,
): readonly StoredName[] {
  return storedAs === name ? [] : [{ table, column, storedAs }];
}
