import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  aboutDocument,
  checkDocument,
  checkRow,
  type Document,
  type Row,
  type Table,
} from '@tdp-sync/sink';
import { type Bulk, bulkTable, documentsBulk, type Part, rowsBulk } from './bulk.ts';
import { widthCheck } from './row-room.ts';
import { type LoadSession, STAGED_DOCUMENTS, type StagedPlan, type TablePlan } from './session.ts';
import { encode } from './values.ts';

/** How much waits in this process before it is sent: one bulk load per table, so larger is better. */
const CHARACTERS = 8_388_608;
const ROWS = 20_000;
/** How long documents are converted before other work of the process gets its turn. */
const TURN_MS = 10;

/** Rows that wait for a bulk load. */
interface Buffer {
  readonly plan: TablePlan;
  readonly checkWidth: ((row: Row) => void) | undefined;
  parts: Part[];
  staged: string | undefined;
}

/** The staging area of one load: `#` tables of its session, filled by bulk loads. */
export class Staging {
  readonly #session: LoadSession;
  readonly #tables: ReadonlyMap<string, Table>;
  readonly #plans: ReadonlyMap<string, TablePlan>;
  /** By table name, made when the first row comes. */
  readonly #buffers = new Map<string, Buffer>();
  readonly #named = new Set<TablePlan>();
  #documents: unknown[][] = [];
  /** Documents by the table that they name. */
  #names = new Map<TablePlan, number[]>();
  #count = 0;
  #saysWhatItReplaces = false;
  #rows = 0;
  #characters = 0;
  #turnEnds = 0;

  constructor(session: LoadSession, tables: readonly Table[]) {
    this.#session = session;
    this.#tables = new Map(tables.map((table) => [table.name, table]));
    this.#plans = new Map(tables.map((table, index) => [table.name, { table, index }]));
  }

  /** How many documents are staged. */
  get count(): number {
    return this.#count;
  }

  /** Whether a document says which line of the ledger it was made against. */
  get saysWhatItReplaces(): boolean {
    return this.#saysWhatItReplaces;
  }

  /** The tables that documents name. */
  get named(): readonly TablePlan[] {
    return [...this.#named];
  }

  /** The tables that hold staged rows. */
  get withRows(): readonly StagedPlan[] {
    return [...this.#buffers.values()].flatMap(({ plan, staged }) =>
      staged === undefined ? [] : { ...plan, staged },
    );
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
    await this.#makeTables();
    for (const buffer of this.#buffers.values()) await this.#send(buffer);
    await this.#bulk(STAGED_DOCUMENTS, documentsBulk(this.#documents, this.#names));
    this.#names = new Map();
    this.#documents = [];
    this.#rows = 0;
    this.#characters = 0;
  }

  async #addDocument(document: Document): Promise<void> {
    checkDocument(document, this.#tables);
    const seq = this.#count;
    this.#count += 1;
    const { id, order, status, replaces } = document;
    for (const [name, rows] of document.rows) await this.#addRows(name, { seq, id }, rows);
    this.#saysWhatItReplaces ||= replaces !== undefined;
    const against = replaces === null ? '' : (replaces ?? null);
    this.#documents.push([seq, id, order, status, against]);
    await this.#next();
  }

  async #addRows(name: string, whose: Whose, rows: Iterable<Row>): Promise<void> {
    const plan = this.#plans.get(name);
    if (plan === undefined) return;
    this.#named.add(plan);
    const naming = this.#names.get(plan) ?? [];
    this.#names.set(plan, naming);
    naming.push(whose.seq);
    let number = 0;
    for (const row of rows) {
      checkRow(plan.table, row);
      const buffer = this.#bufferOf(plan);
      buffer.checkWidth?.(row);
      // A flush in between takes the part with it.
      const last = buffer.parts.at(-1);
      const part = number > 0 && last !== undefined ? last : { id: whose.id, rows: [] };
      if (part !== last) buffer.parts.push(part);
      part.rows.push(this.#encoded(plan.table, whose, number, row));
      number += 1;
      await this.#next();
    }
  }

  #encoded({ columns }: Table, { seq, id }: Whose, number: number, row: Row): unknown[] {
    const values: unknown[] = [seq, number, id];
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
      buffer = { plan, checkWidth: widthCheck(plan.table), parts: [], staged: undefined };
      this.#buffers.set(plan.table.name, buffer);
    }
    return buffer;
  }

  /** In one batch for all tables that have rows for the first time. */
  async #makeTables(): Promise<void> {
    const without = [...this.#buffers.values()].filter(({ staged }) => staged === undefined);
    const names = await this.#session.stagedFor(without.map(({ plan }) => plan.table));
    for (const [at, buffer] of without.entries()) buffer.staged = names[at];
  }

  async #send(buffer: Buffer): Promise<void> {
    const { plan, parts, staged } = buffer;
    if (parts.length === 0 || staged === undefined) return;
    buffer.parts = [];
    await this.#bulk(staged, rowsBulk(plan.table, parts));
  }

  async #bulk(name: string, bulk: Bulk): Promise<void> {
    if (bulk.rows.length === 0) return;
    await this.#session.connection.bulk(bulkTable(name, bulk), bulk.order);
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

/** Whose rows they are. */
interface Whose {
  readonly seq: number;
  readonly id: string;
}
