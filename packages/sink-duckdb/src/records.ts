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

/*
 * What a line of the ledger records of the rows of its document: in "tables" the names of the tables in which it has some, sorted, as
 * JSON, and in "rows" for each of them, in the same order, their number and fingerprint. In the ledger, since a table of its own
 * would hold the id once more for each of them, which is most of what it takes. The names by themselves, since those of most
 * documents are the same: then they take next to nothing, and numbers are read quickly without them. NULL in a line that an older version
 * wrote; '' among the names says that the document was first written by one, and that of tables that are not named nothing is known.
 */

const ROWS = 'STRUCT("count" UINTEGER, "fingerprint" UINTEGER)[]';
/** Records while they are put together. */
const ENTRIES = 'STRUCT(name VARCHAR, n UINTEGER, f UINTEGER)[]';
const UNKNOWN = `[{'name': '', 'n': 0, 'f': 0}]::${ENTRIES}`;
const NAMES = `'["VARCHAR"]'`;

/** The lines of the ledger that the winners replace. */
const HELD = 'temp.main.held';
/** What is no longer as it was left. */
const DAMAGES = 'temp.main.damages';

/** Adds the records to a ledger that an older version made. Without a default: see `addColumn`. */
export function addRecords(place: Place): readonly string[] {
  const add = `ALTER TABLE ${qualified(place, LEDGER)} ADD COLUMN IF NOT EXISTS`;
  return [`${add} "tables" VARCHAR`, `${add} "rows" ${ROWS}`];
}

/**
 * Finds the lines that are to be replaced, and whether they have records of tables that their documents do not name now. Not the
 * numbers in these: they are read of all lines or of none. $1 sync, $2 the names of tables by shape, as JSON.
 */
export function findHeld(place: Place): string {
  return (
    `CREATE OR REPLACE TEMP TABLE ${HELD} AS SELECT l.rowid AS line, w.seq, n.named, ` +
    `l."tables" IS NULL OR NOT list_has_all(n.named, from_json(l."tables", ${NAMES})) AS keeps ` +
    `FROM ${qualified(place, LEDGER)} AS l JOIN ${WINNERS} AS w ON w.id = l."id" ` +
    `JOIN (SELECT unnest(range(json_array_length($2::JSON)::BIGINT)) AS shape, unnest(from_json($2::JSON, '[["VARCHAR"]]')) AS named) AS n ON n.shape = w.shape ` +
    'WHERE l."sync" = $1'
  );
}

/** Writes the ledger lines with their records: what old lines have of other tables, and what the staged rows give. $1 sync. */
export function insertLines(place: Place, withRows: readonly StagedTable[]): string {
  const staged =
    withRows.length === 0
      ? { join: '', entries: `[]::${ENTRIES}` }
      : {
          join: `LEFT JOIN (${stagedEntries(withRows)}) AS p ON p.seq = w.seq`,
          entries: 'p.entries',
        };
  return (
    `INSERT INTO ${qualified(place, LEDGER)} ("sync", "id", "order", "status", "tables", "rows") ` +
    'SELECT $1, id, "order", status, to_json(list_transform(entries, lambda e: e.name))::VARCHAR, ' +
    `list_transform(entries, lambda e: {'count': e.n, 'fingerprint': e.f}) FROM (` +
    `SELECT w.id, w."order", w.status, list_sort(list_concat(coalesce(k.entries, []), coalesce(${staged.entries}, []))) AS entries ` +
    `FROM ${WINNERS} AS w LEFT JOIN (${keptEntries(place)}) AS k ON k.seq = w.seq ${staged.join})`
  );
}

/** Removes the lines that are replaced. By their place, since the ledger was gone through for them already. */
export function deleteHeld(place: Place): string {
  return `DELETE FROM ${qualified(place, LEDGER)} WHERE rowid IN (SELECT line FROM ${HELD})`;
}

function keptEntries(place: Place): string {
  const names = `from_json(l."tables", ${NAMES})`;
  const all = `list_transform(l."rows", lambda e, i: {'name': ${names}[i], 'n': e."count", 'f': e.fingerprint})`;
  const kept = `list_filter(${all}, lambda e: e.name = '' OR NOT list_contains(h.named, e.name))`;
  return (
    `SELECT h.seq, CASE WHEN l."tables" IS NULL THEN ${UNKNOWN} ELSE ${kept} END AS entries ` +
    `FROM ${qualified(place, LEDGER)} AS l JOIN ${HELD} AS h ON h.line = l.rowid WHERE h.keeps`
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
    `SELECT seq, list({'name': [${names.join(', ')}][t + 1], 'n': n, 'f': f}) AS entries FROM (` +
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
  const ledger = qualified(place, LEDGER);
  const name = text(fold(table.name));
  const there =
    stored === undefined
      ? 'SELECT NULL::VARCHAR AS id, 0 AS n, 0 AS f WHERE false'
      : `SELECT id, count(*) AS n, ${SUM} AS f FROM (${rowsOf(place, table, stored)}) GROUP BY id`;
  return (
    `INSERT INTO ${DAMAGES} WITH there AS (${there}), ` +
    `shapes AS (SELECT "tables", list_position(from_json("tables", ${NAMES}), ${name}) AS place, list_contains(from_json("tables", ${NAMES}), '') AS partly ` +
    `FROM (SELECT DISTINCT "tables" FROM ${ledger} WHERE "sync" = $1 AND "tables" IS NOT NULL)), ` +
    `known AS (SELECT l."id", l."rows"[s.place] AS e, false AS never, s.partly FROM ${ledger} AS l JOIN shapes AS s ON s."tables" = l."tables" ` +
    `WHERE l."sync" = $1 AND (s.place > 0 OR s.partly) UNION ALL ` +
    `SELECT "id", NULL, true, false FROM ${ledger} WHERE "sync" = $1 AND "tables" IS NULL) ` +
    `SELECT coalesce(t.id, k."id", ''), ${at}, ` +
    'CASE WHEN k.e IS NOT NULL THEN k.e."count" WHEN k.never OR k.partly THEN NULL ELSE 0 END, coalesce(t.n, 0) ' +
    'FROM there AS t FULL JOIN known AS k ON k."id" = t.id ' +
    'WHERE k.never OR (k.e IS NULL AND t.n > 0) OR (k.e IS NOT NULL AND (t.n IS DISTINCT FROM k.e."count" OR t.f IS DISTINCT FROM k.e.fingerprint))'
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
