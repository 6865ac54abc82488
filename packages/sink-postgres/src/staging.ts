import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  aboutDocument,
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
  /** Of each line the document. */
  ids: string[];
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
  #saysWhatItReplaces = false;
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

  /** Whether a document says which line of the ledger it was made against. */
  get saysWhatItReplaces(): boolean {
    return this.#saysWhatItReplaces;
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
      await this.#addDocument(document);
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

  async #addDocument(document: Document): Promise<void> {
    const { id, order, status, replaces } = document;
    about(id, () => checkDocument(document, this.#tables));
    const seq = this.#count;
    this.#count += 1;
    for (const [name, rows] of document.rows) await this.#addRows(name, id, seq, rows);
    const cells = [id, order, status].map(encode);
    const against = encode(replaces === null ? '' : (replaces ?? null));
    this.#saysWhatItReplaces ||= replaces !== undefined;
    this.#documents.push([seq, ...cells, this.#shapeOf(document), against].join('\t'));
    this.#characters += ROW;
  }

  async #addRows(name: string, id: string, seq: number, rows: Iterable<Row>): Promise<void> {
    const plan = this.#plans.get(name);
    if (plan === undefined) return;
    let number = 0;
    for (const row of rows) {
      const line = about(id, () => encoded(plan.table, row, [seq, number]));
      // What is sent together must fit into one text of JavaScript's.
      if (line.length > CHARACTERS) await this.flush();
      const { lines, ids } = this.#bufferOf(plan);
      lines.push(line);
      ids.push(id);
      this.#characters += line.length + ROW;
      number += 1;
      await this.#next();
    }
  }

  #bufferOf(plan: TablePlan): Waiting {
    let buffer = this.#buffers.get(plan.table.name);
    if (buffer === undefined) {
      buffer = { plan, lines: [], ids: [], isCreated: false };
      this.#buffers.set(plan.table.name, buffer);
    }
    return buffer;
  }

  async #send(buffer: Waiting): Promise<void> {
    const { plan, lines, ids, isCreated } = buffer;
    if (lines.length === 0) return;
    if (!isCreated) await this.#session.run(createStagedRows(plan));
    buffer.isCreated = true;
    buffer.lines = [];
    buffer.ids = [];
    await this.#copy(stagedRows(plan.index), lines, ids);
  }

  /** Of an error that a value has met the server says in which line; others may be of any. */
  async #copy(table: string, lines: string[], ids: readonly string[] = []): Promise<void> {
    if (lines.length === 0) return;
    lines.push('');
    const rows = Buffer.from(lines.join('\n'));
    await this.#session.copy(`COPY ${table} FROM STDIN`, rows, (line) => ids[line - 1]);
  }

  /** After each row and document: sends what is enough for a COPY, and lets others work. */
  async #next(): Promise<void> {
    if (this.#characters >= CHARACTERS) await this.flush();
    if (performance.now() < this.#turnEnds) return;
    await nextTurn();
    this.#turnEnds = performance.now() + TURN_MS;
  }
}

/** What is refused before it is sent is refused on account of one document. */
function about<T>(id: string, task: () => T): T {
  try {
    return task();
  } catch (error) {
    throw aboutDocument(error, id);
  }
}

/** A row that fits, as a line of COPY. */
function encoded(table: Table, row: Row, own: readonly number[]): string {
  checkRow(table, row);
  try {
    return [...own, ...row.map(encode)].join('\t');
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    const what = `Table ${JSON.stringify(table.name)}: a row is too long to be sent.`;
    throw new SinkError('INVALID_VALUE', what, { cause });
  }
}
