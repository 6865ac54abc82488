import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  type CommitResult,
  type Document,
  type Load,
  type RowDamage,
  type RowRoom,
  type Sink,
  type SinkAdapter,
  SinkError,
  type State,
  type StoredDocument,
  type StoredRow,
  type Table,
  type Target,
  type Value,
} from '../../src/index.ts';
import { MemoryDatabase, memorySink } from '../../src/memory/index.ts';
import type { LinedDatabase } from '../lined-database.ts';
import type { Attempt, Hooks, ReadDocument } from './hooks.ts';

const CONTEXT = { baseDir: process.cwd() };

/** The memory sink with something wrong. With no hooks it keeps the contract, which a test proves. */
export function brokenSink(hooks: Hooks): SinkAdapter<{ database?: MemoryDatabase }> {
  return {
    ...memorySink,
    open: async ({ database = new MemoryDatabase() }) => {
      const inner = await memorySink.open({ database }, CONTEXT);
      return new BrokenSink(inner, database, hooks);
    },
  };
}

class BrokenSink implements Sink {
  readonly tablesPerLoad: number;
  readonly rowRoom: RowRoom;
  readonly #inner: Sink;
  readonly #database: MemoryDatabase;
  readonly #hooks: Hooks;
  readonly #shared: ReadDocument[] = [];
  #closed = false;

  constructor(inner: Sink, database: MemoryDatabase, hooks: Hooks) {
    this.#inner = inner;
    this.tablesPerLoad = inner.tablesPerLoad;
    this.rowRoom = inner.rowRoom;
    this.#database = database;
    this.#hooks = hooks;
  }

  readState(sync: string): Promise<State | undefined> {
    return this.#inner.readState(this.#sync(sync));
  }

  async *documents(
    sync: string,
    filter?: Parameters<Sink['documents']>[1],
  ): AsyncIterable<StoredDocument> {
    const { linesByOffset: size = Number.POSITIVE_INFINITY } = this.#hooks;
    for (let offset = 0; ; offset += size) {
      const lines: StoredDocument[] = [];
      for await (const line of this.#inner.documents(this.#sync(sync), filter)) lines.push(line);
      const page = lines.slice(offset, offset + size);
      yield* this.#hooks.lines?.(page) ?? page;
      if (page.length < size) return;
    }
  }

  rows(table: Table, ids: readonly string[]): AsyncIterable<StoredRow> {
    const right = () => this.#inner.rows(table, ids);
    const isClosed = () => this.#closed;
    return this.#hooks.read?.({ table, ids, database: this.#database, right, isClosed }) ?? right();
  }

  damages(given: string, tables: readonly Table[]): AsyncIterable<RowDamage> {
    const sync = this.#sync(given);
    const right = () => this.#inner.damages(sync, tables);
    const isClosed = () => this.#closed;
    const proving = { sync, tables, database: this.#database, right, isClosed };
    return this.#hooks.prove?.(proving) ?? right();
  }

  async begin(given: Target): Promise<Load> {
    const named = { ...given, sync: this.#sync(given.sync) };
    const target = this.#hooks.target?.(named, this.#database) ?? named;
    const probe = await this.#inner.begin(target);
    const staged = this.#hooks.sharedStaging ? this.#shared : [];
    return new BrokenLoad(this.#inner, probe, this.#database, target, this.#hooks, staged);
  }

  async clear(sync: string): Promise<void> {
    if (this.#hooks.clear) this.#hooks.clear(this.#database, sync);
    else await this.#inner.clear(this.#sync(sync));
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    return Promise.resolve(this.#inner[Symbol.asyncDispose]());
  }

  #sync(sync: string): string {
    return this.#hooks.sync?.(sync) ?? sync;
  }
}

class BrokenLoad implements Load {
  readonly #inner: Sink;
  /** Opened with the load; it checks what is staged and knows when the load is closed. */
  readonly #probe: Load;
  readonly #database: MemoryDatabase;
  readonly #target: Target;
  readonly #hooks: Hooks;
  readonly #staged: ReadDocument[];
  #open = true;

  constructor(
    inner: Sink,
    probe: Load,
    database: MemoryDatabase,
    target: Target,
    hooks: Hooks,
    staged: ReadDocument[],
  ) {
    this.#inner = inner;
    this.#probe = probe;
    this.#database = database;
    this.#target = target;
    this.#hooks = hooks;
    this.#staged = staged;
  }

  async stage(documents: readonly Document[]): Promise<void> {
    try {
      if (documents.length === 0) await this.#probe.stage([]);
      for (const given of documents) {
        const document = this.#read(given);
        if (this.#hooks.accept) this.#staged.push(this.#hooks.accept(document));
        else {
          await this.#probe.stage([document]);
          this.#staged.push(this.#converted(document));
        }
      }
    } catch (error) {
      // Whatever the rows throw must close the load as a refused value does.
      if (!this.#hooks.reopensLoads) await this.#probe[Symbol.asyncDispose]();
      if (!this.#hooks.swallowsErrors) throw this.#blaming(error, documents);
    }
    this.#hooks.staged?.(this.#attempt(''));
  }

  async commit(given: State): Promise<CommitResult> {
    if (!this.#hooks.accept && !this.#hooks.swallowsErrors && !this.#hooks.reopensLoads) {
      await this.#probe.stage([]);
      await this.#probe[Symbol.asyncDispose]();
    }
    this.#open = false;
    const attempt = this.#attempt(this.#hooks.state?.(given) ?? given);
    try {
      const result = await this.#apply(attempt);
      this.#hooks.committed?.(attempt);
      return this.#hooks.result?.(result) ?? result;
    } catch (error) {
      if (error instanceof SinkError && error.code === 'STATE_CONFLICT')
        this.#hooks.refused?.(attempt);
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#probe[Symbol.asyncDispose]();
    if (this.#open) this.#hooks.disposed?.(this.#attempt(''));
    this.#open = false;
    this.#staged.length = 0;
  }

  async #apply(attempt: Attempt): Promise<CommitResult> {
    const { beats, since = () => this.#target.since } = this.#hooks;
    if (this.#hooks.comparesTooEarly) return this.#compareThenApply(attempt);
    const documents = this.#hooks.documents?.(attempt) ?? attempt.documents;
    const { line } = this.#database as Partial<LinedDatabase>;
    if (this.#hooks.comesFirst !== undefined) {
      await line?.send();
      this.#hooks.comesFirst(attempt);
      // Time enough for a reader to come in between.
      for (let turn = 0; turn < 3; turn += 1) await nextTurn();
    }
    await line?.send();
    await using load = await this.#inner.begin({ ...this.#target, since: since(attempt) });
    const kept = documents.filter(
      (document) => beats === undefined || this.#forced(document, beats),
    );
    await load.stage(kept);
    const { applied } = await load.commit(attempt.state);
    return { applied, leftAlone: attempt.documents.length - applied };
  }

  async #compareThenApply(attempt: Attempt): Promise<CommitResult> {
    const stored = () => this.#database.content.states.get(this.#target.sync);
    if (stored() !== this.#target.since) throw new SinkError('STATE_CONFLICT', 'moved');
    for (;;) {
      await using load = await this.#inner.begin({ ...this.#target, since: stored() });
      await load.stage(attempt.documents);
      try {
        return await load.commit(attempt.state);
      } catch (error) {
        if (!(error instanceof SinkError) || error.code !== 'STATE_CONFLICT') throw error;
      }
    }
  }

  /** Takes the line out of the ledger where the defect thinks that the document beats it. */
  #forced(document: Document, beats: (order: string, stored: string) => boolean): boolean {
    const { content } = this.#database;
    const { sync, ledger: name = sync } = this.#target;
    const ledger = new Map(content.ledgers.get(name));
    const stored = ledger.get(document.id);
    if (stored === undefined) return true;
    if (!beats(document.order, stored.order)) return false;
    ledger.delete(document.id);
    const ledgers = new Map(content.ledgers).set(name, ledger);
    this.#database.content = { ...content, ledgers };
    return true;
  }

  #blaming(error: unknown, documents: readonly Document[]): unknown {
    const { blamed } = this.#hooks;
    if (blamed === undefined || !(error instanceof SinkError)) return error;
    const { code, message } = error;
    return new SinkError(code, message, { documentId: blamed(documents) });
  }

  #read(document: Document): ReadDocument {
    if (this.#hooks.readsRowsTwice) for (const rows of document.rows.values()) Array.from(rows);
    const entries = [...document.rows].map(
      ([name, rows]) =>
        [name, Array.from(rows, (row) => (Array.isArray(row) ? [...row] : row))] as const,
    );
    return { ...document, rows: new Map(entries) };
  }

  #converted(document: ReadDocument): ReadDocument {
    const { value: convert } = this.#hooks;
    if (convert === undefined) return document;
    const types = new Map(this.#target.tables.map((table) => [table.name, table.columns]));
    const entries = [...document.rows].map(([name, rows]) => {
      const columns = types.get(name) ?? [];
      const changed = rows.map((row) =>
        columns.map(({ type }, at): Value => {
          const value = row[at] ?? null;
          return value === null ? null : convert(value, type);
        }),
      );
      return [name, changed] as const;
    });
    return { ...document, rows: new Map(entries) };
  }

  #attempt(state: State): Attempt {
    const { sync, tables } = this.#target;
    return {
      database: this.#database,
      target: { ...this.#target, sync, tables },
      documents: [...this.#staged],
      state,
    };
  }
}
