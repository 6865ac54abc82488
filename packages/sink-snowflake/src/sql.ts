import type { Column, Status } from '@tdp-sync/sink';
import { literal, named, type Place, qualified, quote, schemaOf, storedName } from './names.ts';
import type { StoredColumn } from './plan.ts';
import { type ColumnOptions, selected, sqlType } from './values.ts';

/** The table with the state of each sync. */
export const STATES = '_tdp_sync_state';
/** The table with a line for each document. */
export const LEDGER = '_tdp_sync_documents';

/** An account, a database or a schema may say otherwise, and then texts are no longer compared by their codes. */
const BINARY = " DEFAULT_DDL_COLLATION = ''";

/** What a new table is made by. */
export interface TableOptions extends ColumnOptions {
  /** Whether nothing of a table is kept once it is replaced. */
  readonly transient: boolean;
}

/** A bookkeeping table. */
export function bookkeeping(place: Place, name: string): string {
  return qualified(place, storedName(place.identifiers, name));
}

/** The schemas of the database with a name like this one, among others. */
export function findSchema(place: Place): string {
  const pattern = literal(storedName(place.identifiers, place.schema));
  return `SHOW SCHEMAS LIKE ${pattern} IN DATABASE ${named(place, place.database)}`;
}

/** Creates the schema. */
export function createSchema(place: Place): string {
  return `CREATE SCHEMA IF NOT EXISTS ${schemaOf(place)}`;
}

/** The columns of a table, with their types: an error where there is none. */
export function describeTable(place: Place, stored: string): string {
  return `DESCRIBE TABLE ${qualified(place, stored)}`;
}

/**
 * Creates a bookkeeping table. A row of the state stays for good, and has NULL where none is stored: changing it is always an UPDATE, which
 * takes a lock. No key is enforced here.
 */
export function createBookkeeping(place: Place, name: string): string {
  const texts =
    name === STATES
      ? [`${named(place, 'state')} VARCHAR`, `${named(place, 'commit')} VARCHAR`]
      : ['id', 'order', 'status', 'rows'].map(
          (column) => `${named(place, column)} VARCHAR NOT NULL`,
        );
  const columns = [`${named(place, 'sync')} VARCHAR NOT NULL`, ...texts];
  return `CREATE TABLE IF NOT EXISTS ${bookkeeping(place, name)} (${columns.join(', ')})${BINARY}`;
}

/** Creates a table of the target. */
export function createTable(
  place: Place,
  stored: string,
  columns: readonly Column[],
  options: TableOptions,
): string {
  const own = [
    `${named(place, '_file_key')} VARCHAR NOT NULL`,
    `${named(place, '_row')} NUMBER(10,0) NOT NULL`,
  ];
  const given = columns.map((column) => definition(place, column, options));
  const kind = options.transient ? 'TRANSIENT TABLE' : 'TABLE';
  return `CREATE ${kind} IF NOT EXISTS ${qualified(place, stored)} (${[...own, ...given].join(', ')})${BINARY}`;
}

/** Adds a column. */
export function addColumn(
  place: Place,
  stored: string,
  column: Column,
  options: TableOptions,
): string {
  return `ALTER TABLE ${qualified(place, stored)} ADD COLUMN IF NOT EXISTS ${definition(place, column, options)}`;
}

/** What a column holds, in words, for whoever looks at the table. */
export function describeColumns(
  place: Place,
  stored: string,
  columns: readonly Column[],
): readonly string[] {
  return columns.flatMap(({ name, description }) =>
    description === undefined
      ? []
      : `COMMENT ON COLUMN ${qualified(place, stored)}.${named(place, name)} IS ${literal(description)}`,
  );
}

function definition(place: Place, { name, type }: Column, options: TableOptions): string {
  return `${named(place, name)} ${sqlType(type, options)}`;
}

/** The state of a sync. Always the same text, without binds: then an answer that Snowflake has kept is enough, and no warehouse wakes. */
export function readState(place: Place, sync: string): string {
  const state = named(place, 'state');
  return (
    `SELECT DISTINCT ${state} FROM ${bookkeeping(place, STATES)} ` +
    `WHERE ${named(place, 'sync')} = ${literal(sync)} AND ${state} IS NOT NULL`
  );
}

/** Lines of the ledger, in order. With `hasIds` the ids come as one bind, a JSON list. */
export function readLines(
  place: Place,
  sync: string,
  status: Status | undefined,
  hasIds: boolean,
): string {
  const id = named(place, 'id');
  const conditions = [
    `${named(place, 'sync')} = ${literal(sync)}`,
    ...(status === undefined ? [] : [`${named(place, 'status')} = ${literal(status)}`]),
    ...(hasIds ? [`${id} IN ${BOUND_IDS}`] : []),
  ];
  const items = ['id', 'order', 'status'].map((name) => named(place, name));
  return `SELECT ${items.join(', ')} FROM ${bookkeeping(place, LEDGER)} WHERE ${conditions.join(' AND ')} ORDER BY ${id}`;
}

const BOUND_IDS = '(SELECT value::VARCHAR FROM TABLE(FLATTEN(INPUT => PARSE_JSON(?))))';

/** The rows of some documents, in order: as of one moment, since it is one statement. The ids come as one bind, a JSON list. */
export function readRows(
  place: Place,
  stored: string,
  columns: readonly (StoredColumn | undefined)[],
): string {
  const key = `t.${named(place, '_file_key')}`;
  const values = columns.map((column, at) => {
    const value =
      column === undefined
        ? 'NULL'
        : selected(column.column.type, column.type, `t.${quote(column.stored)}`);
    return `${value} AS "c${at}"`;
  });
  return (
    `SELECT ${[`${key} AS "k"`, ...values].join(', ')} FROM ${qualified(place, stored)} AS t ` +
    `WHERE ${key} IN ${BOUND_IDS} ORDER BY ${key}, t.${named(place, '_row')}`
  );
}

/** Forgets state and ledger of a sync: statements of one transaction. One bind in each. */
export function forget(place: Place): readonly string[] {
  const where = `WHERE ${named(place, 'sync')} = ?`;
  return [
    `UPDATE ${bookkeeping(place, STATES)} SET ${named(place, 'state')} = NULL, ${named(place, 'commit')} = NULL ${where}`,
    `DELETE FROM ${bookkeeping(place, LEDGER)} ${where}`,
  ];
}

/** Makes the row of a sync, in which its state is to be. One bind: the sync. */
export function makeStateRow(place: Place): string {
  const [sync, state] = [named(place, 'sync'), named(place, 'state')];
  return (
    `MERGE INTO ${bookkeeping(place, STATES)} AS t USING (SELECT ? AS ${sync}) AS s ON t.${sync} = s.${sync} ` +
    `WHEN NOT MATCHED THEN INSERT (${sync}, ${state}) VALUES (s.${sync}, NULL)`
  );
}

/** Moves the state of a sync: nothing where it is another by now. Binds: the state, the commit, the sync, and the state before if there is one. */
export function moveState(place: Place, hasSince: boolean): string {
  const state = named(place, 'state');
  return (
    `UPDATE ${bookkeeping(place, STATES)} SET ${state} = ?, ${named(place, 'commit')} = ? ` +
    `WHERE ${named(place, 'sync')} = ? AND ${state} ${hasSince ? '= ?' : 'IS NULL'}`
  );
}

/** Whether a commit has moved the state already: its statement was sent a second time. Binds: the sync, the commit. */
export function findCommit(place: Place): string {
  return (
    `SELECT '1' FROM ${bookkeeping(place, STATES)} ` +
    `WHERE ${named(place, 'sync')} = ? AND ${named(place, 'commit')} = ?`
  );
}
