import type { Column, Table } from '@tdp-sync/sink';
import { fold, rowFingerprint } from './fingerprint.ts';
import {
  LEDGER,
  type Place,
  qualified,
  quote,
  type StagedTable,
  stagedRows,
  text,
  WINNERS,
} from './sql.ts';

/**
 * What a line of the ledger records of the rows of its document: for each table in which it has some their number and
 * fingerprint. In the ledger, since a table of its own would hold the id once more for each of them, which is most of what it takes.
 * The name of a table takes half a byte, as DuckDB packs it. NULL in a line that an older version wrote; an entry without
 * a table says that the document was written by one, and that of tables without an entry nothing is known.
 */
const ENTRIES = 'STRUCT("table" VARCHAR, "rows" UINTEGER, "fingerprint" UINTEGER)[]';
const NONE = `[]::${ENTRIES}`;
const UNKNOWN = `[{'table': NULL, 'rows': NULL, 'fingerprint': NULL}]::${ENTRIES}`;

/** The lines of the ledger that the winners replace, and what is left of them. */
const HELD = 'temp.main.held';
/** What is no longer as it was left. */
const DAMAGES = 'temp.main.damages';

/** Adds the records to a ledger that an older version made. Without a default: see `addColumn`. */
export function addRecords(place: Place): string {
  return `ALTER TABLE ${qualified(place, LEDGER)} ADD COLUMN IF NOT EXISTS "rows" ${ENTRIES}`;
}

/**
 * Finds the lines that are to be replaced, and keeps of their records those of the tables that their documents do not
 * name. $1 sync, $2 the names of tables by shape, as JSON.
 */
export function findHeld(place: Place): string {
  const kept = `list_filter(l."rows", lambda e: e."table" IS NULL OR NOT list_contains(n.named, e."table"))`;
  return (
    `CREATE TEMP TABLE ${HELD} AS SELECT l.rowid AS line, w.seq, CASE WHEN l."rows" IS NULL THEN ${UNKNOWN} ELSE ${kept} END AS "rows" ` +
    `FROM ${qualified(place, LEDGER)} AS l JOIN ${WINNERS} AS w ON w.id = l."id" ` +
    `JOIN (SELECT unnest(range(json_array_length($2::JSON)::BIGINT)) AS shape, unnest(from_json($2::JSON, '[["VARCHAR"]]')) AS named) AS n ON n.shape = w.shape ` +
    'WHERE l."sync" = $1'
  );
}

/** Removes the lines that are to be replaced. By their place, since the ledger was gone through for them already. */
export function deleteHeld(place: Place): string {
  return `DELETE FROM ${qualified(place, LEDGER)} WHERE rowid IN (SELECT line FROM ${HELD})`;
}

/** Writes the ledger lines with their records: what is kept, and what the staged rows give. $1 sync. */
export function insertLines(place: Place, withRows: readonly StagedTable[]): string {
  const [from, entries] =
    withRows.length === 0
      ? ['', NONE]
      : [
          ` LEFT JOIN (${stagedEntries(withRows)}) AS p ON p.seq = w.seq`,
          `coalesce(p."rows", ${NONE})`,
        ];
  return (
    `INSERT INTO ${qualified(place, LEDGER)} ("sync", "id", "order", "status", "rows") ` +
    `SELECT $1, w.id, w."order", w.status, list_concat(coalesce(h."rows", ${NONE}), ${entries}) ` +
    `FROM ${WINNERS} AS w LEFT JOIN ${HELD} AS h ON h.seq = w.seq${from}`
  );
}

/** How tables are called in records, by shape: see {@link findHeld}. */
export function recordedNames(shapes: readonly (readonly string[])[]): string {
  return JSON.stringify(shapes.map((tables) => tables.map(fold)));
}

function stagedEntries(plans: readonly StagedTable[]): string {
  const rows = plans.map(({ table, index, isShort }, at) => {
    const cells = table.columns.map((column, at) => ({ column, value: `c${at}` }));
    return `SELECT seq, ${at} AS t, ${rowFingerprint('r', cells, isShort)} AS f FROM temp.main.${stagedRows(index)}`;
  });
  const names = plans.map(({ table }) => text(fold(table.name)));
  return (
    `SELECT seq, list({'table': [${names.join(', ')}][t + 1], 'rows': n, 'fingerprint': f}) AS "rows" FROM (` +
    `SELECT seq, t, count(*)::UINTEGER AS n, ${SUM} AS f FROM (${rows.join(' UNION ALL ')}) GROUP BY seq, t) GROUP BY seq`
  );
}

/** The fingerprint of the rows of a document: the sum of theirs, which needs no order and nearly no memory. */
const SUM = '(sum(f) % 4294967296)::UINTEGER';

/** Creates the table for what is found. `at` is the place of a table among those asked for. */
export const CREATE_DAMAGES: string = `CREATE TEMP TABLE ${DAMAGES} (id VARCHAR, "at" INTEGER, recorded BIGINT, found BIGINT)`;

/** What is to be compared of a table. */
export interface ComparedTable {
  readonly table: Table;
  readonly at: number;
  /** What is there of it: `undefined` if there is no such table. */
  readonly stored:
    | { readonly found: ReadonlySet<Column>; readonly hidesRowid: boolean }
    | undefined;
}

/**
 * Finds what differs in one table. Each document is counted and summed up where it is, and then held against its record. The
 * condition on `rowid` is that of `readRows`. $1 sync.
 */
export function findDamages(place: Place, { table, at, stored }: ComparedTable): string {
  const name = text(fold(table.name));
  const there =
    stored === undefined
      ? 'SELECT NULL::VARCHAR AS id, 0 AS n, 0 AS f WHERE false'
      : `SELECT id, count(*) AS n, ${SUM} AS f FROM (${rowsOf(place, table, stored)}) GROUP BY id`;
  return (
    `INSERT INTO ${DAMAGES} WITH there AS (${there}), ` +
    `lines AS (SELECT "id", "rows" IS NULL AS never, coalesce(list_bool_or(list_transform("rows", lambda e: e."table" IS NULL)), false) AS partly, ` +
    `list_filter("rows", lambda e: e."table" = ${name})[1] AS e FROM ${qualified(place, LEDGER)} WHERE "sync" = $1), ` +
    'known AS (SELECT * FROM lines WHERE e IS NOT NULL OR never OR partly) ' +
    `SELECT coalesce(t.id, k."id", ''), ${at}, ` +
    'CASE WHEN k.e IS NOT NULL THEN k.e."rows" WHEN k.never OR k.partly THEN NULL ELSE 0 END, coalesce(t.n, 0) ' +
    'FROM there AS t FULL JOIN known AS k ON k."id" = t.id ' +
    'WHERE k.never OR (k.e IS NULL AND t.n > 0) OR (k.e IS NOT NULL AND (t.n IS DISTINCT FROM k.e."rows" OR t.f IS DISTINCT FROM k.e.fingerprint))'
  );
}

/** Puts what was found in order, so that a portion of it is found by its place. */
export const SORT_DAMAGES: string = `CREATE TEMP TABLE sorted AS SELECT * FROM ${DAMAGES} ORDER BY id, "at"`;

/** A portion of what was found, each id behind a mark. $1 its beginning, $2 its end. */
export const READ_DAMAGES: string = `SELECT '|' || id, "at", recorded, found FROM temp.main.sorted WHERE rowid >= $1 AND rowid < $2 ORDER BY rowid`;

function rowsOf(
  place: Place,
  table: Table,
  { found, hidesRowid }: NonNullable<ComparedTable['stored']>,
): string {
  const cells = table.columns
    .filter((column) => found.has(column))
    .map((column) => ({ column, value: quote(column.name) }));
  const fingerprint = rowFingerprint('"_row"', cells, false);
  return `SELECT "_file_key" AS id, ${fingerprint} AS f FROM ${qualified(place, table.name)}${hidesRowid ? '' : ' WHERE rowid >= 0'}`;
}
