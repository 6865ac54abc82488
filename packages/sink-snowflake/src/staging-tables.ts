import { literal, named, type Place, qualified, quote } from './names.ts';
import type { TablePlan } from './plan.ts';
import { stagedEntries, stagedValue } from './records.ts';
import { bookkeeping, LEDGER } from './sql.ts';

/*
 * What a load has in its session alone. The names are no user's: the contract reserves them. Statements here may be carried out twice, since
 * the driver sends one again whose answer was lost; each is written so that the second time changes nothing.
 */

/** The temporary tables: lines as they were sent, the documents that win, and what is recorded of the rows of each. */
export const PREPARE_STAGING: readonly string[] = [
  'CREATE OR REPLACE TEMPORARY TABLE _TDP_SYNC_STAGED (V VARIANT)',
  'CREATE OR REPLACE TEMPORARY TABLE _TDP_SYNC_ENTRIES (PART NUMBER(10,0), SEQ NUMBER(10,0), ENTRY VARCHAR)',
  'CREATE OR REPLACE TEMPORARY TABLE _TDP_SYNC_WINNERS (SEQ NUMBER(10,0), ID VARCHAR, ORD VARCHAR, STATUS VARCHAR, SHAPE NUMBER(10,0), PATTERN VARCHAR)',
];

/** Sends the nth file into the stage of the table, which is the session's own as well. */
export function putFile(number: number): string {
  return `PUT file:///tdp-sync/lines.json.gz @%_TDP_SYNC_STAGED/${number} AUTO_COMPRESS=FALSE SOURCE_COMPRESSION=GZIP OVERWRITE=TRUE`;
}

/** Reads all files, each once. Of a doubled key the last stays; without that option it would be an error. */
export const COPY_LINES =
  'COPY INTO _TDP_SYNC_STAGED FROM @%_TDP_SYNC_STAGED FILE_FORMAT = (TYPE = JSON ALLOW_DUPLICATE = TRUE) PURGE = TRUE';

/** How many lines there are: the driver says nothing of a file that did not get to the stage. */
export const COUNT_LINES = 'SELECT TO_VARCHAR(COUNT(*)) FROM _TDP_SYNC_STAGED';

/** How many documents have won, and whether the transaction is still the one in which they did. */
export const COUNT_WINNERS =
  'SELECT TO_VARCHAR(COUNT(*)), TO_VARCHAR(CURRENT_TRANSACTION()) FROM _TDP_SYNC_WINNERS';

/** Records the rows of some tables, as one part. */
export function recordRows(plans: readonly TablePlan[], part: number): string {
  return (
    `INSERT INTO _TDP_SYNC_ENTRIES (PART, SEQ, ENTRY) SELECT ${part}, e.SEQ, e.ENTRY FROM (${plans.map(stagedEntries).join(' UNION ALL ')}) AS e ` +
    `WHERE NOT EXISTS (SELECT 1 FROM _TDP_SYNC_ENTRIES WHERE PART = ${part})`
  );
}

/** Decides who wins: of each document the greatest order, of equal orders the first, and only over a smaller one. */
export function pickWinners(place: Place, sync: string): string {
  const order = named(place, 'order');
  return (
    'INSERT INTO _TDP_SYNC_WINNERS (SEQ, ID, ORD, STATUS, SHAPE, PATTERN) SELECT d.SEQ, d.ID, d.ORD, d.STATUS, d.SHAPE, g.PATTERN ' +
    "FROM (SELECT V['s']::NUMBER(10,0) AS SEQ, V['id']::VARCHAR AS ID, V['o']::VARCHAR AS ORD, V['st']::VARCHAR AS STATUS, " +
    "V['h']::NUMBER(10,0) AS SHAPE FROM _TDP_SYNC_STAGED WHERE V['t']::NUMBER(10,0) = -1) AS d " +
    "JOIN (SELECT V['h']::NUMBER(10,0) AS SHAPE, V['p']::VARCHAR AS PATTERN FROM _TDP_SYNC_STAGED WHERE V['t']::NUMBER(10,0) = -3) AS g " +
    'ON g.SHAPE = d.SHAPE ' +
    `LEFT JOIN ${bookkeeping(place, LEDGER)} AS l ON l.${named(place, 'sync')} = ${literal(sync)} AND l.${named(place, 'id')} = d.ID ` +
    `WHERE (l.${named(place, 'id')} IS NULL OR l.${order} < d.ORD) AND NOT EXISTS (SELECT 1 FROM _TDP_SYNC_WINNERS) ` +
    // Where the server has ended the transaction, nobody wins.
    'AND CURRENT_TRANSACTION() IS NOT NULL ' +
    'QUALIFY ROW_NUMBER() OVER (PARTITION BY d.ID ORDER BY d.ORD DESC, d.SEQ) = 1'
  );
}

/** How many winners were made against another line than the stored one; no line is the empty text. */
export function countOutdated(place: Place, sync: string): string {
  const order = named(place, 'order');
  return (
    'SELECT TO_VARCHAR(COUNT(*)) FROM _TDP_SYNC_WINNERS AS w ' +
    "JOIN _TDP_SYNC_STAGED AS d ON d.V['t']::NUMBER(10,0) = -1 AND d.V['s']::NUMBER(10,0) = w.SEQ " +
    `LEFT JOIN ${bookkeeping(place, LEDGER)} AS l ON l.${named(place, 'sync')} = ${literal(sync)} AND l.${named(place, 'id')} = w.ID ` +
    `WHERE d.V['x']::VARCHAR <> COALESCE(l.${order}, '')`
  );
}

/** Removes the rows of the winners that name this table. */
export function deleteRows(place: Place, { stored, index }: TablePlan): string {
  return (
    `DELETE FROM ${qualified(place, stored)} WHERE ${named(place, '_file_key')} IN ` +
    "(SELECT w.ID FROM _TDP_SYNC_WINNERS AS w JOIN (SELECT V['h']::NUMBER(10,0) AS SHAPE FROM _TDP_SYNC_STAGED " +
    `WHERE V['t']::NUMBER(10,0) = -2 AND V['n']::NUMBER(10,0) = ${index}) AS n ON n.SHAPE = w.SHAPE)`
  );
}

/** Writes the rows of the winners. */
export function insertRows(place: Place, { stored, index, columns }: TablePlan): string {
  const key = named(place, '_file_key');
  const names = columns.map((column) => quote(column.stored));
  const values = columns.map(stagedValue);
  return (
    `INSERT INTO ${qualified(place, stored)} (${[key, named(place, '_row'), ...names].join(', ')}) ` +
    `SELECT ${['w.ID', "r.V['r']::NUMBER(10,0)", ...values].join(', ')} ` +
    "FROM _TDP_SYNC_STAGED AS r JOIN _TDP_SYNC_WINNERS AS w ON w.SEQ = r.V['s']::NUMBER(10,0) " +
    `WHERE r.V['t']::NUMBER(10,0) = ${index} ` +
    `AND NOT EXISTS (SELECT 1 FROM ${qualified(place, stored)} AS x WHERE x.${key} = w.ID)`
  );
}

/** Writes the lines of the winners: those that are there, then those that are not. Entries of tables that a document does not name stay. */
export function writeLines(place: Place, sync: string): readonly string[] {
  const [syncs, id, order, status, rows] = ['sync', 'id', 'order', 'status', 'rows'].map((name) =>
    named(place, name),
  );
  const ledger = bookkeeping(place, LEDGER);
  const kept = `CASE WHEN NEW_PATTERN = '' THEN ${rows} ELSE REGEXP_REPLACE(${rows}, NEW_PATTERN, '') END`;
  return [
    `UPDATE ${ledger} SET ${order} = NEW_ORDER, ${status} = NEW_STATUS, ${rows} = ${kept} || NEW_ROWS ` +
      `FROM (${NEW_LINES}) AS n WHERE ${syncs} = ${literal(sync)} AND ${id} = NEW_ID`,
    `INSERT INTO ${ledger} (${[syncs, id, order, status, rows].join(', ')}) ` +
      `SELECT ${literal(sync)}, n.NEW_ID, n.NEW_ORDER, n.NEW_STATUS, n.NEW_ROWS FROM (${NEW_LINES}) AS n ` +
      `WHERE NOT EXISTS (SELECT 1 FROM ${ledger} AS l WHERE l.${syncs} = ${literal(sync)} AND l.${id} = n.NEW_ID)`,
  ];
}

/** The lines of the winners, with what is recorded of their rows. No column is called as one of the ledger. */
const NEW_LINES =
  "SELECT w.ID AS NEW_ID, w.ORD AS NEW_ORDER, w.STATUS AS NEW_STATUS, w.PATTERN AS NEW_PATTERN, COALESCE(e.LIST, '') AS NEW_ROWS " +
  'FROM _TDP_SYNC_WINNERS AS w LEFT JOIN ' +
  "(SELECT SEQ, LISTAGG(ENTRY, '') AS LIST FROM _TDP_SYNC_ENTRIES GROUP BY SEQ) AS e ON e.SEQ = w.SEQ";
