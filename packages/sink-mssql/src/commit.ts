import { LINE_CONFLICT, STATE_CONFLICT } from './errors.ts';
import { quote } from './names.ts';
import { keepEntries, makeEntries, RECORD } from './records.ts';
import type { Fold } from './schema.ts';
import { DOCUMENT, STAGED_DOCUMENTS, type StagedPlan, type TablePlan, WINNERS } from './session.ts';
import { ledger, qualified, states } from './sql.ts';
import { applied } from './values.ts';

/** What a commit is to do. */
export interface CommitPlan {
  /** Whether the load began with a state. */
  readonly hasSince: boolean;
  /** Whether a document says which line of the ledger it was made against. */
  readonly saysWhatItReplaces: boolean;
  /** The tables that documents name. */
  readonly named: readonly TablePlan[];
  /** The tables that hold staged rows. */
  readonly withRows: readonly StagedPlan[];
  /** How the database compares names. */
  readonly fold: Fold;
}

/**
 * The commit: one batch, one transaction. @sync, @ledger, @state, and @since where the load began with a state. Gives
 * the number of documents applied; throws {@link STATE_CONFLICT} when the stored state is another.
 */
export function commit(schema: string, plan: CommitPlan): string {
  const { hasSince, saysWhatItReplaces, named, withRows, fold } = plan;
  return [
    'SET NOCOUNT ON; SET XACT_ABORT ON; DECLARE @moved int = 0, @applied int, @done int = 0;',
    'BEGIN TRANSACTION;',
    // First of all writes: its lock makes another commit of the same sync wait, and then find no match.
    'BEGIN TRY',
    hasSince ? moveState(schema) : putState(schema),
    'SET @moved = @@ROWCOUNT;',
    'END TRY',
    'BEGIN CATCH',
    'IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION;',
    // Two first commits at once: the key says so. Doubled keys elsewhere stay errors.
    'IF ERROR_NUMBER() <> 2627 BEGIN; THROW; END;',
    'END CATCH;',
    `IF @moved <> 1 BEGIN IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION; THROW ${STATE_CONFLICT}, 'STATE_CONFLICT', 1; END;`,
    ...(saysWhatItReplaces ? [lockLedger(schema)] : []),
    pickWinners(schema),
    'SET @applied = @@ROWCOUNT;',
    ...(saysWhatItReplaces ? [checkReplaced(schema)] : []),
    ...named.map((plan) => deleteRows(schema, plan)),
    ...withRows.map((plan) => insertRows(schema, plan)),
    ...withRows.map((plan) => makeEntries(plan, fold)),
    keepEntries(schema, named, fold),
    replaceLines(schema),
    'COMMIT TRANSACTION;',
    'SELECT @applied AS [applied];',
  ].join('\n');
}

/** Texts that differ in blanks at the end are equal to `=`, so the lengths are compared too. */
function moveState(schema: string): string {
  return `UPDATE ${states(schema)} SET [state] = @state WHERE [sync] = @sync AND [state] = @since AND DATALENGTH([state]) = DATALENGTH(@since);`;
}

function putState(schema: string): string {
  return `INSERT INTO ${states(schema)} ([sync], [state]) SELECT @sync, @state WHERE NOT EXISTS (SELECT 1 FROM ${states(schema)} WITH (UPDLOCK, HOLDLOCK) WHERE [sync] = @sync);`;
}

/** Makes other commits into this ledger wait until the transaction ends: a line that is not there yet cannot be locked itself. */
function lockLedger(schema: string): string {
  return `DECLARE @held int; SELECT @held = COUNT(*) FROM ${states(schema)} WITH (UPDLOCK, HOLDLOCK) WHERE [sync] = @ledger;`;
}

/** Ends the commit when a winner was made against another line than the stored one; no line is the empty text. */
function checkReplaced(schema: string): string {
  return (
    `IF EXISTS (SELECT 1 FROM ${WINNERS} AS w INNER JOIN ${STAGED_DOCUMENTS} AS d ON d.[t] = ${DOCUMENT} AND d.[seq] = w.[seq] ` +
    `LEFT JOIN ${ledger(schema)} AS l ON l.[sync] = @ledger AND l.[id] = w.[id] WHERE d.[replaces] <> COALESCE(l.[order], '')) ` +
    `BEGIN ROLLBACK TRANSACTION; THROW ${LINE_CONFLICT}, 'LINE_CONFLICT', 1; END;`
  );
}

/** The greatest order of each document, the first of equals, and only what beats the ledger. */
function pickWinners(schema: string): string {
  return (
    `INSERT INTO ${WINNERS} ([n], [seq], [id], [order], [status]) ` +
    'SELECT ROW_NUMBER() OVER (ORDER BY d.[id]), d.[seq], d.[id], d.[order], d.[status] ' +
    'FROM (SELECT [seq], [id], [order], [status], ROW_NUMBER() OVER (PARTITION BY [id] ORDER BY [order] DESC, [seq]) AS n ' +
    `FROM ${STAGED_DOCUMENTS} WHERE [t] = ${DOCUMENT}) AS d WHERE d.n = 1 AND NOT EXISTS (SELECT 1 FROM ${ledger(schema)} AS l ` +
    'WHERE l.[sync] = @ledger AND l.[id] = d.[id] AND l.[order] >= d.[order]);'
  );
}

/**
 * From the winners to the rows, by the key, and never the other way round: the server might read all of a table for what it takes to be many
 * winners. It takes no FORCESEEK for a table that is changed (https://learn.microsoft.com/sql/t-sql/queries/hints-transact-sql-table).
 */
const BY_KEY = ' OPTION (FORCE ORDER, LOOP JOIN, MAX_GRANT_PERCENT = 10)';

function deleteRows(schema: string, { table, index }: TablePlan): string {
  return (
    `DELETE t FROM ${STAGED_DOCUMENTS} AS n INNER JOIN ${WINNERS} AS w ON w.[seq] = n.[seq] ` +
    `INNER JOIN ${qualified(schema, table.name)} AS t ON t.[_file_key] = w.[id] WHERE n.[t] = ${index}${BY_KEY};`
  );
}

/** In the order of the staging table, which is that of the table. */
function insertRows(schema: string, { table, staged }: StagedPlan): string {
  const names = table.columns.map(({ name }) => quote(name));
  const values = table.columns.map(({ type }, at) => applied(type, `s.[c${at}]`));
  return (
    `INSERT INTO ${qualified(schema, table.name)} (${['[_file_key]', '[_row]', ...names].join(', ')}) ` +
    `SELECT ${['s.[id]', 's.[r]', ...values].join(', ')} FROM ${staged} AS s INNER JOIN ${WINNERS} AS w ON w.[seq] = s.[seq]${BY_KEY};`
  );
}

/**
 * How many lines one statement changes. All syncs share the ledger, and a statement with 5,000 locks locks all of it
 * (https://learn.microsoft.com/sql/relational-databases/sql-server-transaction-locking-and-row-versioning-guide).
 */
const LINES = 2_000;

function replaceLines(schema: string): string {
  const some = `w.[n] > @done AND w.[n] <= @done + ${LINES}`;
  return [
    'WHILE @done < @applied',
    'BEGIN',
    `DELETE l FROM ${WINNERS} AS w INNER JOIN ${ledger(schema)} AS l ON l.[sync] = @ledger AND l.[id] = w.[id] WHERE ${some}${BY_KEY};`,
    `INSERT INTO ${ledger(schema)} ([sync], [id], [order], [status], [rows]) ` +
      `SELECT @ledger, w.[id], w.[order], w.[status], ${RECORD} WHERE ${some};`,
    `SET @done = @done + ${LINES};`,
    'END;',
  ].join('\n');
}
