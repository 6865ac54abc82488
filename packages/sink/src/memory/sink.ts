import { checkSync, checkTables, checkTarget } from '../checks.ts';
import { SinkError } from '../errors.ts';
import { ENDLESS_ROOM } from '../row-room.ts';
import type {
  DocumentFilter,
  Load,
  RowDamage,
  RowRoom,
  Sink,
  State,
  StoredDocument,
  StoredRow,
  Table,
  Target,
} from '../sink.ts';
import type { MemoryContent, MemoryDatabase } from './database.ts';
import { MemoryLoad } from './load.ts';
import { damagesIn } from './records.ts';
import { reader, withTables } from './schema.ts';

/** The contract in its simplest form: everything in maps, a commit is one assignment. */
export class MemorySink implements Sink {
  readonly tablesPerLoad: number = Number.POSITIVE_INFINITY;
  readonly rowRoom: RowRoom = ENDLESS_ROOM;
  readonly #database: MemoryDatabase;
  readonly #loads: MemoryLoad[] = [];
  #closed = false;

  constructor(database: MemoryDatabase) {
    this.#database = database;
  }

  async readState(sync: string): Promise<State | undefined> {
    checkSync(sync);
    return this.#content().states.get(sync);
  }

  async *documents(sync: string, filter: DocumentFilter = {}): AsyncIterable<StoredDocument> {
    checkSync(sync);
    const lines = [...(this.#content().ledgers.get(sync)?.values() ?? [])];
    const ids = filter.ids && new Set(filter.ids);
    yield* lines
      .filter((line) => ids === undefined || ids.has(line.id))
      .filter((line) => filter.status === undefined || line.status === filter.status)
      .sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  async *rows(table: Table, ids: readonly string[]): AsyncIterable<StoredRow> {
    checkTables([table]);
    const stored = this.#content().tables.get(table.name.toLowerCase());
    if (stored === undefined) return;
    const read = reader(stored, table);
    for (const id of [...new Set(ids)].sort()) {
      for (const row of stored.rows.get(id) ?? []) yield { id, row: read(row) };
    }
  }

  async *damages(sync: string, tables: readonly Table[]): AsyncIterable<RowDamage> {
    checkSync(sync);
    checkTables(tables);
    yield* damagesIn(this.#content(), sync, tables);
  }

  async begin(target: Target): Promise<Load> {
    checkTarget(target);
    this.#database.content = withTables(this.#content(), target.tables);
    const load = new MemoryLoad(this.#database, target);
    this.#loads.push(load);
    return load;
  }

  async clear(sync: string): Promise<void> {
    checkSync(sync);
    const content = this.#content();
    const states = new Map(content.states);
    const ledgers = new Map(content.ledgers);
    const records = new Map(content.records);
    for (const forgotten of [states, ledgers, records]) forgotten.delete(sync);
    this.#database.content = { ...content, states, ledgers, records };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    for (const load of this.#loads.splice(0)) await load[Symbol.asyncDispose]();
  }

  #content(): MemoryContent {
    if (!this.#closed) return this.#database.content;
    throw new SinkError('SINK_UNAVAILABLE', 'This sink is closed. Open another.');
  }
}
