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
  type StoredDocument,
  type StoredRow,
  type Table,
  type Target,
} from '@tdp-sync/sink';
import type { DatabaseFile } from './file.ts';
import { JsonLoad } from './load.ts';
import { damagesIn } from './records.ts';
import { addTables, reader } from './tables.ts';

/** A JSON file as the contract wants a database. */
export class JsonSink implements Sink {
  readonly tablesPerLoad: number = Number.POSITIVE_INFINITY;
  readonly rowRoom: RowRoom = ENDLESS_ROOM;
  readonly #file: DatabaseFile;
  readonly #closing = new AbortController();

  constructor(file: DatabaseFile) {
    this.#file = file;
  }

  async readState(sync: string): Promise<State | undefined> {
    checkSync(sync);
    return (await this.#open().read()).states.get(sync);
  }

  async *documents(
    sync: string,
    { ids, status }: DocumentFilter = {},
  ): AsyncGenerator<StoredDocument> {
    checkSync(sync);
    const wanted = ids && new Set(ids);
    const { ledgers } = await this.#open().read();
    yield* [...(ledgers.get(sync)?.values() ?? [])]
      .filter((line) => wanted === undefined || wanted.has(line.id))
      .filter((line) => status === undefined || line.status === status)
      .sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  async *rows(table: Table, ids: readonly string[]): AsyncGenerator<StoredRow> {
    checkTables([table]);
    const stored = (await this.#open().read()).tables.get(table.name);
    if (stored === undefined) return;
    const read = reader(stored, table);
    for (const id of [...new Set(ids)].sort()) {
      for (const row of stored.rows.get(id) ?? []) yield { id, row: read(row) };
    }
  }

  async *damages(sync: string, tables: readonly Table[]): AsyncGenerator<RowDamage> {
    checkSync(sync);
    checkTables(tables);
    yield* damagesIn(await this.#open().read(), sync, tables);
  }

  async begin(target: Target): Promise<Load> {
    checkTarget(target);
    await this.#open().change((content) => addTables(content, target.tables));
    return new JsonLoad(this.#file, target, this.#closing.signal);
  }

  async clear(sync: string): Promise<void> {
    checkSync(sync);
    await this.#open().change(({ states, ledgers, records }) => {
      for (const forgotten of [states, ledgers, records]) forgotten.delete(sync);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
  }

  #open(): DatabaseFile {
    if (!this.#closing.signal.aborted) return this.#file;
    throw new SinkError('SINK_UNAVAILABLE', 'This sink is closed.');
  }
}
