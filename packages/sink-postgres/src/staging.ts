import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  checkDocument,
  checkRow,
  type Document,
  type Row,
  SinkError,
  type Table,
} from '@tdp-sync/sink';
import type { Session } from './connection.ts';
import { stagedRows, type TablePlan } from './plan.ts';
import { createStagedRows, type Shapes, STAGED_DOCUMENTS } from './staging-tables.ts';
import { encode } from './values.ts';

/** How much waits in this process before it is sent: one COPY per table, so larger is better. */
const CHARACTERS = 8_388_608;
/** What a row counts besides its texts. */
const ROW = 64;
/** How long documents are converted before other work of the process gets its turn. */
const TURN_MS = 10;

/** Rows of a table that wait to be sent, each as a line of COPY. */
interface Waiting {
  readonly plan: TablePlan;
  lines: string[];
  isCreated: boolean;
}

/** The staging area of one load: temporary tables of its session, filled by COPY. */
export class Staging {
  readonly #session: Session;
  readonly #tables: ReadonlyMap<string, Table>;
  readonly #plans: ReadonlyMap<string, TablePlan>;
  /** By table name, made when the first row comes. */
  readonly #buffers = new Map<string, Waiting>();
  /** Which tables documents name: most name the same. */
  readonly #shapes = new Map<
    string,
    { readonly number: number; readonly plans: readonly TablePlan[] }
  >();
  #documents: string[] = [];
  #count = 0;
  #characters = 0;
  #turnEnds = 0;

  constructor(session: Session, plans: readonly TablePlan[]) {
    this.#session = session;
    this.#tables = new Map(plans.map(({ table }) => [table.name, table]));
    this.#plans = new Map(plans.map((plan) => [plan.table.name, plan]));
  }

  /** How many documents are staged. */
  get count(): number {
    return this.#count;
  }

  /** The tables that documents name, by the shapes of documents. */
  get shapes(): Shapes {
    return [...this.#shapes.values()].map(({ plans }) => plans);
  }

  /** The tables that hold staged rows. */
  get withRows(): readonly TablePlan[] {
    return [...this.#buffers.values()].map(({ plan }) => plan);
  }

  /** Reads, checks and stages documents. What is not yet sent waits for `flush`. Only checked rows are ever sent. */
  async add(documents: readonly Document[]): Promise<void> {
    this.#turnEnds = performance.now() + TURN_MS;
    for (const document of documents) {
      checkDocument(document, this.#tables);
      const seq = this.#count;
      this.#count += 1;
      const { id, order, status } = document;
      for (const [name, rows] of document.rows) await this.#addRows(name, id, seq, rows);
      const cells = [id, order, status].map(encode);
      this.#documents.push([seq, ...cells, this.#shapeOf(document)].join('\t'));
      this.#characters += ROW;
      await this.#next();
    }
  }

  /** Sends what still waits. */
  async flush(): Promise<void> {
    for (const buffer of this.#buffers.values()) await this.#send(buffer);
    const documents = this.#documents;
    this.#documents = [];
    this.#characters = 0;
    await this.#copy(STAGED_DOCUMENTS, documents);
  }

  #shapeOf({ rows }: Document): number {
    const names = [...rows.keys()].sort();
    const key = JSON.stringify(names);
    let shape = this.#shapes.get(key);
    if (shape === undefined) {
      const plans = names.flatMap((name) => this.#plans.get(name) ?? []);
      shape = { number: this.#shapes.size, plans };
      this.#shapes.set(key, shape);
    }
    return shape.number;
  }

  async #addRows(name: string, id: string, seq: number, rows: Iterable<Row>): Promise<void> {
    const plan = this.#plans.get(name);
    if (plan === undefined) return;
    let number = 0;
    for (const row of rows) {
      checkRow(plan.table, row);
      const line = encoded(row, id, [seq, number]);
      // What is sent together must fit into one text of JavaScript's.
      if (line.length > CHARACTERS) await this.flush();
      this.#bufferOf(plan).lines.push(line);
      this.#characters += line.length + ROW;
      number += 1;
      await this.#next();
    }
  }

  #bufferOf(plan: TablePlan): Waiting {
    let buffer = this.#buffers.get(plan.table.name);
    if (buffer === undefined) {
      buffer = { plan, lines: [], isCreated: false };
      this.#buffers.set(plan.table.name, buffer);
    }
    return buffer;
  }

  async #send(buffer: Waiting): Promise<void> {
    const { plan, lines, isCreated } = buffer;
    if (lines.length === 0) return;
    if (!isCreated) await this.#session.run(createStagedRows(plan));
    buffer.isCreated = true;
    buffer.lines = [];
    await this.#copy(stagedRows(plan.index), lines);
  }

  async #copy(table: string, lines: string[]): Promise<void> {
    if (lines.length === 0) return;
    lines.push('');
    await this.#session.copy(`COPY ${table} FROM STDIN`, Buffer.from(lines.join('\n')));
  }

  /** After each row and document: sends what is enough for a COPY, and lets others work. */
  async #next(): Promise<void> {
    if (this.#characters >= CHARACTERS) await this.flush();
    if (performance.now() < this.#turnEnds) return;
    await nextTurn();
    this.#turnEnds = performance.now() + TURN_MS;
  }
}

/** A line of COPY. */
function encoded(row: Row, id: string, own: readonly number[]): string {
  try {
    return [...own, ...row.map(encode)].join('\t');
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new SinkError('INVALID_VALUE', `Document ${id}: a row is too long to be sent.`, {
      cause,
    });
  }
}
