import { literal, quote } from './names.ts';
import { stagedRows, type TablePlan } from './plan.ts';
import { entriesOf, stagedEntries } from './records.ts';
import { LEDGER, qualified } from './sql.ts';
import { KEY } from './values.ts';

/** Where documents are staged: `shape` says which tables they name. */
export const STAGED_DOCUMENTS = 'pg_temp.staged_documents';

/**
 * Prepares the session of a load. The tables are temporary: each session has its own, no other sees them, and they end with it. `newest` has what
 * may win, and then what does. Of temporary tables PostgreSQL knows next to nothing, and might compare each row of one with each of another.
 */
export const PREPARE_STAGING: string = [
  'SET enable_nestloop = off',
  `CREATE TEMPORARY TABLE staged_documents (seq integer, id ${KEY}, "order" ${KEY}, status ${KEY}, shape integer, replaces ${KEY})`,
  `CREATE TEMPORARY TABLE newest (id ${KEY} PRIMARY KEY, seq integer, "order" ${KEY}, status ${KEY}, shape integer, replaces ${KEY}, rows ${KEY}, replaced ${KEY})`,
].join(';\n');

/** Creates the staging table for rows. No name of a user's is in it. */
export function createStagedRows({ index, columns }: TablePlan): string {
  const cells = columns.map(({ type }, at) => `c${at} ${type}`);
  return `CREATE TEMPORARY TABLE staged_${index} (${['seq integer', 'r integer', ...cells].join(', ')})`;
}

/** Which tables a document names, as `shape`. */
export type Shapes = readonly (readonly TablePlan[])[];

/** Of each document the greatest order, of equal orders the first, with the record of its rows. */
export function pickNewest(shapes: Shapes, withRows: readonly TablePlan[]): string {
  const replaced = shapes.map((plans, shape) => {
    const pattern = plans.length === 0 ? 'NULL' : literal(entriesOf(plans));
    return `(${shape}, ${pattern}::text)`;
  });
  return (
    'INSERT INTO pg_temp.newest (id, seq, "order", status, shape, replaces, rows, replaced) ' +
    `SELECT d.id, d.seq, d."order", d.status, d.shape, d.replaces, ',' || coalesce(e.list, ''), g.pattern ` +
    `FROM (SELECT DISTINCT ON (id) * FROM ${STAGED_DOCUMENTS} ORDER BY id, "order" DESC, seq) AS d ` +
    `JOIN (VALUES ${replaced.join(', ')}) AS g (shape, pattern) ON g.shape = d.shape ` +
    `LEFT JOIN (${stagedEntries(withRows)}) AS e ON e.seq = d.seq`
  );
}

/**
 * How many documents were made against another line than the stored one, of those that say so (`''` stands for no line) and are not beaten
 * by it. $1 the sync.
 */
export function countOutdated(schema: string): string {
  return (
    `SELECT count(*) FROM pg_temp.newest AS n LEFT JOIN ${qualified(schema, LEDGER)} AS l ON l."sync" = $1 AND l."id" = n.id ` +
    `WHERE n.replaces <> coalesce(l."order", '') AND (l."order" IS NULL OR l."order" < n."order")`
  );
}

/**
 * Decides who wins, by writing the lines of the ledger: only over a smaller order. It locks them in the order of their ids, those that lose as
 * well, so that two commits wait for one another and never both ways. Entries of tables that a document does not name stay. Who loses
 * leaves `newest`. $1 the sync.
 */
export function writeLines(schema: string): string {
  const kept = `(SELECT coalesce(regexp_replace(l."rows", n.replaced, '', 'g'), l."rows") FROM pg_temp.newest AS n WHERE n.id = l."id")`;
  return (
    `WITH won AS (INSERT INTO ${qualified(schema, LEDGER)} AS l ("sync", "id", "order", "status", "rows") ` +
    'SELECT $1, n.id, n."order", n.status, n.rows FROM pg_temp.newest AS n ORDER BY n.id ' +
    'ON CONFLICT ("sync", "id") DO UPDATE SET "order" = excluded."order", "status" = excluded."status", ' +
    `"rows" = CASE l."rows" WHEN ',' THEN excluded."rows" ELSE ${kept} || substr(excluded."rows", 2) END ` +
    'WHERE l."order" < excluded."order" RETURNING l."id") ' +
    'DELETE FROM pg_temp.newest AS n WHERE NOT EXISTS (SELECT 1 FROM won WHERE won."id" = n.id)'
  );
}

/** Writes the rows of the winners. */
export function insertRows(schema: string, { index, stored, columns }: TablePlan): string {
  const names = columns.map((column) => quote(column.stored));
  const values = columns.map((_, at) => `s.c${at}`);
  return (
    `INSERT INTO ${qualified(schema, stored)} (${['"_file_key"', '"_row"', ...names].join(', ')}) ` +
    `SELECT ${['w.id', 's.r', ...values].join(', ')} FROM ${stagedRows(index)} AS s JOIN pg_temp.newest AS w ON w.seq = s.seq`
  );
}
