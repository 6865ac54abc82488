import {
  checkSync,
  checkTables,
  checkTarget,
  type DocumentFilter,
  ENDLESS_ROOM,
  type Load,
  type RowDamage,
  type RowRoom,
  type Sink,
  SinkError,
  type State,
  type Status,
  type StoredDocument,
  type StoredRow,
  type Table,
  type Target,
} from '@tdp-sync/sink';
import { Api } from './api.ts';
import { createClient } from './client.ts';
import { TABLES_PER_COMMIT } from './commit.ts';
import type { BigQueryConfig } from './config.ts';
import { damagesIn } from './damage-finder.ts';
import { sinkError } from './errors.ts';
import { Jobs, type Parameters, type ResultRow } from './jobs.ts';
import { BigQueryLoad, type LoadContext } from './load.ts';
import { checkHeld } from './names.ts';
import { documentRows, sortedIds } from './row-reader.ts';
import {
  comparableColumns,
  prepareBookkeeping,
  prepareDataset,
  prepareTables,
  type Surroundings,
  storedColumns,
} from './schema.ts';
import * as sql from './sql.ts';

/** How many ledger lines one query gives: sorting is done in the memory of one machine. */
const LINES = 500_000;
/** How many ids go into one query; 44 bytes each, and a request has 10 MB. */
const IDS = 50_000;

/** A dataset of BigQuery as a sink. */
export class BigQuerySink implements Sink {
  readonly tablesPerLoad: number = TABLES_PER_COMMIT;
  readonly rowRoom: RowRoom = ENDLESS_ROOM;
  readonly #config: BigQueryConfig;
  readonly #around: Surroundings;
  readonly #loads = new Set<BigQueryLoad>();
  /** Loads that are being opened, so that `dispose` misses none. */
  readonly #opening = new Set<Promise<unknown>>();
  /** Changes of tables, one after the other: each table takes five in ten seconds. */
  #changes: Promise<unknown> = Promise.resolve();
  /** Commits, one after the other: BigQuery cancels all but one of those that run at once. */
  #commits: Promise<unknown> = Promise.resolve();
  #closed: Promise<void> | undefined;

  private constructor(config: BigQueryConfig, around: Surroundings) {
    this.#config = config;
    this.#around = around;
  }

  /** Connects and creates dataset and bookkeeping tables where missing. */
  static async open(config: BigQueryConfig, baseDir: string): Promise<BigQuerySink> {
    const { project, dataset, labels, maximumBytesBilled, partitionBy } = config;
    try {
      const api = new Api(await createClient(config, baseDir), project);
      const location = await prepareDataset(api, config);
      const jobs = new Jobs(api, { project, location, labels, maximumBytesBilled });
      const around = { api, jobs, place: { project, dataset }, partitionBy };
      await prepareBookkeeping(around);
      return new BigQuerySink(config, around);
    } catch (error) {
      throw sinkError(error, config);
    }
  }

  async readState(sync: string): Promise<State | undefined> {
    checkSync(sync);
    const pages = this.#read(sql.readState(this.#around.place), { sync });
    for await (const [row] of pages) return row === undefined ? undefined : String(row[0]);
    return undefined;
  }

  async *documents(sync: string, filter: DocumentFilter = {}): AsyncIterable<StoredDocument> {
    checkSync(sync);
    this.#checkOpen();
    const { ids, status } = filter;
    const given: Parameters = { sync, ...(status === undefined ? {} : { status }) };
    yield* ids === undefined ? this.#allLines(given) : this.#linesOf(sortedIds(ids), given);
  }

  async *rows(table: Table, ids: readonly string[]): AsyncIterable<StoredRow> {
    checkTables([table]);
    checkHeld([table]);
    this.#checkOpen();
    const found = await this.#ours(storedColumns(this.#around, table));
    if (found === undefined) return;
    const { jobs, place } = this.#around;
    const pages = documentRows(jobs, place, table, found, ids);
    for await (const page of this.#each(pages)) yield* page;
  }

  async *damages(sync: string, tables: readonly Table[]): AsyncIterable<RowDamage> {
    checkSync(sync);
    checkTables(tables);
    checkHeld(tables);
    this.#checkOpen();
    const { jobs, place } = this.#around;
    const found = await this.#ours(comparableColumns(this.#around, tables));
    const compared = tables.map((table, at) => ({ table, found: found[at], place: at }));
    yield* this.#each(damagesIn(jobs, place, sync, compared));
  }

  async begin(target: Target): Promise<Load> {
    checkTarget(target);
    checkHeld(target.tables);
    const opening = this.#open(target);
    this.#opening.add(opening);
    try {
      return await opening;
    } finally {
      this.#opening.delete(opening);
    }
  }

  async clear(sync: string): Promise<void> {
    checkSync(sync);
    this.#checkOpen();
    const { jobs, place } = this.#around;
    const id = `tdp_sync_${crypto.randomUUID()}_clear`;
    await this.#ours(this.#inTurn(() => jobs.run(id, sql.forget(place), { sync })));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed ??= this.#close();
    await this.#closed;
  }

  async #close(): Promise<void> {
    await Promise.allSettled(this.#opening);
    await Promise.all([...this.#loads].map((load) => load[Symbol.asyncDispose]()));
  }

  async #open(target: Target): Promise<BigQueryLoad> {
    this.#checkOpen();
    const change = this.#changes.then(() => prepareTables(this.#around, target.tables));
    // The next change starts whether or not this one fails; whoever asked for this one sees its error.
    this.#changes = change.catch(() => undefined);
    await this.#ours(change);
    const context: LoadContext = {
      around: this.#around,
      config: this.#config,
      origin: this.#config,
      inTurn: (task) => this.#inTurn(task),
      onClose: (load) => this.#loads.delete(load),
    };
    const load = new BigQueryLoad(context, target);
    this.#loads.add(load);
    return load;
  }

  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#commits.then(task);
    this.#commits = result.catch(() => undefined);
    return result;
  }

  async *#allLines(given: Parameters): AsyncIterable<StoredDocument> {
    let after = '';
    for (let full = true; full; ) {
      const statement = sql.readLines(this.#around.place, after, LINES, 'status' in given);
      let count = 0;
      for await (const page of this.#read(statement, given)) {
        for (const row of page) {
          count += 1;
          after = String(row[0]);
          yield line(row);
        }
      }
      full = count === LINES;
    }
  }

  async *#linesOf(ids: readonly string[], given: Parameters): AsyncIterable<StoredDocument> {
    for (let at = 0; at < ids.length; at += IDS) {
      const some = ids.slice(at, at + IDS);
      const statement = sql.readLinesOf(this.#around.place, some, 'status' in given);
      for await (const page of this.#read(statement, { ...given, ids: some })) {
        for (const row of page) yield line(row);
      }
    }
  }

  #read(statement: string, given: Parameters): AsyncIterable<readonly ResultRow[]> {
    return this.#each(this.#around.jobs.read(statement, given));
  }

  /** Gives what a reading gives, as long as the sink is open. */
  async *#each<T>(pages: AsyncGenerator<T>): AsyncIterable<T> {
    for (;;) {
      this.#checkOpen();
      const page = await this.#ours(pages.next());
      if (page.done === true) return;
      yield page.value;
    }
  }

  async #ours<T>(task: Promise<T>): Promise<T> {
    try {
      return await task;
    } catch (error) {
      throw sinkError(error, this.#config);
    }
  }

  #checkOpen(): void {
    if (this.#closed === undefined) return;
    throw new SinkError('SINK_UNAVAILABLE', 'This sink is closed. Open another.');
  }
}

function line([id, order, status]: ResultRow): StoredDocument {
  return { id: String(id), order: String(order), status: String(status) as Status };
}
