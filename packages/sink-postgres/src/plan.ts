import type { Column, Table } from '@tdp-sync/sink';

/** A column of the contract, and what it is in the database. */
export interface StoredColumn {
  readonly column: Column;
  /** Its name there. */
  readonly stored: string;
  /** Its type there. */
  readonly type: string;
}

/** A table of the target, its place there, and what it is in the database. */
export interface TablePlan {
  readonly table: Table;
  readonly index: number;
  /** Its name there. */
  readonly stored: string;
  /** As many as the table of the contract has, in their order. */
  readonly columns: readonly StoredColumn[];
  /** Whether an index leads to the rows of a document. */
  readonly isIndexed: boolean;
}

/** The staging table for the rows of the nth table of a target. */
export function stagedRows(index: number): string {
  return `pg_temp.staged_${index}`;
}
