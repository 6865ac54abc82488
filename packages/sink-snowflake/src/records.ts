import { hash } from 'node:crypto';
import { literal, named, type Place, qualified, quote } from './names.ts';
import type { StoredColumn, TablePlan } from './plan.ts';
import { bookkeeping, LEDGER } from './sql.ts';
import { applied, selected } from './values.ts';

/*
 * A line of the ledger records what rows its document has: for each table in which it has some an entry and `,`. An entry is a digest of
 * the table's name, the number of rows and their fingerprint, with `:` in between. In the ledger, and as one text, since a table of
 * its own would have more lines than the ledger.
 */

/** Stands for the name of a table. */
const TAG = 8;
/** Where the rows of a table are staged: `s` says of which document, `r` is the number of a row. */
const STAGED = '_TDP_SYNC_STAGED';
/** What the fingerprint of a row is below: 2^32. */
const MODULUS = 4_294_967_296;

/** How a table is called in records. */
export function tableTag(stored: string): string {
  return hash('sha256', stored).slice(0, TAG);
}

/** What a regular expression finds the entries of these tables by. A count and a fingerprint before a comma look like no entry. */
export function entriesOf(tags: readonly string[]): string {
  return `(${tags.join('|')}):[0-9]+:[0-9]+,`;
}

/** The nth value of the staged row `v`, as its column has it. */
export function stagedValue({ column, type }: StoredColumn, at: number): string {
  return applied(column.type, type, `r.V['c']['${at}']`);
}

/** Counts and digests the staged rows of one table: `SEQ` of each document that has some, and its entry. */
export function stagedEntries({ stored, columns, index }: TablePlan): string {
  const cells = columns.map((column, at) => cell(column, stagedValue(column, at)));
  const row = "r.V['r']::NUMBER(10,0)";
  return (
    `SELECT r.V['s']::NUMBER(10,0) AS SEQ, '${tableTag(stored)}:' || ${counted(row, cells)} || ',' AS ENTRY ` +
    `FROM ${STAGED} AS r WHERE r.V['t']::NUMBER(10,0) = ${index} GROUP BY r.V['s']::NUMBER(10,0)`
  );
}

/** A table and what of it is to be compared: `undefined` if there is no such table. */
export interface ComparedTable {
  readonly stored: string;
  readonly found: readonly StoredColumn[] | undefined;
}

/** Where the rows of one table are not those that the ledger records: the place of the table, id, rows recorded and rows found. */
export function findDamages(
  place: Place,
  sync: string,
  { stored, found }: ComparedTable,
  at: number,
): string {
  const tag = tableTag(stored);
  const entry = `COALESCE(REGEXP_SUBSTR(l.RECORD, '${tag}:[0-9]+:[0-9]+'), '')`;
  const lines =
    `SELECT ${named(place, 'id')} AS ID, ${named(place, 'rows')} AS RECORD FROM ${bookkeeping(place, LEDGER)} ` +
    `WHERE ${named(place, 'sync')} = ${literal(sync)}`;
  return (
    `SELECT '${at}' AS "p", COALESCE(l.ID, x.ID) AS "i", COALESCE(NULLIF(SPLIT_PART(${entry}, ':', 2), ''), '0') AS "n", ` +
    `COALESCE(SPLIT_PART(x.COUNTED, ':', 1), '0') AS "m" FROM (${lines}) AS l ` +
    `FULL JOIN (${countedRows(place, stored, found)}) AS x ON x.ID = l.ID ` +
    `WHERE ${entry} <> COALESCE('${tag}:' || x.COUNTED, '')`
  );
}

function countedRows(
  place: Place,
  stored: string,
  found: readonly StoredColumn[] | undefined,
): string {
  if (found === undefined) return "SELECT '' AS ID, '' AS COUNTED WHERE 1 = 0";
  const cells = found.map((column) => cell(column, `r.${quote(column.stored)}`));
  const key = `r.${named(place, '_file_key')}`;
  return (
    `SELECT COALESCE(${key}, '') AS ID, ${counted(`r.${named(place, '_row')}`, cells)} AS COUNTED ` +
    `FROM ${qualified(place, stored)} AS r GROUP BY ${key}`
  );
}

interface Cell {
  readonly name: string;
  readonly text: string;
}

/** A cell as a text: nothing for null. Its own digest, so that the text of a row stays short. */
function cell({ column, stored, type }: StoredColumn, value: string): Cell {
  const tag = hash('sha256', stored).slice(0, TAG);
  return {
    name: stored,
    text: `COALESCE('${tag}' || MD5(${selected(column.type, type, value)}), '')`,
  };
}

/** Number and fingerprint of rows, as an entry has them: the sum of those of the rows, each of its number and of its cells in the order of their names. */
function counted(row: string, cells: readonly Cell[]): string {
  const sorted = cells.toSorted((a, b) => (a.name < b.name ? -1 : 1)).map(({ text }) => text);
  const text = joined([`TO_VARCHAR(${row})`, ...sorted]);
  return `TO_VARCHAR(COUNT(*)) || ':' || TO_VARCHAR(SUM(MOD(MD5_NUMBER_LOWER64(${text}), ${MODULUS}))::NUMBER(38,0))`;
}

/** How many texts are put together at once. */
const JOINED = 50;

/**
 * Texts as one, in groups of groups: a thousand of them side by side may be taken for as deep as they are many. None is null; COALESCE
 * keeps the groups from being made one again.
 */
function joined(texts: readonly string[]): string {
  if (texts.length <= JOINED) return `CONCAT(${texts.join(', ')})`;
  const size = Math.ceil(texts.length / JOINED);
  const groups = Array.from({ length: Math.ceil(texts.length / size) }, (_, at) =>
    texts.slice(at * size, (at + 1) * size),
  );
  return joined(groups.map((group) => `COALESCE(${joined(group)}, '')`));
}
