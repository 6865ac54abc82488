import type { Column, Table } from '@tdp-sync/sink';

/** A column of the contract, and what it is in the database. */
export interface StoredColumn {
  readonly column: Column;
  /** Its name there. */
  readonly stored: string;
  /** Its type there, as DESCRIBE TABLE writes it. */
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
}
