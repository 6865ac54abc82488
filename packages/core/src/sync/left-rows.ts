import type { Row, Table, Value } from '@tdp-sync/sink';
import { filesTable } from '../tables/files-table.ts';
import type { Run } from './run.ts';
import type { HeldRows } from './shapes.ts';

/**
 * Whether files may be in the tables of which the ledger has no line, since it was reset. Where no content becomes rows there are no
 * layouts to tell it by.
 */
export function mayBeReset({ position, catalog }: Run): boolean {
  return position.state.inherited > 0 || catalog.layouts === 0;
}

/**
 * Which rows these files have in the data tables, by file key, as far as their rows of the files table tell: for files of which the ledger
 * has no line, or what was loaded before a reset would be forgotten with the first version that fails.
 */
export async function rowsOfBefore(
  run: Run,
  ids: readonly string[],
): Promise<ReadonlyMap<string, HeldRows>> {
  const held = new Map<string, HeldRows>();
  if (ids.length === 0 || !mayBeReset(run)) return held;
  const loaded = new Map<string, string>();
  for await (const { id, row } of run.sink.rows(filesTable(run.name), ids)) {
    const fileId = loadedIn(row);
    if (fileId !== undefined) loaded.set(id, fileId);
  }
  if (loaded.size === 0) return held;
  for (const [id, rows] of await rowsIn(run, run.catalog.all(), [...loaded.keys()]))
    held.set(id, { layout: layoutWith(run, [...rows.keys()]), loadedFileId: loaded.get(id), rows });
  return held;
}

/** The rows that these files have in these tables, by file key and table. */
export async function rowsIn(
  run: Run,
  tables: Iterable<Table>,
  ids: readonly string[],
): Promise<ReadonlyMap<string, ReadonlyMap<string, readonly Row[]>>> {
  const found = new Map(ids.map((id) => [id, new Map<string, Row[]>()] as const));
  for (const table of tables) {
    for await (const { id, row } of run.sink.rows(table, ids)) {
      const rows = found.get(id)?.get(table.name);
      if (rows === undefined) found.get(id)?.set(table.name, [row]);
      else rows.push(row);
    }
  }
  return found;
}

/** A layout that has all these tables; 0 when there are none, or no layout has them all. */
export function layoutWith(run: Run, tables: readonly string[]): number {
  if (tables.length === 0) return 0;
  for (let layout = 1; layout <= run.catalog.layouts; layout += 1) {
    const own = new Set(run.catalog.tablesOf(layout));
    if (tables.every((name) => own.has(name))) return layout;
  }
  return 0;
}

/** The version whose rows are in the data tables, by a row of the files table. */
export function loadedIn(row: Row): string | undefined {
  const loaded = filesCell(row, 'loaded_file_id');
  return typeof loaded === 'string' ? loaded : undefined;
}

/** A value of a row of the files table. */
export function filesCell(row: Row, column: string): Value {
  return row[filesTable('').columns.findIndex(({ name }) => name === column)] ?? null;
}
