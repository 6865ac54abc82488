import type { Table } from '@tdp-sync/sink';
import { BINARY, KEY, stagedType } from './values.ts';

/** A table of the target and its place there. */
export interface TablePlan {
  readonly table: Table;
  readonly index: number;
}

/** The staging tables. `#` tables belong to their session: no other sees them, and they end with it. */
export const STAGED_DOCUMENTS = '#docs';
/** Which documents name which tables. */
export const STAGED_NAMES = '#named';
/** What is recorded of the rows of documents. */
export const STAGED_ENTRIES = '#entries';

/** The staging table for the rows of the nth table of a target. */
export function stagedRows(index: number): string {
  return `#s${index}`;
}

/**
 * Prepares the session of a load, as one batch. What is bulk loaded takes nulls, as the bulk load says of its
 * columns: servers refuse one that says otherwise than the table. The lock time-out ends before the request does.
 */
export const PREPARE_SESSION: string = [
  'SET XACT_ABORT ON; SET LOCK_TIMEOUT 60000; SET DEADLOCK_PRIORITY LOW;',
  `CREATE TABLE ${STAGED_DOCUMENTS} ([seq] int NULL, [id] ${KEY} NULL, [order] ${KEY} NULL, [status] varchar(8) NULL);`,
  `CREATE TABLE ${STAGED_NAMES} ([t] int NULL, [seq] int NULL);`,
  `CREATE TABLE ${STAGED_ENTRIES} ([seq] int NOT NULL, [entry] varchar(64) ${BINARY} NOT NULL);`,
  `CREATE TABLE #win ([seq] int NOT NULL PRIMARY KEY, [id] ${KEY} NOT NULL, [order] ${KEY} NOT NULL, [status] varchar(8) NOT NULL);`,
].join('\n');

/** Creates the staging table for rows. No name of a user's is in it. */
export function createStagedRows({ table, index }: TablePlan): string {
  const columns = table.columns.map(({ type }, at) => `[c${at}] ${stagedType(type)} NULL`);
  return `CREATE TABLE ${stagedRows(index)} (${['[seq] int NULL', '[r] int NULL', ...columns].join(', ')})`;
}
