import { hash } from 'node:crypto';
import type { Column, Table } from '@tdp-sync/sink';
import { type Place, qualified, quote } from './names.ts';
import { LEDGER } from './sql.ts';
import { applied, printed } from './values.ts';

/*
 * A line of the ledger records what rows its document has: `,` and then for each table in which it has some an entry and `,`. An entry is a
 * digest of the table's name, the number of rows and their fingerprint, with `:` in between. In the ledger, since a transaction
 * changes at most 100 tables, and one more is one less for the documents. NULL is what an older version wrote.
 */

/** Stands for the name of a table, in characters. */
const TABLE_TAG = 8;
/** What a document has that was first committed by an older version: of tables without an entry nothing is known. */
const UNKNOWN = 'unknown:';
/** Stands in for all entries of a line that has no record. */
const NEVER = 'never';
const ENTRIES = 'tdp_sync_entries';

/** A table of a load and its number there. */
interface Numbered {
  readonly table: Table;
  readonly number: number;
}

/** Counts and digests the staged rows of all tables. */
export function makeEntries(stage: string, withRows: readonly Numbered[], winners: string): string {
  const each = withRows.map(({ table, number }) => {
    const cells = table.columns.map((column, at) => {
      const staged = `v[OFFSET(${at})]`;
      return cell(column, printed(column.type, applied(column.type, at), `${staged} = ''`));
    });
    return (
      `SELECT seq, CONCAT('${tableTag(table.name)}:', ${COUNTED}) AS entry FROM ` +
      `(SELECT s AS seq, ${rowFingerprint('r', cells)} AS f FROM ${stage} WHERE t = ${number} AND r >= 0) GROUP BY seq`
    );
  });
  const none = `SELECT seq, '' AS entry FROM ${winners} WHERE FALSE`;
  return `CREATE TEMP TABLE ${ENTRIES} AS ${each.length === 0 ? none : each.join(' UNION ALL ')};`;
}

/** Keeps the entries of the tables that a document does not name. `lines` are the ledger's old ones, as `l`, and their winners as `w`. */
export function keepEntries(stage: string, named: readonly Numbered[], lines: string): string {
  const tags = named.map(({ table, number }, at) =>
    at === 0
      ? `STRUCT(${number} AS number, '${tableTag(table.name)}' AS tag)`
      : `(${number}, '${tableTag(table.name)}')`,
  );
  const unlessNamed =
    named.length === 0
      ? ''
      : ` AND CONCAT(CAST(w.seq AS STRING), ' ', SUBSTR(entry, 1, ${TABLE_TAG})) NOT IN ` +
        `(SELECT CONCAT(CAST(g.s AS STRING), ' ', n.tag) FROM ${stage} AS g INNER JOIN UNNEST([${tags.join(', ')}]) AS n ON n.number = g.t)`;
  return (
    `INSERT INTO ${ENTRIES} (seq, entry) SELECT w.seq, entry FROM ${lines} ` +
    `CROSS JOIN UNNEST(SPLIT(IFNULL(l.\`rows\`, '${UNKNOWN}'), ',')) AS entry WHERE entry <> ''${unlessNamed};`
  );
}

/** Writes the lines of the winners with their records. @ledger. */
export function insertLines(place: Place, winners: string): string {
  return (
    `INSERT INTO ${qualified(place, LEDGER)} (\`sync\`, \`id\`, \`order\`, \`status\`, \`rows\`) ` +
    `SELECT @ledger, w.doc, w.version, w.standing, CONCAT(',', IFNULL(e.list, ''), ',') FROM ${winners} AS w ` +
    `LEFT JOIN (SELECT seq, STRING_AGG(entry, ',') AS list FROM ${ENTRIES} GROUP BY seq) AS e ON e.seq = w.seq;`
  );
}

/** A table that is compared, and which of its columns are there as they should be: `undefined` if there is no such table. */
export interface ComparedTable {
  readonly table: Table;
  readonly found: ReadonlySet<Column> | undefined;
  /** Its place among those that were asked for. */
  readonly place: number;
}

/**
 * What differs in these tables: id, place of the table, rows recorded and rows found, in order. One statement, so that all of it is of
 * one moment. @sync.
 */
export function findDamages(place: Place, tables: readonly ComparedTable[]): string {
  const tags = tables.map(({ table, place }, at) =>
    at === 0
      ? `STRUCT('${tableTag(table.name)}' AS tag, ${place} AS place)`
      : `('${tableTag(table.name)}', ${place})`,
  );
  const rows = tables.flatMap((compared) => rowsOf(place, compared));
  const there =
    rows.length === 0
      ? "SELECT 0 AS place, '' AS id, '' AS counted FROM lines WHERE FALSE"
      : `SELECT place, id, CONCAT(${COUNTED}) AS counted FROM (${rows.join(' UNION ALL ')}) GROUP BY place, id`;
  return [
    `WITH tables AS (SELECT tag, place FROM UNNEST([${tags.join(', ')}])),`,
    `lines AS (SELECT \`id\` AS id, \`rows\` AS record FROM ${qualified(place, LEDGER)} WHERE \`sync\` = @sync),`,
    `there AS (${there}),`,
    `known AS (SELECT l.id, m.place, SUBSTR(entry, ${TABLE_TAG + 2}) AS counted FROM lines AS l CROSS JOIN UNNEST(SPLIT(l.record, ',')) AS entry ` +
      `INNER JOIN tables AS m ON m.tag = SUBSTR(entry, 1, ${TABLE_TAG}) ` +
      `UNION ALL SELECT l.id, m.place, '${NEVER}' FROM lines AS l CROSS JOIN tables AS m WHERE l.record IS NULL),`,
    `partly AS (SELECT id FROM lines WHERE STRPOS(record, ',${UNKNOWN}') > 0),`,
    'differing AS (SELECT IFNULL(k.id, t.id) AS id, IFNULL(k.place, t.place) AS place, k.counted AS recorded, t.counted AS found ' +
      'FROM known AS k FULL JOIN there AS t ON t.id = k.id AND t.place = k.place ' +
      "WHERE IFNULL(k.counted, '') <> IFNULL(t.counted, ''))",
    'SELECT id, CAST(place AS STRING), ' +
      `CASE WHEN recorded = '${NEVER}' THEN NULL WHEN recorded IS NOT NULL THEN SPLIT(recorded, ':')[OFFSET(0)] ` +
      "WHEN id IN (SELECT id FROM partly) THEN NULL ELSE '0' END, " +
      "IF(found IS NULL, '0', SPLIT(found, ':')[OFFSET(0)]) FROM differing ORDER BY id, place",
  ].join('\n');
}

/** As an entry has them. Of `f`, the fingerprints of rows. */
const COUNTED = "CAST(COUNT(*) AS STRING), ':', CAST(MOD(SUM(f), 4294967296) AS STRING)";

function tableTag(name: string): string {
  return hash('md5', name).slice(0, TABLE_TAG);
}

function rowsOf(place: Place, { table, found, place: at }: ComparedTable): readonly string[] {
  if (found === undefined) return [];
  const cells = table.columns
    .filter((column) => found.has(column))
    .map((column) => {
      const name = quote(column.name);
      return cell(column, printed(column.type, name, `${name} IS NULL`));
    });
  return [
    `SELECT ${at} AS place, IFNULL(\`_file_key\`, '') AS id, ${rowFingerprint('`_row`', cells)} AS f FROM ${qualified(place, table.name)}`,
  ];
}

interface Cell {
  /** By what cells are put in order: BigQuery compares names of columns without case. */
  readonly name: string;
  readonly text: string;
}

function cell({ name }: Column, text: string): Cell {
  return { name: name.toLowerCase(), text };
}

/**
 * The fingerprint of a row, as 32 bits: of its number and of all its cells, in the order of their names. A cell that is null adds nothing,
 * so that a column more changes nothing. FARM_FINGERPRINT never changes:
 * https://cloud.google.com/bigquery/docs/reference/standard-sql/hash_functions#farm_fingerprint
 */
function rowFingerprint(row: string, cells: readonly Cell[]): string {
  const tagged = cells
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map(
      ({ name, text }) =>
        `IFNULL(CONCAT('|${hash('md5', name, 'base64').slice(0, 4)}', ${text}), '')`,
    );
  return `FARM_FINGERPRINT(CONCAT(${[`CAST(${row} AS STRING)`, ...tagged].join(', ')})) & 4294967295`;
}
