import { setImmediate as nextTurn } from 'node:timers/promises';
import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import { checkDocument, type Document, type Row, SinkError, type Table } from '@tdp-sync/sink';
import { about, documentLine, rowLine, shapeLines } from './lines.ts';
import type { TablePlan } from './plan.ts';
import type { Session } from './session.ts';
import { COPY_LINES, COUNT_LINES, putFile } from './staging-tables.ts';
import type { ValueLimit } from './values.ts';

const compress = promisify(gzip);
/** How much waits in this process before it is sent, in characters: the fewer files the better. */
const CHARACTERS = 33_554_432;
/** How long documents are converted before other work of the process gets its turn. */
const TURN_MS = 10;

/** The staging area of one load: lines that wait in this process, and files in the stage of a temporary table. */
export class Staging {
  readonly #session: () => Promise<Session>;
  readonly #limit: ValueLimit;
  readonly #tables: ReadonlyMap<string, Table>;
  readonly #plans: ReadonlyMap<string, TablePlan>;
  readonly #shapes = new Map<string, number>();
  readonly #named = new Set<TablePlan>();
  readonly #withRows = new Set<TablePlan>();
  #lines: string[] = [];
  #characters = 0;
  #sent = 0;
  #files = 0;
  #count = 0;
  #saysWhatItReplaces = false;
  #turnEnds = 0;

  /** `session` opens the session of the load, when there is something to send. */
  constructor(session: () => Promise<Session>, plans: readonly TablePlan[], limit: ValueLimit) {
    this.#session = session;
    this.#limit = limit;
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

  /** The tables that documents name. */
  get named(): readonly TablePlan[] {
    return [...this.#named];
  }

  /** The tables that hold staged rows. */
  get withRows(): readonly TablePlan[] {
    return [...this.#withRows];
  }

  /** Reads, checks and stages documents. What is not yet sent waits for `finish`. Only checked rows are ever sent. */
  async add(documents: readonly Document[]): Promise<void> {
    this.#turnEnds = performance.now() + TURN_MS;
    for (const document of documents) await this.#addDocument(document);
  }

  /** Sends what still waits, and has all of it read. */
  async finish(): Promise<void> {
    await this.#send();
    const session = await this.#session();
    await session.query(COPY_LINES);
    const [[lines] = []] = (await session.query(COUNT_LINES)).rows;
    if (Number(lines) === this.#sent) return;
    throw new SinkError(
      'SINK_UNAVAILABLE',
      `Of ${this.#sent} lines that were sent to the stage ${Number(lines)} have arrived there. Nothing was written. This passes, unless something between here and the stage's host at the cloud keeps files back.`,
      { retryable: true },
    );
  }

  async #addDocument(document: Document): Promise<void> {
    const { id } = document;
    about(id, () => checkDocument(document, this.#tables));
    const seq = this.#count;
    this.#count += 1;
    for (const [name, rows] of document.rows) {
      const plan = this.#plans.get(name);
      if (plan !== undefined) await this.#addRows(plan, id, seq, rows);
    }
    if (document.replaces !== undefined) this.#saysWhatItReplaces = true;
    this.#push(documentLine(document, seq, this.#shapeOf(document)));
    await this.#next();
  }

  async #addRows(plan: TablePlan, id: string, seq: number, rows: Iterable<Row>): Promise<void> {
    let number = 0;
    for (const row of rows) {
      const at = number;
      this.#push(about(id, () => rowLine(plan, [seq, at], row, this.#limit)));
      this.#withRows.add(plan);
      number += 1;
      await this.#next();
    }
  }

  #shapeOf({ rows }: Document): number {
    const names = [...rows.keys()].sort();
    const key = JSON.stringify(names);
    const known = this.#shapes.get(key);
    if (known !== undefined) return known;
    const shape = this.#shapes.size;
    this.#shapes.set(key, shape);
    const plans = names.flatMap((name) => this.#plans.get(name) ?? []);
    for (const plan of plans) this.#named.add(plan);
    for (const line of shapeLines(shape, plans)) this.#push(line);
    return shape;
  }

  #push(line: string): void {
    this.#lines.push(line);
    this.#characters += line.length;
  }

  async #send(): Promise<void> {
    const lines = this.#lines;
    if (lines.length === 0) return;
    this.#lines = [];
    this.#characters = 0;
    this.#sent += lines.length;
    this.#files += 1;
    // One after the other: of all of them together one text may become too long.
    const bytes = Buffer.concat(lines.map((line) => Buffer.from(`${line}\n`)));
    const packed = await compress(bytes, { level: constants.Z_BEST_SPEED });
    const session = await this.#session();
    await session.put(putFile(this.#files), packed);
  }

  /** After each row and document: sends what is enough for a file, and lets others work. */
  async #next(): Promise<void> {
    if (this.#characters >= CHARACTERS) await this.#send();
    if (performance.now() < this.#turnEnds) return;
    await nextTurn();
    this.#turnEnds = performance.now() + TURN_MS;
  }
}
