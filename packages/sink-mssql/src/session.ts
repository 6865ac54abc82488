import type { Table } from '@tdp-sync/sink';
import type { MssqlConfig } from './config.ts';
import { Connections } from './connection.ts';
import { BINARY, ID, ORDER, stagedType } from './values.ts';

/** A table of the target and its place there. */
export interface TablePlan {
  readonly table: Table;
  readonly index: number;
}

/** One with the staging table that holds its rows. */
export interface StagedPlan extends TablePlan {
  readonly staged: string;
}

/** The staging tables. `#` tables belong to their session: no other sees them, and they end with it. */
export const STAGED_DOCUMENTS = '#docs';
/** Of {@link STAGED_DOCUMENTS} the [t] of a document's own line. It has another one, with the table's index, for each table that it names. */
export const DOCUMENT = -1;
/** What is recorded of the rows of documents. */
export const STAGED_ENTRIES = '#entries';
/** The documents that are applied, counted from 1 by [n] in the order of their ids. */
export const WINNERS = '#win';
const OWN = [STAGED_DOCUMENTS, STAGED_ENTRIES, WINNERS];

/** A session with more tables than this is not used again. */
const TABLES = 200;
/** One connection, kept: with it would go the staging tables. */
const ONE = { min: 1, max: 1 };

/**
 * Prepares the session of a load, as one batch. What is bulk loaded takes nulls, as the bulk load says of its
 * columns: servers refuse one that says otherwise than the table.
 */
export const PREPARE_SESSION: string = [
  'SET XACT_ABORT ON; SET DEADLOCK_PRIORITY LOW;',
  `CREATE TABLE ${STAGED_DOCUMENTS} ([t] int NULL, [seq] int NULL, [id] ${ID} NULL, [order] ${ORDER} NULL, [status] varchar(8) NULL, [replaces] ${ORDER} NULL);`,
  // So that each table finds the documents that name it, without reading of all others.
  `CREATE CLUSTERED INDEX [k] ON ${STAGED_DOCUMENTS} ([t], [seq]);`,
  `CREATE TABLE ${STAGED_ENTRIES} ([seq] int NOT NULL, [entry] varchar(64) ${BINARY} NOT NULL);`,
  `CREATE TABLE ${WINNERS} ([n] int NOT NULL, [seq] int NOT NULL PRIMARY KEY, [id] ${ID} NOT NULL, [order] ${ORDER} NOT NULL, [status] varchar(8) NOT NULL);`,
].join('\n');

/** The columns of the staging table for rows. No name of a user's is in it. */
export function stagedColumns({ columns }: Table): string {
  const values = columns.map(({ type }, at) => `[c${at}] ${stagedType(type)} NULL`);
  return ['[seq] int NULL', '[r] int NULL', `[id] ${ID} NULL`, ...values].join(', ');
}

/**
 * Creates a staging table for rows. It has the order of the table that they go to, so that nothing is sorted on the way: a sort is given
 * memory for 4,000 bytes of each text (https://learn.microsoft.com/sql/relational-databases/query-processing-architecture-guide).
 */
export function createStagedRows(name: string, columns: string): string {
  return `CREATE TABLE ${name} (${columns});\nCREATE CLUSTERED INDEX [k] ON ${name} ([id], [r]);`;
}

/** The session of one load after the other: a login takes several round trips, and new tables new plans. */
export class LoadSession {
  readonly connection: Connections;
  /** Staging tables for rows, by their columns. */
  readonly #tables = new Map<string, string[]>();
  #count = 0;
  /** Those of the load under way. */
  readonly #taken = new Set<string>();

  private constructor(connection: Connections) {
    this.connection = connection;
  }

  /** Opens a session with empty staging tables. */
  static async open(config: MssqlConfig): Promise<LoadSession> {
    const connection = await Connections.open(config, ONE);
    try {
      await connection.batch(PREPARE_SESSION);
      connection.pin();
      return new LoadSession(connection);
    } catch (error) {
      await connection.close();
      throw error;
    }
  }

  /** Whether another load may have it. */
  get isReusable(): boolean {
    return this.#count <= TABLES;
  }

  /** Empties what the load before has left. */
  async clear(): Promise<void> {
    const used = [...OWN, ...this.#taken];
    await this.connection.batch(used.map((name) => `TRUNCATE TABLE ${name};`).join('\n'));
    this.#taken.clear();
  }

  /** An empty staging table for the rows of each of these, in one batch. */
  async stagedFor(tables: readonly Table[]): Promise<readonly string[]> {
    const missing: string[] = [];
    const names = tables.map((table) => {
      const columns = stagedColumns(table);
      const alike = this.#tables.get(columns) ?? [];
      const free = alike.find((name) => !this.#taken.has(name));
      const name = free ?? `#s${this.#count}`;
      this.#taken.add(name);
      if (free !== undefined) return name;
      this.#count += 1;
      this.#tables.set(columns, [...alike, name]);
      missing.push(createStagedRows(name, columns));
      return name;
    });
    if (missing.length > 0) await this.connection.batch(missing.join('\n'));
    return names;
  }
}
