import { SinkError, type Table } from '@tdp-sync/sink';
import { LINE_CONFLICT, STATE_CONFLICT } from './errors.ts';
import { type Place, qualified, quote } from './names.ts';
import { insertLines, keepEntries, makeEntries } from './records.ts';
import { between, LEDGER, STATES, writeStates } from './sql.ts';
import { applied } from './values.ts';

/** A table of the target and its number there, from 1; 0 stands for the documents themselves. */
export interface TablePlan {
  readonly table: Table;
  readonly number: number;
}

/** What a commit is to do. */
export interface CommitPlan {
  /** Whether the load began with a state. */
  readonly hasSince: boolean;
  /** The staging table, unless nothing was staged. */
  readonly stage: string | undefined;
  /** The tables that documents name. */
  readonly named: readonly TablePlan[];
  /** The tables that hold staged rows. */
  readonly withRows: readonly TablePlan[];
  /** The ids of the documents, each once and sorted. */
  readonly ids: readonly string[];
  /** Whether a document says which line of the ledger it was made against. */
  readonly saysWhatItReplaces: boolean;
}

/**
 * Tables that one commit may write to. Besides these a transaction changes those of bookkeeping and makes two temporary ones; it has 100:
 * https://cloud.google.com/bigquery/docs/transactions#limitations
 */
export const TABLES_PER_COMMIT = 96;
/** What a script may have, in characters: https://cloud.google.com/bigquery/quotas#query_jobs */
const SCRIPT = 1_000_000;
const WINNERS = 'tdp_sync_winners';
const APPLIED = 'tdp_sync_applied';
/** Most ids that are listed: more than that are in nearly every block of any but the largest table. */
const LISTED_IDS = 500;
/** Up to so many characters a commit may spend on listing ids; a script has a million. */
const LISTED = 200_000;
/** What one id takes in a list. */
const LISTED_ID = 35;

/**
 * The commit: one script, one transaction. @sync, @ledger, @state, @load, and @since where the load began with a state. Selects
 * the number of documents applied; fails with {@link STATE_CONFLICT} when the stored state is another. An error ends
 * the script and undoes the transaction. Run a second time after it has come through, it does nothing and selects the same.
 *
 * @throws SinkError `SINK_FAILED` when it is more than BigQuery takes at once.
 */
export function commit(place: Place, plan: CommitPlan): string {
  if (plan.named.length > TABLES_PER_COMMIT) {
    throw tooMuch(
      `writes to ${plan.named.length} tables; a transaction of BigQuery changes at most ${TABLES_PER_COMMIT} besides the bookkeeping`,
    );
  }
  const text = script(place, plan);
  if (text.length <= SCRIPT) return text;
  throw tooMuch(
    `writes to so many columns that its script has ${text.length} characters; BigQuery takes ${SCRIPT}`,
  );
}

function tooMuch(what: string): SinkError {
  return new SinkError(
    'SINK_FAILED',
    `This load ${what}. Smaller batches ("batch" of the sync) or a mapping with less of them may do. Nothing was written.`,
  );
}

function script(place: Place, plan: CommitPlan): string {
  const { stage } = plan;
  const states = qualified(place, STATES);
  const isOther = plan.hasSince
    ? `NOT EXISTS (SELECT 1 FROM ${states} WHERE \`sync\` = @sync AND \`state\` = @since)`
    : `EXISTS (SELECT 1 FROM ${states} WHERE \`sync\` = @sync)`;
  return [
    `DECLARE ${APPLIED} INT64 DEFAULT 0;`,
    'BEGIN TRANSACTION;',
    `IF EXISTS (SELECT 1 FROM ${states} WHERE \`sync\` = @sync AND \`load\` = @load) THEN`,
    `SET ${APPLIED} = (SELECT \`applied\` FROM ${states} WHERE \`sync\` = @sync AND \`load\` = @load);`,
    'ELSE',
    `IF ${isOther} THEN`,
    `RAISE USING MESSAGE = '${STATE_CONFLICT}';`,
    'END IF;',
    ...(stage === undefined ? [] : applyStaged(place, plan, qualified(place, stage))),
    ...writeStates(place, [`(@sync, @state, @load, ${APPLIED})`]),
    'END IF;',
    'COMMIT TRANSACTION;',
    `SELECT ${APPLIED} AS applied;`,
  ].join('\n');
}

function applyStaged(place: Place, plan: CommitPlan, stage: string): readonly string[] {
  const bounds = (column: string) => boundsOf(column, plan);
  const ledger = qualified(place, LEDGER);
  const old = `${WINNERS} AS w INNER JOIN ${ledger} AS l ON l.\`sync\` = @ledger AND ${bounds('l.`id`')} AND l.\`id\` = w.doc AND w.known`;
  return [
    pickWinners(place, stage, bounds('`id`')),
    ...(plan.saysWhatItReplaces ? checkReplaced(place, stage, bounds('l.`id`')) : []),
    `SET ${APPLIED} = (SELECT COUNT(*) FROM ${WINNERS});`,
    ...plan.named.flatMap((one) => deleteRows(place, one, stage, bounds('`_file_key`'))),
    ...plan.withRows.map((one) => insertRows(place, one, stage)),
    makeEntries(stage, plan.withRows, WINNERS),
    `IF EXISTS (SELECT 1 FROM ${WINNERS} WHERE known) THEN`,
    keepEntries(stage, plan.named, old),
    `DELETE FROM ${ledger} WHERE \`sync\` = @ledger AND ${bounds('`id`')} AND \`id\` IN (SELECT doc FROM ${WINNERS} WHERE known);`,
    'END IF;',
    insertLines(place, WINNERS),
  ];
}

/**
 * The greatest order of each document, of those staged and the one in the ledger. Of equal orders the ledger's wins
 * (-1 comes before every staged document), then the first.
 */
function pickWinners(place: Place, stage: string, bounds: string): string {
  return (
    `CREATE TEMP TABLE ${WINNERS} AS SELECT seq, doc, version, standing, known FROM (` +
    'SELECT seq, doc, version, standing, ROW_NUMBER() OVER (PARTITION BY doc ORDER BY version DESC, seq) AS place, ' +
    'MIN(seq) OVER (PARTITION BY doc) < 0 AS known FROM (' +
    `SELECT s AS seq, k AS doc, v[OFFSET(0)] AS version, v[OFFSET(1)] AS standing FROM ${stage} WHERE t = 0 UNION ALL ` +
    `SELECT -1, \`id\`, \`order\`, \`status\` FROM ${qualified(place, LEDGER)} WHERE \`sync\` = @ledger AND ${bounds} ` +
    `AND \`id\` IN (SELECT k FROM ${stage} WHERE t = 0))) WHERE place = 1 AND seq >= 0;`
  );
}

/** Ends the script when a winner was made against another line than the stored one; no line is the empty text. */
function checkReplaced(place: Place, stage: string, bounds: string): readonly string[] {
  return [
    `IF EXISTS (SELECT 1 FROM ${WINNERS} AS w INNER JOIN ${stage} AS d ON d.t = 0 AND d.s = w.seq ` +
      `LEFT JOIN ${qualified(place, LEDGER)} AS l ON l.\`sync\` = @ledger AND ${bounds} AND l.\`id\` = w.doc ` +
      "WHERE d.v[SAFE_OFFSET(2)] <> IFNULL(l.`order`, '')) THEN",
    `RAISE USING MESSAGE = '${LINE_CONFLICT}';`,
    'END IF;',
  ];
}

/**
 * A DELETE is billed for all columns of what it may change, so it only runs when there is something to delete, which
 * one column tells. The ledger would not: its lines may have been forgotten while the rows stayed.
 */
function deleteRows(
  place: Place,
  { table, number }: TablePlan,
  stage: string,
  bounds: string,
): readonly string[] {
  const name = qualified(place, table.name);
  return [
    `IF EXISTS (SELECT 1 FROM ${name} WHERE ${bounds} AND \`_file_key\` IN (SELECT doc FROM ${WINNERS})) THEN`,
    `DELETE FROM ${name} WHERE ${bounds} AND \`_file_key\` IN ` +
      `(SELECT k FROM ${stage} WHERE t = ${number} AND s IN (SELECT seq FROM ${WINNERS}));`,
    'END IF;',
  ];
}

function insertRows(place: Place, { table, number }: TablePlan, stage: string): string {
  const names = ['_file_key', '_row', ...table.columns.map(({ name }) => name)].map(quote);
  const values = table.columns.map(({ type }, at) => applied(type, at));
  return (
    `INSERT INTO ${qualified(place, table.name)} (${names.join(', ')}) ` +
    `SELECT ${['k', 'r', ...values].join(', ')} FROM ${stage} WHERE t = ${number} AND r >= 0 AND s IN (SELECT seq FROM ${WINNERS});`
  );
}

/** Few ids are listed, so that only the blocks that hold them are read; of many only the first and the last are named. */
function boundsOf(column: string, { ids, named }: CommitPlan): string {
  const uses = 2 * named.length + 3;
  if (ids.length > LISTED_IDS || ids.length * LISTED_ID * uses > LISTED) {
    return between(column, ids);
  }
  return `${column} IN (${ids.map((id) => `'${id}'`).join(', ')})`;
}
