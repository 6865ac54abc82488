import type { Column, Table } from '@tdp-sync/sink';
import { type Place, qualified, quote } from './names.ts';
import { selected, sqlType } from './values.ts';

/** The table with the state of each sync. */
export const STATES = '_tdp_sync_state';
/** The table with a line for each document. */
export const LEDGER = '_tdp_sync_documents';

/**
 * Creates the table with the states, with one row in it that belongs to no sync: the name of a sync is never empty.
 * Every commit writes that row. Two transactions are in conflict only when they change or delete rows of the same
 * table, and two that insert are not (https://cloud.google.com/bigquery/docs/transactions#transaction_concurrency); so
 * without it two first commits of a sync would both come through. As one statement, so that there is only one.
 */
export function createStates(place: Place): string {
  return (
    `CREATE TABLE IF NOT EXISTS ${qualified(place, STATES)} ` +
    "(`sync` STRING NOT NULL, `state` STRING NOT NULL, `load` STRING, `applied` INT64) DEFAULT COLLATE '' " +
    "AS SELECT '' AS `sync`, '' AS `state`, CAST(NULL AS STRING) AS `load`, 0 AS `applied`"
  );
}

/** Adds columns unless they are there, all in one change of the table. */
export function addColumns(place: Place, table: string, columns: readonly Column[]): string {
  const added = columns.map(
    ({ name, type }) => `ADD COLUMN IF NOT EXISTS ${quote(name)} ${sqlType(type)}`,
  );
  return `ALTER TABLE ${qualified(place, table)} ${added.join(', ')}`;
}

/** The state of a sync. @sync. */
export function readState(place: Place): string {
  return `SELECT \`state\` FROM ${qualified(place, STATES)} WHERE \`sync\` = @sync`;
}

const STATUS = ' AND `status` = @status';
const LINE = '`id`, `order`, `status`';

/** The next lines of the ledger. @sync, and @status where asked for. `after` is an id, or empty. */
export function readLines(place: Place, after: string, lines: number, hasStatus: boolean): string {
  const rest = after === '' ? '' : ` AND \`id\` > '${after}'`;
  return (
    `SELECT ${LINE} FROM ${qualified(place, LEDGER)} WHERE \`sync\` = @sync${rest}${hasStatus ? STATUS : ''} ` +
    `ORDER BY \`id\` LIMIT ${lines}`
  );
}

/** The lines of these documents. @sync, @ids, and @status where asked for. The ids are sorted. */
export function readLinesOf(place: Place, ids: readonly string[], hasStatus: boolean): string {
  return (
    `SELECT ${LINE} FROM ${qualified(place, LEDGER)} WHERE \`sync\` = @sync AND ${between('`id`', ids)} ` +
    `AND \`id\` IN UNNEST(@ids)${hasStatus ? STATUS : ''} ORDER BY \`id\``
  );
}

/** The rows of some documents, in order. @ids. The ids are sorted. Columns that the table lacks are null. */
export function readRows(
  place: Place,
  table: Table,
  found: ReadonlySet<Column>,
  ids: readonly string[],
): string {
  const values = table.columns.map((column, at) => {
    const value = found.has(column)
      ? selected(column.type, quote(column.name))
      : 'CAST(NULL AS STRING)';
    return `${value} AS c${at}`;
  });
  return (
    `SELECT ${['`_file_key` AS id', ...values].join(', ')} FROM ${qualified(place, table.name)} ` +
    `WHERE ${between('`_file_key`', ids)} AND \`_file_key\` IN UNNEST(@ids) ORDER BY \`_file_key\`, \`_row\``
  );
}

/** Forgets the state and the ledger of a sync, both or neither. @sync. */
export function forget(place: Place): string {
  return [
    'BEGIN TRANSACTION;',
    ...writeStates(place, []),
    `DELETE FROM ${qualified(place, LEDGER)} WHERE \`sync\` = @sync;`,
    'COMMIT TRANSACTION;',
  ].join('\n');
}

/**
 * Replaces the row of @sync by the ones given, and the row that belongs to no sync by itself: whatever else does the
 * same at the same time is in conflict with it.
 */
export function writeStates(place: Place, rows: readonly string[]): readonly string[] {
  const table = qualified(place, STATES);
  return [
    `DELETE FROM ${table} WHERE \`sync\` IN ('', @sync);`,
    `INSERT INTO ${table} (\`sync\`, \`state\`, \`load\`, \`applied\`) VALUES ${["('', '', NULL, 0)", ...rows].join(', ')};`,
  ];
}

/** Bounds as literals: only what is known before a statement runs keeps it from reading a whole clustered table. */
export function between(column: string, sorted: readonly string[]): string {
  return `${column} BETWEEN '${sorted[0] ?? ''}' AND '${sorted.at(-1) ?? ''}'`;
}
