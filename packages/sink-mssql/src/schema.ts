import { type Column, SinkError, type Table } from '@tdp-sync/sink';
import type { Connections } from './connection.ts';
import type { Server } from './server.ts';
import { addColumn, bookkeeping, createTable, ignoresCase, readSchema } from './sql.ts';
import { storedType } from './values.ts';

/** How the database compares names. */
export type Fold = (name: string) => string;

interface StoredTable {
  readonly name: string;
  readonly isTable: boolean;
  /** Type by column name, folded. */
  readonly columns: Map<string, string>;
}

/** Asks the database how it compares names, by one that it has. */
export async function readFold(connection: Connections, schema: string): Promise<Fold> {
  const [[[isAlike] = []] = []] = await connection.query(ignoresCase(schema));
  return isAlike === 1 ? (name) => name.toLowerCase() : (name) => name;
}

/** Creates schema and bookkeeping where missing. */
export async function prepareBookkeeping(
  connection: Connections,
  schema: string,
  { compresses }: Server,
): Promise<void> {
  for (const statement of bookkeeping(schema, compresses)) await twice(connection, statement);
}

/** Creates the tables and columns that are missing; nothing at all when one does not match. */
export async function prepareTables(
  connection: Connections,
  schema: string,
  fold: Fold,
  tables: readonly Table[],
  { compresses }: Server,
): Promise<void> {
  const missing = async () => {
    const stored = await readTables(connection, schema, fold, tables);
    return tables.flatMap((table) => {
      const found = stored.get(fold(table.name));
      return found === undefined
        ? createTable(schema, table, compresses)
        : changes(schema, found, fold, table);
    });
  };
  const statements = await missing();
  if (statements.length === 0) return;
  for (const statement of statements) await twice(connection, statement);
  // Another runner may have been first, with other types: then the guards let it pass, and this does not.
  if ((await missing()).length > 0) {
    throw new SinkError(
      'SINK_FAILED',
      'Tables or columns that were just created are gone. Let nothing else change the schema, and run again.',
    );
  }
}

/** Which columns the stored table has, which must match; `undefined` when there is no table. */
export async function storedColumns(
  connection: Connections,
  schema: string,
  fold: Fold,
  table: Table,
): Promise<ReadonlySet<Column> | undefined> {
  const tables = await readTables(connection, schema, fold, [table]);
  const stored = tables.get(fold(table.name));
  if (stored === undefined) return undefined;
  checkOwn(stored);
  return new Set(table.columns.filter((column) => !isMissing(stored, fold, column)));
}

/** What of a table can be compared. */
export interface Comparable {
  /** The columns that are there, each of the type asked for. */
  readonly found: ReadonlySet<Column>;
  /** Whether its `_file_key` is as an older version made it. */
  readonly isWide: boolean;
}

/** What there is of these tables, in their order: `undefined` for a table that does not exist, or is none of tdp-sync. */
export async function comparableColumns(
  connection: Connections,
  schema: string,
  fold: Fold,
  tables: readonly Table[],
): Promise<readonly (Comparable | undefined)[]> {
  const stored = await readTables(connection, schema, fold, tables);
  return tables.map(({ name, columns }) => {
    const found = stored.get(fold(name));
    if (found === undefined || !isOwn(found)) return undefined;
    const { columns: types } = found;
    const same = columns.filter(
      (column) => types.get(fold(column.name)) === storedType(column.type),
    );
    return { found: new Set(same), isWide: types.get('_file_key')?.startsWith('n') === true };
  });
}

/** Guard and change are not one step: another runner may come between. Then the guard holds the second time. */
async function twice(connection: Connections, statement: string): Promise<void> {
  await connection.batch(statement).catch(() => connection.batch(statement));
}

async function readTables(
  connection: Connections,
  schema: string,
  fold: Fold,
  tables: readonly Table[],
): Promise<ReadonlyMap<string, StoredTable>> {
  const stored = new Map<string, StoredTable>();
  if (tables.length === 0) return stored;
  const names = tables.map(({ name }) => name);
  const [found = [], columns = []] = await connection.query(readSchema(schema, names));
  for (const [name, type] of found) {
    const isTable = String(type).trim() === 'BASE TABLE';
    stored.set(fold(String(name)), { name: String(name), isTable, columns: new Map() });
  }
  for (const [table, name, ...type] of columns) {
    stored.get(fold(String(table)))?.columns.set(fold(String(name)), describe(type));
  }
  return stored;
}

/** A column's type as {@link storedType} writes it. */
function describe([type, length, precision, scale, fraction]: readonly unknown[]): string {
  const name = String(type).toLowerCase();
  switch (name) {
    case 'decimal':
    case 'numeric':
      return `decimal(${Number(precision)},${Number(scale)})`;
    case 'datetime2':
    case 'datetimeoffset':
    case 'time':
      return `${name}(${Number(fraction)})`;
    default:
      if (length === null || length === undefined) return name;
      return `${name}(${Number(length) === -1 ? 'max' : Number(length)})`;
  }
}

function changes(schema: string, stored: StoredTable, fold: Fold, table: Table): readonly string[] {
  checkOwn(stored);
  return table.columns
    .filter((column) => isMissing(stored, fold, column))
    .map((column) => addColumn(schema, stored.name, column));
}

function isOwn({ isTable, columns }: StoredTable): boolean {
  return isTable && columns.has('_file_key') && columns.has('_row');
}

function checkOwn(stored: StoredTable): void {
  if (isOwn(stored)) return;
  throw new SinkError(
    'SCHEMA_MISMATCH',
    `${JSON.stringify(stored.name)} exists, but is no table of tdp-sync: it is a view, or has no columns _file_key and _row. Rename it, or choose another name for the table.`,
  );
}

function isMissing(stored: StoredTable, fold: Fold, { name, type }: Column): boolean {
  const found = stored.columns.get(fold(name));
  if (found === undefined || found === storedType(type)) return found === undefined;
  throw new SinkError(
    'SCHEMA_MISMATCH',
    `Table ${JSON.stringify(stored.name)}, column ${JSON.stringify(name)} is ${found}, but ${type} (${storedType(type)}) is asked for. Rename or drop the column, or change the mapping.`,
  );
}
