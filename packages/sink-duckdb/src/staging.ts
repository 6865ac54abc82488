import { setImmediate as nextTurn } from 'node:timers/promises';
import { type DuckDBType, type DuckDBValue, INTEGER, VARCHAR } from '@duckdb/node-api';
import {
  aboutDocument,
  checkDocument,
  checkRow,
  type Document,
  type Row,
  type Table,
  type Target,
} from '@tdp-sync/sink';
import type { Connection } from './connection.ts';
import type { Room } from './room.ts';
import {
  CREATE_STAGED_DOCUMENTS,
  createStagedRows,
  STAGED_DOCUMENTS,
  type StagedTable,
  stagedRows,
  type TablePlan,
} from './sql.ts';
import { StagingTable } from './stage.ts';
import { encode, SHORT_TEXT, vectorType } from './values.ts';

const DOCUMENT_TYPES: readonly DuckDBType[] = [
  INTEGER,
  VARCHAR,
  VARCHAR,
  VARCHAR,
  INTEGER,
  VARCHAR,
];
/** How long documents are converted before other work of the process gets its turn. */
const TURN_MS = 10;

/** The staging area of one load: temporary tables of its connection, filled chunk by chunk. */
export class Staging {
  readonly #connection: Connection;
  readonly #room: Room;
  readonly #tables: ReadonlyMap<string, Table>;
  readonly #documents: StagingTable;
  /** By table name, made when the first row comes. */
  readonly #rows = new Map<string, StagingTable>();
  readonly #plans: ReadonlyMap<string, TablePlan>;
  /** A number for each set of table names that documents have. */
  readonly #shapes = new Map<
    string,
    { readonly number: number; readonly tables: readonly string[] }
  >();
  #count = 0;
  #saysWhatItReplaces = false;
  #turnEnds = 0;

  /** `room` is what long texts may take beyond the limit. */
  constructor(connection: Connection, room: Room, target: Target) {
    this.#connection = connection;
    this.#room = room;
    this.#tables = new Map(target.tables.map((table) => [table.name, table]));
    this.#plans = new Map(target.tables.map((table, index) => [table.name, { table, index }]));
    this.#documents = new StagingTable(connection, STAGED_DOCUMENTS, DOCUMENT_TYPES);
  }

  /** How many documents are staged. */
  get count(): number {
    return this.#count;
  }

  /** Whether a document says which line of the ledger it was made against. */
  get saysWhatItReplaces(): boolean {
    return this.#saysWhatItReplaces;
  }

  /** Whether a row has more text than DuckDB can hold 2,048 times. */
  get hasLongRows(): boolean {
    return this.#rows.values().some((table) => table.longestRow > 0);
  }

  /** Creates the first staging table. */
  async open(): Promise<void> {
    await this.#connection.run(CREATE_STAGED_DOCUMENTS);
  }

  /** Reads, checks and stages documents. What is not yet written to DuckDB waits for `flush`. */
  async add(documents: readonly Document[]): Promise<void> {
    this.#turnEnds = performance.now() + TURN_MS;
    for (const document of documents) {
      try {
        await this.#addDocument(document);
      } catch (error) {
        throw aboutDocument(error, document.id);
      }
    }
  }

  /** Writes what still waits. */
  async flush(): Promise<void> {
    for (const table of [...this.#rows.values(), this.#documents]) {
      await this.#flush(table);
      if (this.#isTurnOver()) await this.#yield();
    }
  }

  /** The tables that hold staged rows. */
  withRows(): readonly StagedTable[] {
    return [...this.#plans.values()].flatMap((plan) => {
      const rows = this.#rows.get(plan.table.name);
      return rows === undefined ? [] : { ...plan, isShort: rows.longestText <= SHORT_TEXT };
    });
  }

  /** The tables that documents name, by shape. */
  get shapes(): readonly (readonly string[])[] {
    return [...this.#shapes.values()].map(({ tables }) => tables);
  }

  /** The tables that documents name, each with the shapes that name it. */
  named(): readonly (readonly [Table, readonly number[]])[] {
    const shapes = [...this.#shapes.values()];
    return [...this.#tables.values()]
      .map((table) => {
        const naming = shapes.filter((shape) => shape.tables.includes(table.name));
        return [table, naming.map((shape) => shape.number)] as const;
      })
      .filter(([, naming]) => naming.length > 0);
  }

  close(): void {
    for (const table of [...this.#rows.values(), this.#documents]) table.close();
  }

  async #addDocument(document: Document): Promise<void> {
    checkDocument(document, this.#tables);
    const seq = this.#count;
    this.#count += 1;
    for (const [name, rows] of document.rows) await this.#addRows(name, seq, rows);
    const { id, order, status, replaces } = document;
    const shape = this.#shapeOf(document);
    const against = replaces === null ? '' : (replaces ?? null);
    if (against !== null) this.#saysWhatItReplaces = true;
    if (this.#documents.add([seq, id, order, status, shape, against]))
      await this.#documents.flush();
    if (this.#isTurnOver()) await this.#yield();
  }

  async #addRows(name: string, seq: number, rows: Iterable<Row>): Promise<void> {
    const plan = this.#plans.get(name);
    if (plan === undefined) return;
    const { table } = plan;
    let staging = this.#rows.get(name);
    let number = 0;
    for (const row of rows) {
      checkRow(table, row);
      staging ??= await this.#openRows(plan);
      const values: DuckDBValue[] = [seq, number];
      for (const [at, column] of table.columns.entries()) {
        values.push(encode(column.type, row[at] ?? null));
      }
      number += 1;
      if (staging.add(values)) await this.#flush(staging);
      if (this.#isTurnOver()) await this.#yield();
    }
  }

  async #flush(table: StagingTable): Promise<void> {
    await this.#room.fit(table.longestRow);
    await table.flush();
  }

  async #openRows(plan: TablePlan): Promise<StagingTable> {
    await this.#connection.run(createStagedRows(plan));
    const types = [INTEGER, INTEGER, ...plan.table.columns.map(({ type }) => vectorType(type))];
    const staging = new StagingTable(this.#connection, stagedRows(plan.index), types);
    this.#rows.set(plan.table.name, staging);
    return staging;
  }

  #shapeOf({ rows }: Document): number {
    const tables = [...rows.keys()].sort();
    const key = JSON.stringify(tables);
    let shape = this.#shapes.get(key);
    if (shape === undefined) {
      shape = { number: this.#shapes.size, tables };
      this.#shapes.set(key, shape);
    }
    return shape.number;
  }

  #isTurnOver(): boolean {
    return performance.now() >= this.#turnEnds;
  }

  async #yield(): Promise<void> {
    await nextTurn();
    this.#turnEnds = performance.now() + TURN_MS;
  }
}
