import type { Column, Table } from '@tdp-sync/sink';
import type { JsonType } from './config.ts';
import { columnName, literal, quote, tableName } from './names.ts';
import type { StoredColumn, TablePlan } from './plan.ts';
import { KEY, sqlType } from './values.ts';

/** A table of the schema, by the name that it is stored under. */
export function qualified(schema: string, stored: string): string {
  return `${quote(schema)}.${quote(stored)}`;
}

/** The table with the state of each sync. */
export const STATES = '_tdp_sync_state';
/** The table with a line for each document. */
export const LEDGER = '_tdp_sync_documents';

/** The version of the server and how the database writes texts. */
export const READ_SERVER =
  "SELECT current_setting('server_version_num'), current_setting('server_encoding')";

/** Whether there is the schema. $1 */
export const FIND_SCHEMA = 'SELECT 1 FROM pg_namespace WHERE nspname = $1';

/** Creates the schema. */
export function createSchema(schema: string): string {
  return `CREATE SCHEMA IF NOT EXISTS ${quote(schema)}`;
}

/** Creates the bookkeeping tables that are missing, by their names. */
export function createBookkeeping(schema: string, name: string): string {
  const columns =
    name === STATES
      ? `"sync" ${KEY} NOT NULL PRIMARY KEY, "state" ${KEY} NOT NULL`
      : `"sync" ${KEY} NOT NULL, "id" ${KEY} NOT NULL, "order" ${KEY} NOT NULL, "status" ${KEY} NOT NULL, ` +
        `"rows" ${KEY} NOT NULL, PRIMARY KEY ("sync", "id")`;
  return `CREATE TABLE IF NOT EXISTS ${qualified(schema, name)} (${columns})`;
}

/**
 * Creates a table of the target. The index is for the rows of a document: without it, replacing one would read the whole table. Not a key
 * with `_row` in it: of equal values PostgreSQL keeps one, which for a table with many rows per document is a tenth of the size.
 */
export function createTable(schema: string, { name, columns }: Table, json: JsonType): string {
  const table = qualified(schema, tableName(name));
  const own = [`"_file_key" ${KEY} NOT NULL`, '"_row" integer NOT NULL'];
  const given = columns.map((column) => definition(column, json));
  return [
    `CREATE TABLE ${table} (${[...own, ...given].join(', ')})`,
    `CREATE INDEX ON ${table} ("_file_key")`,
    ...(tableName(name) === name ? [] : [`COMMENT ON TABLE ${table} IS ${literal(name)}`]),
    ...columnComments(table, columns),
  ].join(';\n');
}

/** Adds columns, in one step. */
export function addColumns(
  schema: string,
  stored: string,
  columns: readonly Column[],
  json: JsonType,
): string {
  const table = qualified(schema, stored);
  const added = columns.map((column) => `ADD COLUMN IF NOT EXISTS ${definition(column, json)}`);
  return [`ALTER TABLE ${table} ${added.join(', ')}`, ...columnComments(table, columns)].join(
    ';\n',
  );
}

function definition({ name, type }: Column, json: JsonType): string {
  return `${quote(columnName(name))} ${sqlType(type, json)}`;
}

/** What is stored under another name says in a comment what it is called; any other, what it holds. */
function columnComments(table: string, columns: readonly Column[]): readonly string[] {
  return columns.flatMap(({ name, description }) => {
    const stored = columnName(name);
    const said = stored === name ? description : name;
    return said === undefined
      ? []
      : `COMMENT ON COLUMN ${table}.${quote(stored)} IS ${literal(said)}`;
  });
}

/** What there is by these names, column by column. $1 the schema, $2 the names. */
export const READ_SCHEMA: string =
  'SELECT c.relname, c.relkind, a.attname, format_type(a.atttypid, a.atttypmod), ' +
  'EXISTS (SELECT 1 FROM pg_index AS i JOIN pg_attribute AS k ON k.attrelid = c.oid AND k.attnum = i.indkey[0] ' +
  "WHERE i.indrelid = c.oid AND i.indisvalid AND i.indpred IS NULL AND k.attname = '_file_key') " +
  'FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace ' +
  'LEFT JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ' +
  'WHERE n.nspname = $1 AND c.relname = ANY ($2::text[]) ORDER BY c.relname, a.attnum';

/** The state of a sync. $1 */
export function readState(schema: string): string {
  return `SELECT "state" FROM ${qualified(schema, STATES)} WHERE "sync" = $1`;
}

/** The next lines of the ledger. $1 the sync, $2 the id before, and $3 the status where asked for. */
export function readLines(schema: string, lines: number, hasStatus: boolean): string {
  return (
    `SELECT "id", "order", "status" FROM ${qualified(schema, LEDGER)} ` +
    `WHERE "sync" = $1 AND "id" > $2${hasStatus ? ' AND "status" = $3' : ''} ORDER BY "id" LIMIT ${lines}`
  );
}

/** The lines of these documents. $1 the sync, $2 the ids, and $3 the status where asked for. */
export function readLinesOf(schema: string, hasStatus: boolean): string {
  return (
    `SELECT "id", "order", "status" FROM ${qualified(schema, LEDGER)} ` +
    `WHERE "sync" = $1 AND "id" = ANY ($2::text[])${hasStatus ? ' AND "status" = $3' : ''} ORDER BY "id"`
  );
}

/** The rows of some documents, in order: as of one moment, since it is one statement. $1 the ids. */
export function readRows(
  schema: string,
  stored: string,
  columns: readonly (StoredColumn | undefined)[],
): string {
  const values = columns.map((column) =>
    column === undefined ? 'NULL' : `t.${quote(column.stored)}`,
  );
  return (
    `SELECT ${['t."_file_key"', ...values].join(', ')} FROM ${qualified(schema, stored)} AS t ` +
    'WHERE t."_file_key" = ANY ($1::text[]) ORDER BY t."_file_key" COLLATE "C", t."_row"'
  );
}

/** Forgets the state of a sync, and then its ledger: in the order in which a commit locks them. $1 in each. */
export function forget(schema: string): readonly string[] {
  return [STATES, LEDGER].map(
    (table) => `DELETE FROM ${qualified(schema, table)} WHERE "sync" = $1`,
  );
}

/** Writes the first state of a sync: nothing where there is one. $1 the sync, $2 the state. */
export function putState(schema: string): string {
  return `INSERT INTO ${qualified(schema, STATES)} ("sync", "state") VALUES ($1, $2) ON CONFLICT ("sync") DO NOTHING`;
}

/** Moves the state of a sync: nothing where it is another by now. $1 the sync, $2 the state, $3 the state before. */
export function moveState(schema: string): string {
  return `UPDATE ${qualified(schema, STATES)} SET "state" = $2 WHERE "sync" = $1 AND "state" = $3`;
}

/**
 * Makes other commits into this ledger wait that ask for the same, until the transaction ends: a line that is not there yet cannot be locked
 * itself. $1 the sync.
 */
export function lockLedger(schema: string): string {
  return `SELECT pg_advisory_xact_lock(hashtextextended(${literal(qualified(schema, LEDGER))} || $1, 0))`;
}

/** Removes the rows of the winners that name this table, by the shapes of those that do. */
export function deleteRows(
  schema: string,
  { stored }: TablePlan,
  shapes: readonly number[],
): string {
  return (
    `DELETE FROM ${qualified(schema, stored)} AS t USING pg_temp.newest AS w ` +
    `WHERE w.shape IN (${shapes.join(', ')}) AND t."_file_key" = w.id COLLATE "C"`
  );
}
