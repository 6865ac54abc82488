import {
  checkSync,
  checkTables,
  checkTarget,
  type DocumentFilter,
  ENDLESS_ROOM,
  isStorableText,
  type Load,
  type RowDamage,
  type RowRoom,
  type Sink,
  type SinkContext,
  SinkError,
  type State,
  type Status,
  type StoredDocument,
  type StoredRow,
  type Table,
  type Target,
} from '@tdp-sync/sink';
import type { DuckdbConfig } from './config.ts';
import type { Connection } from './connection.ts';
import { DamageReader } from './damage-reader.ts';
import { Database } from './database.ts';
import { DuckdbLoad } from './load.ts';
import { RowReader } from './row-reader.ts';
import { KnownTables, prepareBookkeeping, prepareTables } from './schema.ts';
import { Serial } from './serial.ts';
import * as sql from './sql.ts';

/** How many ledger lines are read at once. Each portion scans the ledger, so it must not be small. */
const LINES = 100_000n;
const INTERRUPT_MS = 20;

/** A DuckDB file as a sink. */
export class DuckdbSink implements Sink {
  readonly tablesPerLoad: number = Number.POSITIVE_INFINITY;
  readonly rowRoom: RowRoom = ENDLESS_ROOM;
  readonly #database: Database;
  readonly #connection: Connection;
  readonly #place: sql.Place;
  /** The sink's own connection takes one statement at a time. */
  readonly #turns = new Serial();
  readonly #known = new KnownTables();
  readonly #loads = new Set<DuckdbLoad>();
  /** Portions of rows that are being read, each on a connection of its own. */
  readonly #reads = new Set<Promise<unknown>>();
  /** Connections that hold what was found when rows were compared. */
  readonly #comparisons = new Set<Connection>();
  #closed: Promise<void> | undefined;

  private constructor(database: Database, connection: Connection, place: sql.Place) {
    this.#database = database;
    this.#connection = connection;
    this.#place = place;
  }

  /** Opens the file and creates the bookkeeping tables where missing. */
  static async open(config: DuckdbConfig, context: SinkContext): Promise<DuckdbSink> {
    const database = await Database.open(config, context);
    try {
      const connection = await database.connect();
      const place = { database: sql.DATABASE, schema: config.schema };
      await database.writers.run(() => prepareBookkeeping(connection, place));
      return new DuckdbSink(database, connection, place);
    } catch (error) {
      database.close();
      throw error;
    }
  }

  async readState(sync: string): Promise<State | undefined> {
    checkSync(sync);
    const [row] = await this.#rows(sql.readState(this.#place), [sync]);
    return row === undefined ? undefined : String(row[0]).slice(1);
  }

  async *documents(sync: string, filter: DocumentFilter = {}): AsyncIterable<StoredDocument> {
    checkSync(sync);
    const { ids, status } = filter;
    const statement = sql.readLines(this.#place, {
      ids: ids !== undefined,
      status: status !== undefined,
    });
    const given = [
      ...(ids ? [JSON.stringify(ids.filter(isStorableText))] : []),
      ...(status ? [status] : []),
    ];
    let after = '';
    for (let full = true; full; ) {
      // A portion at a time, and no statement open in between: a slow reader holds up nobody.
      const rows = await this.#rows(statement, [sync, after, LINES, ...given]);
      for (const [line] of rows) {
        const [id = '', status, order = ''] = String(line).split(' ');
        yield { id, order, status: status as Status };
        after = id;
      }
      full = BigInt(rows.length) === LINES;
    }
  }

  async *rows(table: Table, ids: readonly string[]): AsyncIterable<StoredRow> {
    checkTables([table]);
    const reader = await this.#reading((connection) =>
      RowReader.prepare(connection, this.#place, table, ids, () => this.#database.room()),
    );
    while (reader?.hasMore) {
      // Nothing is open between two portions: a slow reader holds up nobody.
      yield* await this.#reading((connection) => reader.next(connection));
    }
  }

  async *damages(sync: string, tables: readonly Table[]): AsyncIterable<RowDamage> {
    checkSync(sync);
    checkTables(tables);
    this.#checkOpen();
    const connection = await this.#database.connect();
    this.#comparisons.add(connection);
    try {
      const reader = await this.#comparing(() => this.#compare(connection, sync, tables));
      while (reader.hasMore) yield* await this.#comparing(() => reader.next());
    } finally {
      this.#comparisons.delete(connection);
      connection.close();
    }
  }

  async begin(target: Target): Promise<Load> {
    checkTarget(target);
    this.#checkOpen();
    await this.#prepare(target.tables.filter((table) => !this.#known.has(table)));
    const onClose = (load: DuckdbLoad) => this.#loads.delete(load);
    const load = await DuckdbLoad.open(this.#database, this.#place, target, onClose);
    this.#loads.add(load);
    return load;
  }

  async clear(sync: string): Promise<void> {
    checkSync(sync);
    await this.#database.writers.run(() =>
      this.#turns.run(async () => {
        await this.#connection.run('BEGIN TRANSACTION');
        try {
          for (const statement of sql.forget(this.#place)) {
            await this.#connection.run(statement, [sync]);
          }
          await this.#connection.run('COMMIT');
        } catch (error) {
          // The first error is the one that matters.
          await this.#connection.run('ROLLBACK').catch(() => undefined);
          throw error;
        }
      }),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed ??= this.#close();
    await this.#closed;
  }

  #checkOpen(): void {
    if (this.#closed !== undefined)
      throw new SinkError('SINK_UNAVAILABLE', 'This sink is closed. Open another.');
  }

  async #prepare(tables: readonly Table[]): Promise<void> {
    if (tables.length === 0) return;
    await this.#database.writers.run(() =>
      this.#turns.run(() => prepareTables(this.#connection, this.#place, tables)),
    );
    for (const table of tables) this.#known.add(table);
  }

  async #close(): Promise<void> {
    for (const load of this.#loads) await load[Symbol.asyncDispose]();
    await this.#readsEnded();
    for (const connection of this.#comparisons) connection.close();
    const fold = () => this.#turns.run(() => this.#database.rowGroups.fold(this.#connection));
    // It only makes the next start quicker. Should it fail, the log holds everything that was committed.
    await this.#database.writers.run(fold).catch(() => undefined);
    this.#connection.close();
    this.#database.close();
  }

  /** Comparisons are told to end. Again and again, since one that is only about to begin does not hear it. */
  async #readsEnded(): Promise<void> {
    const interrupt = () => {
      for (const connection of this.#comparisons) connection.interrupt();
    };
    interrupt();
    const again = setInterval(interrupt, INTERRUPT_MS);
    await Promise.allSettled(this.#reads);
    clearInterval(again);
  }

  /** Reads on a connection that lasts as long as the task, so that nothing else waits for a long one. */
  async #reading<T>(task: (connection: Connection) => Promise<T>): Promise<T> {
    this.#checkOpen();
    const reading = this.#database.connect().then(async (connection) => {
      try {
        return await task(connection);
      } finally {
        connection.close();
      }
    });
    return this.#noted(reading);
  }

  async #compare(
    connection: Connection,
    sync: string,
    tables: readonly Table[],
  ): Promise<DamageReader> {
    await using room = this.#database.room();
    const onMissing = (table: Table) => this.#known.forget(table);
    return await DamageReader.compare(connection, room, {
      place: this.#place,
      sync,
      tables,
      onMissing,
    });
  }

  /** Closing the sink does not wait for a comparison to come to its end, which may take minutes. */
  async #comparing<T>(task: () => Promise<T>): Promise<T> {
    this.#checkOpen();
    try {
      return await this.#noted(task());
    } catch (error) {
      this.#checkOpen();
      throw error;
    }
  }

  /** Closing the sink waits for it. */
  async #noted<T>(reading: Promise<T>): Promise<T> {
    this.#reads.add(reading);
    try {
      return await reading;
    } finally {
      this.#reads.delete(reading);
    }
  }

  #rows(
    statement: string,
    values: Parameters<Connection['rows']>[1],
  ): ReturnType<Connection['rows']> {
    return this.#turns.run(() => this.#connection.rows(statement, values));
  }
}
