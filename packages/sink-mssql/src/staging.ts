import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  aboutDocument,
  checkDocument,
  checkRow,
  type Document,
  type Row,
  type Table,
} from '@tdp-sync/sink';
import type { Connections } from './connection.ts';
import { type BulkTable, type DriverType, driver } from './driver.ts';
import { widthCheck } from './row-room.ts';
import {
  createStagedRows,
  STAGED_DOCUMENTS,
  STAGED_NAMES,
  stagedRows,
  type TablePlan,
} from './session.ts';

import { driverType, encode } from './values.ts';

/** How much waits in this process before it is sent: one bulk load per table, so larger is better. */
const CHARACTERS = 8_388_608;
const ROWS = 20_000;
/** How long documents are converted before other work of the process gets its turn. */
const TURN_MS = 10;

/** Rows that wait for a bulk load. */
interface Buffer {
  readonly plan: TablePlan;
  readonly checkWidth: ((row: Row) => void) | undefined;
  rows: unknown[][];
  created: boolean;
}

/** The staging area of one load: `#` tables of its session, filled by bulk loads. */
export class Staging {
  readonly #connection: Connections;
  readonly #tables: ReadonlyMap<string, Table>;
  readonly #plans: ReadonlyMap<string, TablePlan>;
  /** By table name, made when the first row comes. */
  readonly #buffers = new Map<string, Buffer>();
  readonly #named = new Set<TablePlan>();
  #documents: unknown[][] = [];
  #names: unknown[][] = [];
  #count = 0;
  #rows = 0;
  #characters = 0;
  #turnEnds = 0;

  constructor(connection: Connections, tables: readonly Table[]) {
    this.#connection = connection;
    this.#tables = new Map(tables.map((table) => [table.name, table]));
    this.#plans = new Map(tables.map((table, index) => [table.name, { table, index }]));
  }

  /** How many documents are staged. */
  get count(): number {
    return this.#count;
  }

  /** The tables that documents name. */
  get named(): readonly TablePlan[] {
    return [...this.#named];
  }

  /** The tables that hold staged rows. */
  get withRows(): readonly TablePlan[] {
    return [...this.#buffers.values()].map(({ plan }) => plan);
  }

  /**
   * Reads, checks and stages documents. What is not yet sent waits for `flush`. Only checked rows are ever sent: a
   * value that the driver refuses in the middle of a bulk load would cost the connection.
   */
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

  /** Sends what still waits. */
  async flush(): Promise<void> {
    for (const buffer of this.#buffers.values()) await this.#send(buffer);
    await this.#bulk(STAGED_NAMES, NAMES, this.#names);
    await this.#bulk(STAGED_DOCUMENTS, DOCUMENTS, this.#documents);
    this.#names = [];
    this.#documents = [];
    this.#rows = 0;
    this.#characters = 0;
  }

  async #addDocument(document: Document): Promise<void> {
    checkDocument(document, this.#tables);
    const seq = this.#count;
    this.#count += 1;
    for (const [name, rows] of document.rows) await this.#addRows(name, seq, rows);
    const { id, order, status } = document;
    this.#documents.push([seq, id, order, status]);
    await this.#next();
  }

  async #addRows(name: string, seq: number, rows: Iterable<Row>): Promise<void> {
    const plan = this.#plans.get(name);
    if (plan === undefined) return;
    this.#named.add(plan);
    this.#names.push([plan.index, seq]);
    let number = 0;
    for (const row of rows) {
      checkRow(plan.table, row);
      const buffer = this.#bufferOf(plan);
      buffer.checkWidth?.(row);
      buffer.rows.push(this.#encoded(plan.table, seq, number, row));
      number += 1;
      await this.#next();
    }
  }

  #encoded({ columns }: Table, seq: number, number: number, row: Row): unknown[] {
    const values: unknown[] = [seq, number];
    for (const [at, { type }] of columns.entries()) {
      const value = row[at] ?? null;
      if (typeof value === 'string') this.#characters += value.length;
      values.push(encode(type, value));
    }
    return values;
  }

  #bufferOf(plan: TablePlan): Buffer {
    let buffer = this.#buffers.get(plan.table.name);
    if (buffer === undefined) {
      buffer = { plan, checkWidth: widthCheck(plan.table), rows: [], created: false };
      this.#buffers.set(plan.table.name, buffer);
    }
    return buffer;
  }

  async #send(buffer: Buffer): Promise<void> {
    const { plan, rows, created } = buffer;
    if (rows.length === 0) return;
    if (!created) await this.#connection.batch(createStagedRows(plan));
    buffer.created = true;
    buffer.rows = [];
    const columns = plan.table.columns.map(
      ({ type }, at): BulkColumn => [`c${at}`, () => driverType(type)],
    );
    await this.#bulk(stagedRows(plan.index), [...ROW, ...columns], rows);
  }

  async #bulk(
    name: string,
    columns: readonly BulkColumn[],
    rows: readonly unknown[][],
  ): Promise<void> {
    if (rows.length > 0) await this.#connection.bulk(bulkTable(name, columns, rows));
  }

  /** After each row and document: sends what is enough for a bulk load, and lets others work. */
  async #next(): Promise<void> {
    this.#rows += 1;
    if (this.#rows >= ROWS || this.#characters >= CHARACTERS) await this.flush();
    if (performance.now() < this.#turnEnds) return;
    await nextTurn();
    this.#turnEnds = performance.now() + TURN_MS;
  }
}

type BulkColumn = readonly [name: string, type: () => DriverType];

const DOCUMENTS: readonly BulkColumn[] = [
  ['seq', () => driver.Int()],
  ['id', () => driver.NVarChar(128)],
  ['order', () => driver.NVarChar(128)],
  ['status', () => driver.VarChar(8)],
];
const NAMES: readonly BulkColumn[] = [
  ['t', () => driver.Int()],
  ['seq', () => driver.Int()],
];
const ROW: readonly BulkColumn[] = [
  ['seq', () => driver.Int()],
  ['r', () => driver.Int()],
];

function bulkTable(
  name: string,
  columns: readonly BulkColumn[],
  rows: readonly unknown[][],
): BulkTable {
  const table = new driver.Table(name);
  table.create = false;
  for (const [column, type] of columns) table.columns.add(column, type(), { nullable: true });
  for (const row of rows) table.rows.push(row);
  return table;
}
