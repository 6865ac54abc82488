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
import type { TablePlan } from './commit.ts';
import type { BigQueryConfig } from './config.ts';
import { Lines } from './lines.ts';
import { createTable, type Surroundings } from './schema.ts';
import { staged } from './values.ts';

/** How long documents are converted before other work of the process gets its turn, in milliseconds. */
const TURN_MS = 10;
/** A staging table that nobody removes, since its process was killed, is gone after a day. In milliseconds. */
const LIFETIME_MS = 86_400_000;
/** What BigQuery takes as one row of JSON, in bytes: https://cloud.google.com/bigquery/quotas#load_jobs */
const ROW_BYTES = 100_000_000;

/** The columns of a staging table: table, id, document, row, values. Table 0 holds the documents themselves. */
const COLUMNS = [
  { name: 't', type: 'INT64', mode: 'REQUIRED' },
  { name: 'k', type: 'STRING', mode: 'REQUIRED' },
  { name: 's', type: 'INT64', mode: 'REQUIRED' },
  // Absent where a document names a table and has no rows for it.
  { name: 'r', type: 'INT64', mode: 'NULLABLE' },
  { name: 'v', type: 'STRING', mode: 'REPEATED' },
];

/**
 * The staging area of one load: lines in memory, and a table of its own that load jobs fill from them. One table for
 * the rows of all tables, so that a load takes as many jobs as its bytes need, however many tables there are. It is
 * partitioned by table, so that each statement of the commit reads the rows of one table only.
 */
export class Staging {
  readonly #around: Surroundings;
  readonly #config: BigQueryConfig;
  readonly #id: string;
  readonly #tables: ReadonlyMap<string, Table>;
  readonly #plans: ReadonlyMap<string, TablePlan>;
  readonly #named = new Set<TablePlan>();
  readonly #withRows = new Set<TablePlan>();
  readonly #ids = new Set<string>();
  #lines: Lines;
  #count = 0;
  #saysWhatItReplaces = false;
  #loads = 0;
  #created = false;
  #turnEnds = 0;

  constructor(around: Surroundings, config: BigQueryConfig, id: string, tables: readonly Table[]) {
    this.#around = around;
    this.#config = config;
    this.#id = id;
    this.#tables = new Map(tables.map((table) => [table.name, table]));
    this.#plans = new Map(tables.map((table, at) => [table.name, { table, number: at + 1 }]));
    this.#lines = new Lines(config.compress);
  }

  /** The name of the staging table. */
  get table(): string {
    return `_tdp_sync_stage_${this.#id}`;
  }

  /** How many documents are staged. */
  get count(): number {
    return this.#count;
  }

  /** Their ids, each once and sorted. */
  get ids(): readonly string[] {
    return [...this.#ids].sort();
  }

  /** Whether a document says which line of the ledger it was made against. */
  get saysWhatItReplaces(): boolean {
    return this.#saysWhatItReplaces;
  }

  /** The tables that documents name. */
  get named(): readonly TablePlan[] {
    return [...this.#named];
  }

  /** The tables that have staged rows. */
  get withRows(): readonly TablePlan[] {
    return [...this.#withRows];
  }

  /** Reads, checks and stages documents. What is not yet uploaded waits for `flush`. */
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

  /** Uploads what still waits. */
  async flush(): Promise<void> {
    const lines = this.#lines;
    this.#lines = new Lines(this.#config.compress);
    const data = await lines.end();
    if (lines.bytes > 0) await this.#upload(data);
  }

  /** Removes the staging table. Should that fail, it goes when its time is up. */
  async remove(): Promise<void> {
    if (!this.#created) return;
    this.#created = false;
    const path = `/datasets/${this.#around.place.dataset}/tables/${this.table}`;
    // The load is over, whatever became of it: a table that stays for a day must not turn it into an error.
    await this.#around.api.sendAgain({ method: 'DELETE', path }).catch(() => undefined);
  }

  async #addDocument(document: Document): Promise<void> {
    checkDocument(document, this.#tables);
    const seq = this.#count;
    this.#count += 1;
    const { id, order, status, replaces } = document;
    if (replaces !== undefined) this.#saysWhatItReplaces = true;
    const against = replaces === undefined ? [] : [replaces ?? ''];
    for (const [name, rows] of document.rows) await this.#addRows(name, id, seq, rows);
    this.#ids.add(id);
    await this.#add({ t: 0, k: id, s: seq, v: [order, status, ...against] });
  }

  async #addRows(name: string, id: string, seq: number, rows: Iterable<Row>): Promise<void> {
    const plan = this.#plans.get(name);
    if (plan === undefined) return;
    const { table, number } = plan;
    this.#named.add(plan);
    let row = 0;
    for (const values of rows) {
      checkRow(table, values);
      const v = table.columns.map(({ type }, at) => staged(type, values[at] ?? null));
      await this.#add({ t: number, k: id, s: seq, r: row, v });
      row += 1;
    }
    if (row > 0) this.#withRows.add(plan);
    else await this.#add({ t: number, k: id, s: seq });
  }

  async #add(line: StagedLine): Promise<void> {
    const text = JSON.stringify(line);
    if (text.length > ROW_BYTES / 3 && Buffer.byteLength(text) > ROW_BYTES) {
      throw new SinkError(
        'INVALID_VALUE',
        'A row has more than 100 MB, which is the most that BigQuery takes.',
      );
    }
    await this.#lines.add(text);
    if (this.#lines.bytes >= this.#config.loadBytes) await this.flush();
    if (performance.now() < this.#turnEnds) return;
    await nextTurn();
    this.#turnEnds = performance.now() + TURN_MS;
  }

  async #upload(data: Buffer): Promise<void> {
    const { api, jobs, place } = this.#around;
    if (!this.#created) {
      await createTable(api, place, this.table, {
        schema: { fields: COLUMNS },
        expirationTime: String(Date.now() + LIFETIME_MS),
        rangePartitioning: {
          field: 't',
          range: { start: '0', end: String(this.#plans.size + 1), interval: '1' },
        },
      });
      this.#created = true;
    }
    this.#loads += 1;
    const { project: projectId, dataset: datasetId } = place;
    const load = {
      destinationTable: { projectId, datasetId, tableId: this.table },
      sourceFormat: 'NEWLINE_DELIMITED_JSON',
      encoding: 'UTF-8',
      schema: { fields: COLUMNS },
      writeDisposition: 'WRITE_APPEND',
      createDisposition: 'CREATE_NEVER',
    };
    await jobs.load(`tdp_sync_${this.#id}_load${this.#loads}`, load, data);
  }
}

interface StagedLine {
  readonly t: number;
  readonly k: string;
  readonly s: number;
  readonly r?: number;
  readonly v?: readonly string[];
}
