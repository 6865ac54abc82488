import { type Column, SinkError, type Table } from '@tdp-sync/sink';
import type { Connection } from './connection.ts';
import { fold } from './fingerprint.ts';
import { IS_COPY, NO_COPY } from './publish/mark.ts';
import { addRecords } from './records.ts';
import {
  addColumn,
  bookkeeping,
  COUNT_BOOKKEEPING,
  createTable,
  describeColumns,
  type Place,
  READ_NAMES,
  readColumns,
} from './sql.ts';
import { sqlType } from './values.ts';

interface StoredTable {
  readonly name: string;
  readonly isView: boolean;
  /** Type by column name, folded. */
  readonly columns: Map<string, string>;
}

/** Creates the bookkeeping tables where missing. To be called by one writer at a time. */
export async function prepareBookkeeping(connection: Connection, place: Place): Promise<void> {
  const [row] = await connection.rows(COUNT_BOOKKEEPING, [place.database, place.schema]);
  if ((await connection.rows(IS_COPY)).length > 0) await connection.run(NO_COPY);
  if (row?.[0] === 3n) return;
  for (const statement of [...bookkeeping(place), ...addRecords(place)]) {
    await connection.run(statement);
  }
  await connection.checkpoint();
}

/** Creates the tables and columns that are missing; nothing at all when one does not match. To be called by one writer at a time. */
export async function prepareTables(
  connection: Connection,
  place: Place,
  tables: readonly Table[],
): Promise<void> {
  const stored = await readTables(connection, place, tables);
  const statements = tables.flatMap((table) => changes(place, stored.get(fold(table.name)), table));
  if (statements.length === 0) return;
  for (const statement of statements) await connection.run(statement);
  // So that no crash ever has to replay a change of tables together with rows from the log.
  await connection.checkpoint();
}

/**
 * Tables and columns that are known to be there. Only this process writes to the file, and sinks only ever add, so that what
 * was found once needs no second look: looking costs more the more tables there are.
 */
export class KnownTables {
  /** Columns with their types, by table. */
  readonly #columns = new Map<string, Set<string>>();

  has({ name, columns }: Table): boolean {
    const known = this.#columns.get(name);
    return known !== undefined && columns.every((column) => known.has(keyOf(column)));
  }

  /** Looks again when the table is needed next. */
  forget({ name }: Table): void {
    this.#columns.delete(name);
  }

  add({ name, columns }: Table): void {
    const known = this.#columns.get(name) ?? new Set();
    for (const column of columns) known.add(keyOf(column));
    this.#columns.set(name, known);
  }
}

function keyOf({ name, type }: Column): string {
  return `${type} ${name}`;
}

/** What a table looks like in the database, seen from the columns of another. */
export interface StoredColumns {
  /** Those of the other that are there. */
  readonly found: ReadonlySet<Column>;
  /** Whether a column hides DuckDB's own `rowid`. */
  readonly hidesRowid: boolean;
}

/** Looks at the stored table, which must match; `undefined` when there is none. */
export async function storedColumns(
  connection: Connection,
  place: Place,
  table: Table,
): Promise<StoredColumns | undefined> {
  const stored = (await readTables(connection, place, [table])).get(fold(table.name));
  if (stored === undefined) return undefined;
  checkOwn(stored);
  return {
    found: new Set(table.columns.filter((column) => !isMissing(stored, column))),
    hidesRowid: stored.columns.has('rowid'),
  };
}

/**
 * What is there of these tables, in their order: `undefined` for one that does not exist, or is none of tdp-sync; and of a
 * table only those columns that are of the type asked for.
 */
export async function comparableColumns(
  connection: Connection,
  place: Place,
  tables: readonly Table[],
): Promise<readonly (StoredColumns | undefined)[]> {
  const stored = await readTables(connection, place, tables);
  return tables.map(({ name, columns }) => {
    const found = stored.get(fold(name));
    if (found === undefined || !isOwn(found)) return undefined;
    const matching = columns.filter(
      (column) => found.columns.get(fold(column.name)) === sqlType(column.type),
    );
    return { found: new Set(matching), hidesRowid: found.columns.has('rowid') };
  });
}

/** What is stored by the names of these tables, by folded name. */
async function readTables(
  connection: Connection,
  place: Place,
  tables: readonly Table[],
): Promise<ReadonlyMap<string, StoredTable>> {
  const wanted = new Set(tables.map(({ name }) => fold(name)));
  const found = new Map<string, StoredTable>();
  for (const [given, isView] of await connection.rows(READ_NAMES, [place.database, place.schema])) {
    const name = String(given);
    if (!wanted.has(fold(name))) continue;
    const columns = isView === true ? [] : await connection.rows(readColumns(place, name));
    found.set(fold(name), {
      name,
      isView: isView === true,
      columns: new Map(columns.map(([column, type]) => [fold(String(column)), String(type)])),
    });
  }
  return found;
}

function changes(place: Place, stored: StoredTable | undefined, table: Table): readonly string[] {
  if (stored === undefined)
    return [createTable(place, table), ...describeColumns(place, table.name, table.columns)];
  checkOwn(stored);
  const missing = table.columns.filter((column) => isMissing(stored, column));
  return [
    ...missing.map((column) => addColumn(place, stored.name, column)),
    ...describeColumns(place, stored.name, missing),
  ];
}

function isOwn({ isView, columns }: StoredTable): boolean {
  return !isView && columns.has('_file_key') && columns.has('_row');
}

function checkOwn(stored: StoredTable): void {
  if (isOwn(stored)) return;
  throw new SinkError(
    'SCHEMA_MISMATCH',
    `${shown(stored.name)} exists, but is no table of tdp-sync: it is a view, or has no columns _file_key and _row. Rename it, or choose another name for the table.`,
  );
}

function isMissing(stored: StoredTable, { name, type }: Column): boolean {
  const found = stored.columns.get(fold(name));
  if (found === undefined || found === sqlType(type)) return found === undefined;
  throw new SinkError(
    'SCHEMA_MISMATCH',
    `Table ${shown(stored.name)}, column ${shown(name)} is ${found}, but ${type} (${sqlType(type)}) is asked for. Rename or drop the column, or change the mapping.`,
  );
}

function shown(name: string): string {
  return JSON.stringify(name);
}
