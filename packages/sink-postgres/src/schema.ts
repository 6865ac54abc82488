import { type Column, SinkError, type Table } from '@tdp-sync/sink';
import { changeTable, PATIENCE, type Patience, unlessExists } from './change.ts';
import type { JsonType } from './config.ts';
import type { Sessions } from './connection.ts';
import { columnName, tableName } from './names.ts';
import type { StoredColumn, TablePlan } from './plan.ts';
import {
  addColumns,
  createBookkeeping,
  createSchema,
  createTable,
  FIND_SCHEMA,
  LEDGER,
  READ_SCHEMA,
  READ_SERVER,
  STATES,
} from './sql.ts';
import { holds } from './values.ts';

/** Runners that create the same at the same time: so often one of them finds that another was first. */
const ROUNDS = 10;
const OLDEST = 140_000;
const TABLES: ReadonlySet<string | null | undefined> = new Set(['r', 'p']);

/** What there is by a name. */
interface Found {
  readonly name: string;
  readonly isTable: boolean;
  readonly isIndexed: boolean;
  /** Types by name. */
  readonly columns: Map<string, string>;
}

/** Creates schema and bookkeeping where missing. Looks first: creating what exists takes rights that need not be had. */
export async function prepareBookkeeping(sessions: Sessions, schema: string): Promise<void> {
  await checkServer(sessions);
  for (let round = 0; round < ROUNDS; round += 1) {
    const { count } = await sessions.query(FIND_SCHEMA, [schema]);
    const found = await readTables(sessions, schema, [STATES, LEDGER]);
    const missing = [
      ...(count > 0 ? [] : [createSchema(schema)]),
      ...[STATES, LEDGER]
        .filter((name) => !found.has(name))
        .map((name) => createBookkeeping(schema, name)),
    ];
    if (missing.length === 0) return;
    for (const statement of missing) await unlessExists(() => sessions.query(statement));
  }
  throw restless(schema);
}

async function checkServer(sessions: Sessions): Promise<void> {
  const [[version, encoding] = []] = (await sessions.query(READ_SERVER)).rows;
  if (Number(version) < OLDEST) {
    throw new SinkError(
      'SINK_UNAVAILABLE',
      'The server is older than PostgreSQL 14, which is the oldest that tdp-sync writes to.',
    );
  }
  if (encoding === 'UTF8') return;
  throw new SinkError(
    'SINK_UNAVAILABLE',
    `The database is encoded in ${encoding}, and cannot hold every text. Create one WITH ENCODING 'UTF8' TEMPLATE template0.`,
  );
}

/** Creates the tables and columns that are missing, none at all when one does not match; and says what there is then. */
export async function prepareTables(
  sessions: Sessions,
  schema: string,
  json: JsonType,
  tables: readonly Table[],
  patience: Patience = PATIENCE,
): Promise<readonly TablePlan[]> {
  for (let round = 0; round < ROUNDS; round += 1) {
    const found = await readTables(sessions, schema, namesOf(tables));
    const missing = tables.flatMap((table) =>
      changes(schema, json, found.get(tableName(table.name)), table),
    );
    if (missing.length === 0) return tables.map((table, index) => planOf(found, table, index));
    for (const { table, statements } of missing) {
      await unlessExists(() => changeTable(sessions, table, statements, patience));
    }
  }
  throw restless(schema);
}

/** What is stored of a table, which must match; `undefined` when there is none. */
export async function storedTable(
  sessions: Sessions,
  schema: string,
  table: Table,
): Promise<
  { readonly stored: string; readonly columns: readonly (StoredColumn | undefined)[] } | undefined
> {
  const found = (await readTables(sessions, schema, namesOf([table]))).get(tableName(table.name));
  if (found === undefined) return undefined;
  checkOwn(found);
  const columns = table.columns.map((column) =>
    isMissing(found, column) ? undefined : storedColumn(found, column),
  );
  return { stored: found.name, columns };
}

/**
 * Which columns are there of these tables, in their order, each of the type asked for: `undefined` for a table that does not exist, or is none
 * of tdp-sync.
 */
export async function comparableColumns(
  sessions: Sessions,
  schema: string,
  tables: readonly Table[],
): Promise<readonly (readonly StoredColumn[] | undefined)[]> {
  const stored = await readTables(sessions, schema, namesOf(tables));
  return tables.map(({ name, columns }) => {
    const found = stored.get(tableName(name));
    if (found === undefined || !isOwn(found)) return undefined;
    return columns
      .filter((column) => holds(column.type, found.columns.get(columnName(column.name)) ?? ''))
      .map((column) => storedColumn(found, column));
  });
}

interface Change {
  readonly table: Table;
  readonly statements: string;
}

function changes(
  schema: string,
  json: JsonType,
  found: Found | undefined,
  table: Table,
): readonly Change[] {
  if (found === undefined) return [{ table, statements: createTable(schema, table, json) }];
  checkOwn(found);
  const missing = table.columns.filter((column) => isMissing(found, column));
  if (missing.length === 0) return [];
  return [{ table, statements: addColumns(schema, found.name, missing, json) }];
}

async function readTables(
  sessions: Sessions,
  schema: string,
  names: readonly string[],
): Promise<ReadonlyMap<string, Found>> {
  const stored = new Map<string, Found>();
  if (names.length === 0) return stored;
  const { rows } = await sessions.query(READ_SCHEMA, [schema, names]);
  for (const [name, kind, column, type, indexed] of rows) {
    const key = String(name);
    let found = stored.get(key);
    if (found === undefined) {
      found = {
        name: key,
        isTable: TABLES.has(kind),
        isIndexed: indexed === 't',
        columns: new Map(),
      };
      stored.set(key, found);
    }
    if (column) found.columns.set(column, String(type));
  }
  return stored;
}

function namesOf(tables: readonly Table[]): readonly string[] {
  return tables.map(({ name }) => tableName(name));
}

function planOf(stored: ReadonlyMap<string, Found>, table: Table, index: number): TablePlan {
  const found = stored.get(tableName(table.name));
  if (found === undefined) throw new TypeError('A table was planned that was not found.');
  const columns = table.columns.map((column) => storedColumn(found, column));
  return { table, index, stored: found.name, columns, isIndexed: found.isIndexed };
}

function storedColumn({ columns }: Found, column: Column): StoredColumn {
  const stored = columnName(column.name);
  return { column, stored, type: columns.get(stored) ?? '' };
}

function isOwn({ isTable, columns }: Found): boolean {
  return isTable && columns.has('_file_key') && columns.has('_row');
}

function checkOwn(found: Found): void {
  if (isOwn(found)) return;
  throw new SinkError(
    'SCHEMA_MISMATCH',
    `${JSON.stringify(found.name)} exists, but is no table of tdp-sync: it is a view, or has no columns _file_key and _row. Rename it, or choose another name for the table.`,
  );
}

function isMissing({ name: table, columns }: Found, { name, type }: Column): boolean {
  const found = columns.get(columnName(name));
  if (found === undefined || holds(type, found)) return found === undefined;
  throw new SinkError(
    'SCHEMA_MISMATCH',
    `Table ${JSON.stringify(table)}, column ${JSON.stringify(name)} is ${found}, which does not hold ${type}. Rename or drop the column, or change the mapping.`,
  );
}

function restless(schema: string): SinkError {
  return new SinkError(
    'SINK_FAILED',
    `Tables or columns of the schema ${JSON.stringify(schema)} that were just created are gone. Let nothing else change the schema, and run again.`,
  );
}
