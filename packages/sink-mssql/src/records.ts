import { hash } from 'node:crypto';
import type { Column, Table } from '@tdp-sync/sink';
import { quote } from './names.ts';
import type { Fold } from './schema.ts';
import {
  STAGED_DOCUMENTS,
  STAGED_ENTRIES,
  type StagedPlan,
  type TablePlan,
  WINNERS,
} from './session.ts';
import { anyIds, CAPPED, ledger, qualified } from './sql.ts';
import { applied, BINARY, printed } from './values.ts';

/*
 * A line of the ledger records what rows its document has: `,` and then for each table in which it has some an entry and `,`. An
 * entry is a digest of the table's name, the number of rows and their fingerprint, with `:` in between. In the ledger, and as one text, since a
 * table of its own would double the rows that a commit inserts. NULL is what an older version wrote.
 */

/** Stands for the name of a table: digits, so that a text of one byte per character holds it. */
const TABLE_TAG = 8;
/** What a document has that was first committed by an older version: of tables without an entry nothing is known. */
export const UNKNOWN = 'unknown:';

/** What is told apart by the fingerprint of a row. */
interface Cell {
  readonly column: Column;
  readonly value: string;
}

/** CONCAT takes 254. */
const PARTS = 200;

/** How a table is called in records. */
export function tableTag(name: string, fold: Fold): string {
  return hash('md5', fold(name)).slice(0, TABLE_TAG);
}

/** Counts and digests the staged rows of a table. */
export function makeEntries({ table, staged }: StagedPlan, fold: Fold): string {
  const cells = table.columns.map((column, at) => ({
    column,
    value: applied(column.type, `s.[c${at}]`),
  }));
  const rows = `SELECT s.[seq], ${rowFingerprint('s.[r]', cells, fold)} AS [f] FROM ${staged} AS s`;
  return (
    `INSERT INTO ${STAGED_ENTRIES} ([seq], [entry]) SELECT x.[seq], ` +
    `CONCAT('${tableTag(table.name, fold)}:', ${COUNTED}) FROM (${rows}) AS x GROUP BY x.[seq]${CAPPED};`
  );
}

/** Keeps the entries of the tables that a document does not name. To be run before its old line is deleted. @ledger. */
export function keepEntries(schema: string, named: readonly TablePlan[], fold: Fold): string {
  const lines = `FROM ${ledger(schema)} AS l INNER JOIN ${WINNERS} AS w ON w.[id] = l.[id]`;
  return [
    `INSERT INTO ${STAGED_ENTRIES} ([seq], [entry]) SELECT w.[seq], '${UNKNOWN}' ${lines} WHERE l.[sync] = @ledger AND l.[rows] IS NULL;`,
    `INSERT INTO ${STAGED_ENTRIES} ([seq], [entry]) SELECT w.[seq], e.[value] ${lines} ` +
      `CROSS APPLY STRING_SPLIT(l.[rows], ',') AS e WHERE l.[sync] = @ledger AND e.[value] <> ''${unlessNamed(named, fold)};`,
  ].join('\n');
}

/** The record of a winner, from all its entries. What follows SELECT in the INSERT of the ledger's lines. */
export const RECORD: string =
  `CONCAT(',', e.[list], ',') FROM ${WINNERS} AS w LEFT JOIN ` +
  `(SELECT [seq], STRING_AGG(CONVERT(varchar(max), [entry]), ',') AS [list] FROM ${STAGED_ENTRIES} GROUP BY [seq]) AS e ON e.[seq] = w.[seq]`;

/** A stretch of the ledger and of the tables: what is after @after, up to @upto. */
export interface Range {
  readonly hasAfter: boolean;
  readonly hasUpto: boolean;
}

/** The last of the next so many lines, and how many there are. @sync, @after. */
export function nextRange(schema: string, lines: number): string {
  return (
    `SELECT MAX(x.[id]) AS [upto], COUNT(*) AS [lines] FROM (SELECT TOP (${lines}) [id] FROM ${ledger(schema)} ` +
    'WHERE [sync] = @sync AND [id] > @after ORDER BY [id]) AS x'
  );
}

/** A table, and which of its columns are there as they should be: `undefined` if there is no such table. */
export interface ComparedTable {
  readonly table: Table;
  readonly found: ReadonlySet<Column> | undefined;
  /** Whether its `_file_key` is as an older version made it. */
  readonly isWide: boolean;
}

/**
 * The ids in a stretch whose rows may not be as they were recorded. Record and rows may be of two moments, so that each has to be looked
 * at again. @sync, @after and @upto as the stretch has them.
 */
export function findSuspects(
  schema: string,
  compared: ComparedTable,
  range: Range,
  fold: Fold,
): string {
  const entry = `,${tableTag(compared.table.name, fold)}:`;
  const lines = `SELECT [id], [rows] FROM ${ledger(schema)} WHERE [sync] = @sync${within('[id]', range, ' AND ')}`;
  if (compared.found === undefined) {
    return `SELECT l.[id] FROM (${lines}) AS l WHERE l.[rows] IS NULL OR CHARINDEX('${entry}', l.[rows]) > 0`;
  }
  const there = countedRows(schema, compared, within('r.[_file_key]', range, ' WHERE '), fold);
  return (
    // Whoever made a table anew may have given its keys another collation.
    `SELECT COALESCE(l.[id], t.[id] ${BINARY}) AS [id] FROM (${lines}) AS l FULL OUTER JOIN (${there}) AS t ON t.[id] = l.[id] ${BINARY} ` +
    'WHERE l.[id] IS NULL OR l.[rows] IS NULL ' +
    `OR (t.[id] IS NULL AND CHARINDEX('${entry}', l.[rows]) > 0) ` +
    `OR (t.[id] IS NOT NULL AND CHARINDEX(CONCAT('${entry}', t.[counted], ','), l.[rows]) = 0)`
  );
}

/** Number and fingerprint of the rows of some documents. @ids as a JSON array. */
export function countRows(schema: string, compared: ComparedTable, fold: Fold): string {
  return countedRows(schema, compared, ` WHERE r.[_file_key] IN ${anyIds(compared.isWide)}`, fold);
}

/** The records of some documents. @sync, @ids as a JSON array. */
export function readRecords(schema: string): string {
  return `SELECT [id], [order], [rows] FROM ${ledger(schema)} WHERE [sync] = @sync AND [id] IN ${anyIds(false)}`;
}

/** As an entry has them. Of `x.[f]`, the fingerprints of rows. */
const COUNTED = "COUNT_BIG(*), ':', SUM(x.[f]) % CONVERT(bigint, 4294967296)";

function countedRows(
  schema: string,
  { table, found }: ComparedTable,
  where: string,
  fold: Fold,
): string {
  const cells = table.columns
    .filter((column) => found?.has(column))
    .map((column) => ({ column, value: `r.${quote(column.name)}` }));
  const rows = `SELECT r.[_file_key] AS [id], ${rowFingerprint('r.[_row]', cells, fold)} AS [f] FROM ${qualified(schema, table.name)} AS r${where}`;
  return `SELECT x.[id], CONCAT(${COUNTED}) AS [counted] FROM (${rows}) AS x GROUP BY x.[id]`;
}

function within(column: string, { hasAfter, hasUpto }: Range, before: string): string {
  const bounds = [
    ...(hasAfter ? [`${column} > @after`] : []),
    ...(hasUpto ? [`${column} <= @upto`] : []),
  ];
  return bounds.length === 0 ? '' : `${before}${bounds.join(' AND ')}`;
}

function unlessNamed(named: readonly TablePlan[], fold: Fold): string {
  if (named.length === 0) return '';
  const tags = named.map(({ table, index }) => `(${index}, '${tableTag(table.name, fold)}')`);
  return (
    ` AND NOT EXISTS (SELECT 1 FROM ${STAGED_DOCUMENTS} AS n INNER JOIN (VALUES ${tags.join(', ')}) AS g ([t], [tag]) ON g.[t] = n.[t] ` +
    `WHERE n.[seq] = w.[seq] AND g.[tag] = LEFT(e.[value], ${TABLE_TAG}) ${BINARY})`
  );
}

/**
 * The fingerprint of a row, 32 bits of a digest as a bigint: of its number and of all its cells, in the order of their names. `+`
 * makes null of a cell that is null, and CONCAT nothing, so that a column more changes nothing.
 */
function rowFingerprint(row: string, cells: readonly Cell[], fold: Fold): string {
  const tagged = cells
    .map(({ column, value }) => ({ column, value, name: fold(column.name) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(
      ({ column, value, name }) =>
        `N'|${hash('md5', name, 'base64').slice(0, 4)}' + ${printed(column.type, value)}`,
    );
  const text = concat(`CONVERT(nvarchar(max), ${row})`, tagged);
  return `CONVERT(bigint, SUBSTRING(HASHBYTES('SHA2_256', ${text}), 1, 4))`;
}

/** The first is an nvarchar(max), or the rest would be cut at 4,000 characters. */
function concat(first: string, parts: readonly string[]): string {
  if (parts.length <= PARTS) return `CONCAT(${[first, "N''", ...parts].join(', ')})`;
  const portions: string[] = [];
  for (let at = 0; at < parts.length; at += PARTS) {
    portions.push(concat("CONVERT(nvarchar(max), N'')", parts.slice(at, at + PARTS)));
  }
  return concat(first, portions);
}
