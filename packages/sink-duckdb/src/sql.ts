import type { Column, Table } from '@tdp-sync/sink';
import { isText, selected, sqlType } from './values.ts';

/** By which name statements refer to the attached file. */
export const DATABASE = 'tdp';

/** The names of everything that statements refer to: by database and schema, since temporary tables come first otherwise. */
export interface Place {
  readonly database: string;
  readonly schema: string;
}

/** A statement for one table of a target. `index` is the table's place in the target. */
export interface TablePlan {
  readonly table: Table;
  readonly index: number;
}

/** A table for which rows are staged. */
export interface StagedTable extends TablePlan {
  /** Whether none of them has a long text. */
  readonly isShort: boolean;
}

/** The staging tables. They are temporary: each connection has its own, and no reader sees them. */
export const STAGED_DOCUMENTS = 'staged_documents';
/** The documents that are applied. */
export const WINNERS = 'temp.main.winners';

/** The name of the staging table for the rows of the nth table of a target. */
export function stagedRows(index: number): string {
  return `staged_rows_${index}`;
}

/** A name in quotes, whatever it holds. */
export function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text as a literal. */
export function text(given: string): string {
  return `'${given.replaceAll("'", "''")}'`;
}

/** A table of the schema. */
export function qualified({ database, schema }: Place, name: string): string {
  return `${quote(database)}.${quote(schema)}.${quote(name)}`;
}

/** The name of the ledger. */
export const LEDGER = '_tdp_sync_documents';

function states(place: Place): string {
  return qualified(place, '_tdp_sync_state');
}

function ledger(place: Place): string {
  return qualified(place, LEDGER);
}

/** Creates schema and bookkeeping where missing. No keys and no indexes: they slow loading, and one process writes. */
export function bookkeeping(place: Place): readonly string[] {
  return [
    `CREATE SCHEMA IF NOT EXISTS ${quote(place.database)}.${quote(place.schema)}`,
    `CREATE TABLE IF NOT EXISTS ${states(place)} ("sync" VARCHAR NOT NULL, "state" VARCHAR NOT NULL)`,
    `CREATE TABLE IF NOT EXISTS ${ledger(place)} ("sync" VARCHAR NOT NULL, "id" VARCHAR NOT NULL, "order" VARCHAR NOT NULL, "status" VARCHAR NOT NULL)`,
  ];
}

/** How much of the bookkeeping exists: two tables, and one column that an older version did not make. $1 database, $2 schema. */
export const COUNT_BOOKKEEPING: string =
  `SELECT count(*) + count(*) FILTER (table_name = '${LEDGER}' AND contains(sql, 'fingerprint')) ` +
  `FROM duckdb_tables() WHERE database_name = $1 AND schema_name = $2 AND table_name IN ('_tdp_sync_state', '${LEDGER}')`;

const MARK = 'tdp-sync: long rows';

/** Marks the file as one that holds long rows. A comment, since any client can read the file as before. */
export function mark(place: Place): string {
  return `COMMENT ON TABLE ${ledger(place)} IS '${MARK}'`;
}

/** Whether the file is marked, in whichever schema. $1 database. */
export const IS_MARKED: string = `SELECT count(*) > 0 FROM duckdb_tables() WHERE database_name = $1 AND comment = '${MARK}'`;

/** The names of all tables and views in the schema. $1 database, $2 schema. */
export const READ_NAMES: string =
  'SELECT table_name, false FROM duckdb_tables() WHERE database_name = $1 AND schema_name = $2 ' +
  'UNION ALL SELECT view_name, true FROM duckdb_views() WHERE database_name = $1 AND schema_name = $2';

/** The columns of a table with their types. `duckdb_columns()` would look into every view of DuckDB's own, too. */
export function readColumns(place: Place, table: string): string {
  return `DESCRIBE ${qualified(place, table)}`;
}

/** Creates a table of the target. */
export function createTable(place: Place, { name, columns }: Table): string {
  const own = ['"_file_key" VARCHAR NOT NULL', '"_row" INTEGER NOT NULL'];
  const given = columns.map((column) => `${quote(column.name)} ${sqlType(column.type)}`);
  return `CREATE TABLE ${qualified(place, name)} (${[...own, ...given].join(', ')})`;
}

/** What a column holds, in words, for whoever looks at the table. */
export function describeColumns(
  place: Place,
  table: string,
  columns: readonly Column[],
): readonly string[] {
  return columns.flatMap(({ name, description }) =>
    description === undefined
      ? []
      : `COMMENT ON COLUMN ${qualified(place, table)}.${quote(name)} IS ${text(description)}`,
  );
}

/** Adds a column, without a default: replaying one from the write-ahead log has failed in DuckDB before. */
export function addColumn(place: Place, table: string, { name, type }: Column): string {
  return `ALTER TABLE ${qualified(place, table)} ADD COLUMN ${quote(name)} ${sqlType(type)}`;
}

/** Creates the staging table for documents. `shape` says which tables the document names. */
export const CREATE_STAGED_DOCUMENTS: string = `CREATE TEMP TABLE ${STAGED_DOCUMENTS} (seq INTEGER, id VARCHAR, "order" VARCHAR, status VARCHAR, shape INTEGER, replaces VARCHAR)`;

/** Creates the staging table for rows. No name of a user's is in it. */
export function createStagedRows({ table, index }: TablePlan): string {
  const columns = table.columns.map(({ type }, at) => `c${at} ${sqlType(type)}`);
  return `CREATE TEMP TABLE ${stagedRows(index)} (seq INTEGER, r INTEGER, ${columns.join(', ')})`;
}

/** The state of a sync, behind a mark: the driver drops a byte order mark at the beginning of a text. $1 sync. */
export function readState(place: Place): string {
  return `SELECT '|' || "state" FROM ${states(place)} WHERE "sync" = $1`;
}

/** The compare of compare-and-set: takes the state away only if it is this one. $1 sync, $2 since. */
export function takeState(place: Place): string {
  return `DELETE FROM ${states(place)} WHERE "sync" = $1 AND "state" = $2`;
}

/** Stores a state where none is. $1 sync, $2 state. */
export function putState(place: Place): string {
  return `INSERT INTO ${states(place)} ("sync", "state") SELECT $1, $2 WHERE NOT EXISTS (SELECT 1 FROM ${states(place)} WHERE "sync" = $1)`;
}

/**
 * Finds the documents to apply: the greatest order of each, the first of equals, and only what beats
 * the ledger. The inner join lets DuckDB hash the few staged documents and not the whole ledger, and the condition on `order` lets it pass over
 * the row groups of older lines: asked for the lines that are replaced as well, it reads all of them. $1 sync.
 */
export function pickWinners(place: Place): string {
  return (
    `CREATE OR REPLACE TEMP TABLE ${WINNERS} AS ` +
    `WITH newest AS (SELECT * FROM temp.main.${STAGED_DOCUMENTS} QUALIFY row_number() OVER (PARTITION BY id ORDER BY "order" DESC, seq) = 1), ` +
    `beaten AS (SELECT n.seq FROM ${ledger(place)} AS l JOIN newest AS n ON n.id = l."id" WHERE l."sync" = $1 AND l."order" >= n."order") ` +
    'SELECT * FROM newest WHERE seq NOT IN (SELECT seq FROM beaten)'
  );
}

/**
 * How many documents to apply were made against another line than the stored one; of those that say it, the empty text stands for no
 * line. $1 sync.
 */
export function countOutdated(place: Place): string {
  return (
    `SELECT count(*) FROM ${WINNERS} AS w LEFT JOIN (SELECT "id", "order" FROM ${ledger(place)} ` +
    `WHERE "sync" = $1 AND "id" IN (SELECT id FROM ${WINNERS} WHERE replaces IS NOT NULL)) AS l ON l."id" = w.id ` +
    `WHERE w.replaces IS NOT NULL AND w.replaces <> coalesce(l."order", '')`
  );
}

/** Removes the rows of every document that names this table, by the shapes that do. */
export function deleteRows(place: Place, table: Table, shapes: readonly number[]): string {
  return `DELETE FROM ${qualified(place, table.name)} WHERE "_file_key" IN (SELECT id FROM ${WINNERS} WHERE shape IN (${shapes.join(', ')}))`;
}

/** Writes the rows of the documents that are applied. */
export function insertRows(place: Place, { table, index }: TablePlan): string {
  const names = table.columns.map((column) => quote(column.name));
  const staged = table.columns.map((_, at) => `s.c${at}`);
  return (
    `INSERT INTO ${qualified(place, table.name)} (${['"_file_key"', '"_row"', ...names].join(', ')}) ` +
    `SELECT ${['w.id', 's.r', ...staged].join(', ')} ` +
    `FROM temp.main.${stagedRows(index)} AS s JOIN ${WINNERS} AS w ON w.seq = s.seq`
  );
}

/** What a page of ledger lines is narrowed by. */
export interface LinesFilter {
  readonly ids: boolean;
  readonly status: boolean;
}

/**
 * A page of ledger lines after an id, each as one text: reading three costs the driver three times as much. None
 * of the three has a blank in it. $1 sync, $2 the id before, $3 how many, then ids as a
 * JSON array, then status.
 */
export function readLines(place: Place, filter: LinesFilter): string {
  const conditions = ['"sync" = $1', '"id" > $2'];
  if (filter.ids) conditions.push(`"id" IN (SELECT unnest(from_json($4::JSON, '["VARCHAR"]')))`);
  if (filter.status) conditions.push(`"status" = $${filter.ids ? 5 : 4}`);
  return `SELECT "id" || ' ' || "status" || ' ' || "order" FROM ${ledger(place)} WHERE ${conditions.join(' AND ')} ORDER BY "id" LIMIT $3`;
}

/** How many bytes the texts of one document have in a table. $1 its id. */
export function measureTexts(place: Place, plan: RowsPlan): string {
  const sizes = [...plan.found]
    .filter(({ type }) => isText(type))
    .map(({ name }) => `coalesce(strlen(${quote(name)}), 0)`);
  return `SELECT sum(${['0', ...sizes].join(' + ')})::BIGINT ${ofDocuments(place, plan, 'one')}`;
}

/** How many rows a table has. */
export function countRows(place: Place, table: string): string {
  return `SELECT count(*) FROM ${qualified(place, table)}`;
}

/** What is to be read of a table. */
export interface RowsPlan {
  readonly table: Table;
  /** The columns that the stored table has; the others read as null. */
  readonly found: ReadonlySet<Column>;
  readonly hidesRowid: boolean;
}

/**
 * The rows of one document ($1 its id) or of many ($1 their ids as a JSON array), in order. The condition on
 * `rowid` always holds: with it DuckDB unpacks long texts one by one, without it 2,048 at once, which
 * may be more than the memory limit.
 */
export function readRows(place: Place, plan: RowsPlan, which: 'one' | 'many'): string {
  const { table, found } = plan;
  const values = table.columns.map((column) =>
    found.has(column) ? selected(column.type, quote(column.name)) : 'NULL',
  );
  return `SELECT ${['"_file_key"', ...values].join(', ')} ${ofDocuments(place, plan, which)} ORDER BY "_file_key", "_row"`;
}

function ofDocuments(place: Place, { table, hidesRowid }: RowsPlan, which: 'one' | 'many'): string {
  const ids = which === 'one' ? '= $1' : `IN (SELECT unnest(from_json($1::JSON, '["VARCHAR"]')))`;
  return `FROM ${qualified(place, table.name)} WHERE "_file_key" ${ids}${hidesRowid ? '' : ' AND rowid >= 0'}`;
}

/** Forgets the state and the ledger of a sync. $1 sync, in each. */
export function forget(place: Place): readonly string[] {
  return [
    `DELETE FROM ${states(place)} WHERE "sync" = $1`,
    `DELETE FROM ${ledger(place)} WHERE "sync" = $1`,
  ];
}
