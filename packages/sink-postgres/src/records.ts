import { hash } from 'node:crypto';
import { literal, quote } from './names.ts';
import type { StoredColumn, TablePlan } from './plan.ts';
import { stagedRows } from './plan.ts';
import { LEDGER, qualified } from './sql.ts';

/*
 * A line of the ledger records what rows its document has: `,` and then for each table in which it has some an entry and `,`. An
 * entry is a digest of the table's name, the number of rows and their fingerprint, with `:` in between. In the ledger, and as one text, since a
 * table of its own would double the rows that a commit writes.
 */

/** Stands for the name of a table. */
const TAG = 8;

/** How a table is called in records. */
export function tableTag(stored: string): string {
  return hash('sha256', stored).slice(0, TAG);
}

/** What a regular expression finds the entries of these tables by, behind their comma. */
export function entriesOf(plans: readonly TablePlan[]): string {
  return `(?<=,)(?:${plans.map(({ stored }) => tableTag(stored)).join('|')}):[^,]*,`;
}

/** Counts and digests the staged rows of all tables: `seq` of each document that has some, and its entries as `list`. */
export function stagedEntries(plans: readonly TablePlan[]): string {
  const each = plans.map(({ stored, columns, index }) => {
    const cells = columns.map((column, at) => ({ column, value: `s.c${at}` }));
    const entry = `${literal(`${tableTag(stored)}:`)} || ${counted('s.r', cells)} || ','`;
    return `SELECT s.seq, ${entry} AS entry FROM ${stagedRows(index)} AS s GROUP BY s.seq`;
  });
  if (each.length === 0) return "SELECT 0 AS seq, '' AS list WHERE false";
  return `SELECT x.seq, string_agg(x.entry, '') AS list FROM (${each.join(' UNION ALL ')}) AS x GROUP BY x.seq`;
}

/** A table and what of it is to be compared: `undefined` if there is no such table. */
export interface ComparedTable {
  readonly stored: string;
  readonly found: readonly StoredColumn[] | undefined;
}

/** A stretch of the ledger and of the tables: what is after an id, and up to another. */
export interface Range {
  readonly hasAfter: boolean;
  readonly hasUpto: boolean;
}

/** The last of the next so many lines, and how many there are. $1 the sync, $2 the id before. */
export function nextRange(schema: string, lines: number): string {
  return (
    `SELECT max(x."id"), count(*) FROM (SELECT "id" FROM ${qualified(schema, LEDGER)} ` +
    `WHERE "sync" = $1 AND "id" > $2 ORDER BY "id" LIMIT ${lines}) AS x`
  );
}

/**
 * Where the rows of one table are not those that the ledger records, within a stretch: id, rows recorded, rows found. One statement, so
 * that record and rows are of one moment. $1 the sync, then the bounds of the stretch.
 */
export function findDamages(schema: string, compared: ComparedTable, range: Range): string {
  const tag = tableTag(compared.stored);
  const [after, upto] = ['$2', range.hasAfter ? '$3' : '$2'];
  const within = (column: string) => [
    ...(range.hasAfter ? [`${column} > ${after}`] : []),
    ...(range.hasUpto ? [`${column} <= ${upto}`] : []),
  ];
  const lines = `SELECT "id", "rows" FROM ${qualified(schema, LEDGER)} WHERE ${['"sync" = $1', ...within('"id"')].join(' AND ')}`;
  const recorded = `coalesce(substring(l."rows" FROM ',${tag}:([0-9]+):'), '0')`;
  return (
    `SELECT coalesce(l."id", t.id), ${recorded}, coalesce(split_part(t.counted, ':', 1), '0') FROM (${lines}) AS l ` +
    `FULL JOIN (${countedRows(schema, compared, within('r."_file_key" COLLATE "C"'))}) AS t ON t.id = l."id" ` +
    `WHERE (t.id IS NULL AND position(',${tag}:' IN l."rows") > 0) ` +
    `OR (t.id IS NOT NULL AND coalesce(position(',${tag}:' || t.counted || ',' IN l."rows"), 0) = 0)`
  );
}

function countedRows(
  schema: string,
  { stored, found }: ComparedTable,
  conditions: readonly string[],
): string {
  if (found === undefined) return `SELECT '' COLLATE "C" AS id, '' AS counted WHERE false`;
  const cells = found.map((column) => ({ column, value: `r.${quote(column.stored)}` }));
  const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
  return (
    `SELECT r."_file_key" COLLATE "C" AS id, ${counted('r."_row"', cells)} AS counted ` +
    `FROM ${qualified(schema, stored)} AS r${where} GROUP BY 1`
  );
}

/** A column and the expression that stands for its value in a row. */
interface Cell {
  readonly column: StoredColumn;
  readonly value: string;
}

/** Number and fingerprint of rows, as an entry has them. */
function counted(row: string, cells: readonly Cell[]): string {
  return `count(*) || ':' || to_hex(bit_xor(${rowFingerprint(row, cells)}))`;
}

/**
 * The fingerprint of a row, 64 bits: of its number and of each cell that is not null, by the name of its column. Each is hashed by itself with a seed
 * made from name and number, so that no text is put together, and a column more changes nothing.
 *
 * By PostgreSQL's own hash of texts, which takes a tenth of the time of a digest. Hash indexes and partitions rest on it, so that it is the
 * same in all versions. Its hashes of numbers are not used: they leave out a sign, or half of the bits.
 */
function rowFingerprint(row: string, cells: readonly Cell[]): string {
  const parts = cells.map(
    ({ column, value }) => `coalesce(${hashed(value, seed(column.stored), row)}, 0)`,
  );
  return combined([hashed(row, seed(''), row), ...parts]);
}

function hashed(value: string, seed: bigint, row: string): string {
  return `hashtextextended(${value}::text COLLATE "C", ${seed} + ${row})`;
}

/** 62 bits, so that the number of a row can be added. More than 32, so that the server takes it for a bigint. */
function seed(name: string): bigint {
  return (BigInt(`0x${hash('sha256', name).slice(0, 16)}`) >> 2n) | (1n << 61n);
}

/** In pairs of pairs: PostgreSQL goes through a thousand of them side by side as deep as they are nested. */
function combined(parts: readonly string[]): string {
  const [only = '0', ...others] = parts;
  if (others.length === 0) return only;
  const half = Math.ceil(parts.length / 2);
  return `(${combined(parts.slice(0, half))} # ${combined(parts.slice(half))})`;
}
