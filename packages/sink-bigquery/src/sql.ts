import type { Column, Table } from '@tdp-sync/sink';
import { type Place, qualified, quote } from './names.ts';
import { selected, sqlType } from './values.ts';

/** The table with the state of each sync. */
export const STATES = '_tdp_sync_state';
/** The table with a line for each document. */
export const LEDGER = '_tdp_sync_documents';

/** Columns of the table with the states: `load` is the load that stored the state, and `applied` how many documents it wrote. */
export const STATE_COLUMNS: readonly Readonly<Record<string, string>>[] = [
  { name: 'sync', type: 'STRING', mode: 'REQUIRED' },
  { name: 'state', type: 'STRING', mode: 'REQUIRED' },
  { name: 'load', type: 'STRING' },
  { name: 'applied', type: 'INT64' },
];

/** Columns of the ledger. */
export const LEDGER_COLUMNS: readonly Readonly<Record<string, string>>[] = [
  { name: 'sync', type: 'STRING', mode: 'REQUIRED' },
  { name: 'id', type: 'STRING', mode: 'REQUIRED' },
  { name: 'order', type: 'STRING', mode: 'REQUIRED' },
  { name: 'status', type: 'STRING', mode: 'REQUIRED' },
  { name: 'rows', type: 'STRING' },
];

/** Adds to a ledger that an older version made what is recorded of rows: see `records.ts`. */
export function addRecords(place: Place): string {
  return `ALTER TABLE ${qualified(place, LEDGER)} ADD COLUMN IF NOT EXISTS \`rows\` STRING`;
}

/** The row that belongs to no sync: the name of a sync is never empty. */
const NO_SYNC = "('', '', NULL, 0)";

/**
 * Puts a row into the table with the states that belongs to no sync. Every commit replaces that row. Two transactions
 * are in conflict only when they change or delete rows of the same table, and two that insert are not
 * (https://cloud.google.com/bigquery/docs/transactions#transaction_concurrency); so without it two first commits of a
 * sync would both come through. Twice does no harm.
 */
export function anchorStates(place: Place): string {
  return `INSERT INTO ${qualified(place, STATES)} (${STATE_NAMES}) VALUES ${NO_SYNC}`;
}

const STATE_NAMES = '`sync`, `state`, `load`, `applied`';

/** Adds columns unless they are there, all in one change of the table. */
export function addColumns(place: Place, table: string, columns: readonly Column[]): string {
  const added = columns.map(
    ({ name, type, description }) =>
      `ADD COLUMN IF NOT EXISTS ${quote(name)} ${sqlType(type)}${described(description)}`,
  );
  return `ALTER TABLE ${qualified(place, table)} ${added.join(', ')}`;
}

function described(description: string | undefined): string {
  return description === undefined ? '' : ` OPTIONS(description=${JSON.stringify(description)})`;
}

/** The state of a sync. @sync. */
export function readState(place: Place): string {
  return `SELECT \`state\` FROM ${qualified(place, STATES)} WHERE \`sync\` = @sync`;
}

/** Ids that are given in @ids. */
const IDS = '(SELECT one FROM UNNEST(@ids) AS one)';
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
    `AND \`id\` IN ${IDS}${hasStatus ? STATUS : ''} ORDER BY \`id\``
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
    `WHERE ${between('`_file_key`', ids)} AND \`_file_key\` IN ${IDS} ORDER BY \`_file_key\`, \`_row\``
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
 * same at the same time is in conflict with it. See {@link anchorStates}.
 */
export function writeStates(place: Place, rows: readonly string[]): readonly string[] {
  const table = qualified(place, STATES);
  return [
    `DELETE FROM ${table} WHERE \`sync\` IN ('', @sync);`,
    `INSERT INTO ${table} (${STATE_NAMES}) VALUES ${[NO_SYNC, ...rows].join(', ')};`,
  ];
}

/** Bounds as literals: only what is known before a statement runs keeps it from reading a whole clustered table. */
export function between(column: string, sorted: readonly string[]): string {
  return `${column} BETWEEN '${sorted[0] ?? ''}' AND '${sorted.at(-1) ?? ''}'`;
}
