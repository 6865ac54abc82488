import { checkSync, checkTarget } from '../checks.ts';
import type { DocumentFilter, Load, Sink, State, StoredDocument, Target } from '../sink.ts';
import type { MemoryDatabase } from './database.ts';
import { MemoryLoad } from './load.ts';
import { withTables } from './schema.ts';

/** The contract in its simplest form: everything in maps, a commit is one assignment. */
export class MemorySink implements Sink {
  readonly #database: MemoryDatabase;
  readonly #loads: MemoryLoad[] = [];

  constructor(database: MemoryDatabase) {
    this.#database = database;
  }

  async readState(sync: string): Promise<State | undefined> {
    checkSync(sync);
    return this.#database.content.states.get(sync);
  }

  async *documents(sync: string, filter: DocumentFilter = {}): AsyncIterable<StoredDocument> {
    checkSync(sync);
    const lines = [...(this.#database.content.ledgers.get(sync)?.values() ?? [])];
    const ids = filter.ids && new Set(filter.ids);
    yield* lines
      .filter((line) => ids === undefined || ids.has(line.id))
      .filter((line) => filter.status === undefined || line.status === filter.status)
      .sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  async begin(target: Target): Promise<Load> {
    checkTarget(target);
    this.#database.content = withTables(this.#database.content, target.tables);
    const load = new MemoryLoad(this.#database, target);
    this.#loads.push(load);
    return load;
  }

  async clear(sync: string): Promise<void> {
    checkSync(sync);
    const { content } = this.#database;
    const states = new Map(content.states);
    const ledgers = new Map(content.ledgers);
    states.delete(sync);
    ledgers.delete(sync);
    this.#database.content = { ...content, states, ledgers };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const load of this.#loads.splice(0)) await load[Symbol.asyncDispose]();
  }
}
