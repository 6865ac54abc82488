import type { Column, Table } from '@tdp-sync/sink';
import { literal, quote } from './names.ts';
import { hasRoom } from './row-room.ts';
import { BINARY, ID, KEY, ORDER, selected, sqlType, TEXT } from './values.ts';

/** A name within the schema. */
export function qualified(schema: string, name: string): string {
  return `${quote(schema)}.${quote(name)}`;
}

/** The table with the state of each sync. */
export function states(schema: string): string {
  return `${quote(schema)}.[_tdp_sync_state]`;
}

/** The table with a line for each document. */
export function ledger(schema: string): string {
  return `${quote(schema)}.[_tdp_sync_documents]`;
}

/** What is recorded of the rows of a document: see `records.ts`. Names in it are digests, so that a byte per character does. */
const RECORDS = `[rows] varchar(max) ${BINARY} NULL`;

/**
 * What is known of the server before anything is asked of it, as one row. Whether it compresses: every edition does since SQL Server 2016 SP1
 * (https://learn.microsoft.com/sql/sql-server/editions-and-components-of-sql-server-2017), Babelfish does not. Its compatibility level is of no
 * account, and a server that is not it knows no such property (https://learn.microsoft.com/sql/t-sql/functions/serverproperty-transact-sql).
 */
export const READ_SERVER: string =
  "SELECT CASE WHEN SERVERPROPERTY('Babelfish') IS NULL AND CONVERT(int, SERVERPROPERTY('EngineEdition')) IN (2, 3, 4, 5, 8, 12) THEN 1 ELSE 0 END AS [compresses], " +
  "CASE WHEN SERVERPROPERTY('Babelfish') IS NULL THEN (SELECT CONVERT(int, d.[compatibility_level]) FROM sys.databases AS d WHERE d.[name] = DB_NAME()) END AS [level], " +
  '(SELECT CONVERT(int, d.[is_read_committed_snapshot_on]) FROM sys.databases AS d WHERE d.[name] = DB_NAME()) AS [reads_snapshots]';

/**
 * Whether the catalogue tells `a` from `A` in names: 1 or 0. It need not compare as the database does
 * (https://learn.microsoft.com/sql/t-sql/statements/create-database-transact-sql, CATALOG_COLLATION), so it is asked for a table by another case.
 */
export function ignoresCase(schema: string): string {
  return `SELECT CASE WHEN EXISTS (SELECT 1 FROM INFORMATION_SCHEMA.TABLES WHERE ${named(schema, ['_TDP_SYNC_STATE'])}) THEN 1 ELSE 0 END AS [ignores_case]`;
}

/**
 * Creates schema and bookkeeping where missing. Each is a batch of its own, to be tried a second time on
 * any error: guard and CREATE are not one step, and another runner may be at the same.
 */
export function bookkeeping(schema: string, compresses: boolean): readonly string[] {
  return [
    `IF SCHEMA_ID(${literal(schema)}) IS NULL EXEC(${literal(`CREATE SCHEMA ${quote(schema)}`)})`,
    `${unlessTable(schema, '_tdp_sync_state')} CREATE TABLE ${states(schema)} ` +
      `([sync] ${KEY} NOT NULL, [state] ${TEXT} NOT NULL, PRIMARY KEY ([sync]))`,
    `${unlessTable(schema, '_tdp_sync_documents')} CREATE TABLE ${ledger(schema)} ` +
      `([sync] ${KEY} NOT NULL, [id] ${ID} NOT NULL, [order] ${ORDER} NOT NULL, [status] varchar(8) NOT NULL, ` +
      `${RECORDS}, PRIMARY KEY ([sync], [id])${compression(compresses)})`,
    // A ledger that an older version made.
    `${unlessColumn(schema, '_tdp_sync_documents', 'rows')} ALTER TABLE ${ledger(schema)} ADD ${RECORDS}`,
  ];
}

/** https://learn.microsoft.com/sql/relational-databases/data-compression/data-compression */
function compression(compresses: boolean): string {
  return compresses ? ' WITH (DATA_COMPRESSION = PAGE)' : '';
}

/** Creates a table of the target unless it is there. Its rows are stored by document: replacing one reads no others. */
export function createTable(schema: string, table: Table, compresses: boolean): string {
  const { name, columns } = table;
  const own = [`[_file_key] ${ID} NOT NULL`, '[_row] int NOT NULL'];
  const given = columns.map((column) => `${quote(column.name)} ${sqlType(column.type)} NULL`);
  // Compression takes some room, too: a table that is too wide for it could not be created.
  const options = compression(compresses && hasRoom(table));
  const key = `PRIMARY KEY CLUSTERED ([_file_key], [_row])${options}`;
  return `${unlessTable(schema, name)} CREATE TABLE ${qualified(schema, name)} (${[...own, ...given, key].join(', ')})`;
}

/** Adds a column unless it is there. One per statement: not every server takes more. */
export function addColumn(schema: string, table: string, { name, type }: Column): string {
  return `${unlessColumn(schema, table, name)} ALTER TABLE ${qualified(schema, table)} ADD ${quote(name)} ${sqlType(type)} NULL`;
}

/**
 * What there is by these names: two result sets, of tables and views, and of their columns. The server
 * compares the names, by the rules that it would hold a new one to.
 */
export function readSchema(schema: string, tables: readonly string[]): string {
  return (
    `SELECT TABLE_NAME AS [name], TABLE_TYPE AS [type] FROM INFORMATION_SCHEMA.TABLES WHERE ${named(schema, tables)};\n` +
    'SELECT TABLE_NAME AS [table], COLUMN_NAME AS [name], DATA_TYPE AS [type], CHARACTER_MAXIMUM_LENGTH AS [length], ' +
    'NUMERIC_PRECISION AS [precision], NUMERIC_SCALE AS [scale], DATETIME_PRECISION AS [fraction] ' +
    `FROM INFORMATION_SCHEMA.COLUMNS WHERE ${named(schema, tables)}`
  );
}

/** The state of a sync. @sync. */
export function readState(schema: string): string {
  return `SELECT [state] FROM ${states(schema)} WHERE [sync] = @sync`;
}

/**
 * For what reads texts and may sort or hash them. A server grants memory for 4,000 bytes of each, so that 20,000 rows with 20 texts
 * ask for 1.6 GB (https://learn.microsoft.com/sql/t-sql/queries/hints-transact-sql-query). So much is a tenth of what a statement may have.
 */
export const CAPPED = ' OPTION (MAX_GRANT_PERCENT = 10)';

/**
 * Ids that are given as a JSON array in @ids. Of the key's own type, so that the key can be searched by them; that of a table which
 * an older version made is wider, and what is narrower becomes it.
 */
export const IDS: string = idsAs('char(32)');

/** The same, where others may have written ids of any length. `isWide`: into a table that an older version made. */
export function anyIds(isWide: boolean): string {
  return isWide ? idsAs('nvarchar(128)') : idsAs('char(32)', ' WHERE LEN(j.[value]) <= 32');
}

function idsAs(type: string, where = ''): string {
  return `(SELECT CONVERT(${type}, j.[value]) ${BINARY} FROM OPENJSON(@ids) AS j${where})`;
}

const STATUS = ' AND [status] = @status';

/** The next lines of the ledger. @sync, @after the id before, and @status where asked for. */
export function readLines(schema: string, lines: number, hasStatus: boolean): string {
  return (
    `SELECT TOP (${lines}) [id], [order], [status] FROM ${ledger(schema)} ` +
    `WHERE [sync] = @sync AND [id] > @after${hasStatus ? STATUS : ''} ORDER BY [id]`
  );
}

/**
 * The lines of these documents. @sync, @ids as a JSON array, and @status where asked for. Not as a page: told to
 * stop early, a server may read the ledger from its beginning and look each line up among the ids.
 */
export function readLinesOf(schema: string, hasStatus: boolean): string {
  return (
    `SELECT [id], [order], [status] FROM ${ledger(schema)} ` +
    `WHERE [sync] = @sync AND [id] IN ${IDS}${hasStatus ? STATUS : ''} ORDER BY [id]`
  );
}

/**
 * The rows of some documents, in order. @ids a JSON array. Columns that the table lacks are null. The lock on the
 * table lasts as long as the statement: without it a commit could come between two rows of one document
 * in a database that does not read snapshots, and with it commits would wait in one that does
 * (https://learn.microsoft.com/sql/t-sql/statements/set-transaction-isolation-level-transact-sql).
 */
export function readRows(
  schema: string,
  table: Table,
  found: ReadonlySet<Column>,
  readsSnapshots: boolean,
): string {
  const lock = readsSnapshots ? '' : ' WITH (TABLOCK)';
  const values = table.columns.map((column, at) => {
    const value = found.has(column) ? selected(column.type, `t.${quote(column.name)}`) : 'NULL';
    return `${value} AS [c${at}]`;
  });
  return (
    `SELECT ${['t.[_file_key] AS [id]', ...values].join(', ')} FROM ${qualified(schema, table.name)} AS t${lock} ` +
    `WHERE t.[_file_key] IN ${IDS} ORDER BY t.[_file_key], t.[_row]`
  );
}

/** Forgets the state and the ledger of a sync, both or neither. @sync. */
export function forget(schema: string): string {
  return (
    'SET XACT_ABORT ON; BEGIN TRANSACTION; ' +
    `DELETE FROM ${states(schema)} WHERE [sync] = @sync; DELETE FROM ${ledger(schema)} WHERE [sync] = @sync; ` +
    'COMMIT TRANSACTION'
  );
}

function unlessTable(schema: string, table: string): string {
  return `IF NOT EXISTS (SELECT 1 FROM INFORMATION_SCHEMA.TABLES WHERE ${named(schema, [table])})`;
}

function unlessColumn(schema: string, table: string, column: string): string {
  return `IF NOT EXISTS (SELECT 1 FROM INFORMATION_SCHEMA.COLUMNS WHERE ${named(schema, [table])} AND ${asName('COLUMN_NAME')} = ${literal(column)})`;
}

/** Converted, names of any script are found on servers of other makes, too. On SQL Server that is what they are. */
function named(schema: string, tables: readonly string[]): string {
  const [only = '', ...others] = tables;
  const condition =
    others.length === 0 ? `= ${literal(only)}` : `IN (${tables.map(literal).join(', ')})`;
  return `${asName('TABLE_SCHEMA')} = ${literal(schema)} AND ${asName('TABLE_NAME')} ${condition}`;
}

function asName(column: string): string {
  return `CONVERT(nvarchar(128), ${column})`;
}
