import {
  type CommitResult,
  checkState,
  type Document,
  type Load,
  SinkError,
  type State,
  type Target,
} from '@tdp-sync/sink';
import type { Connection, Database } from './database.ts';
import * as sql from './sql.ts';
import { Staging } from './staging.ts';

/** A load: a connection of its own, so that its transaction and staging tables are nobody else's. */
export class DuckdbLoad implements Load {
  readonly #database: Database;
  readonly #place: sql.Place;
  readonly #target: Target;
  readonly #onClose: (load: DuckdbLoad) => void;
  readonly #connection: Connection;
  readonly #staging: Staging;
  #state: 'open' | 'closed' = 'open';
  /** What is at work on the connection, so that `dispose` does not close it underneath. */
  #busy: Promise<unknown> = Promise.resolve();
  #released = false;

  private constructor(
    database: Database,
    connection: Connection,
    place: sql.Place,
    target: Target,
    onClose: (load: DuckdbLoad) => void,
  ) {
    this.#database = database;
    this.#connection = connection;
    this.#place = place;
    this.#target = target;
    this.#onClose = onClose;
    this.#staging = new Staging(connection, target);
  }

  /** Opens a load with an empty staging area. */
  static async open(
    database: Database,
    place: sql.Place,
    target: Target,
    onClose: (load: DuckdbLoad) => void,
  ): Promise<DuckdbLoad> {
    const connection = await database.connect();
    const load = new DuckdbLoad(database, connection, place, target, onClose);
    try {
      await load.#staging.open();
      return load;
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  async stage(documents: readonly Document[]): Promise<void> {
    // Closed until it is done, so that any error on the way leaves the load closed.
    this.#close();
    await this.#work(() => this.#staging.add(documents));
    this.#state = 'open';
  }

  async commit(state: State): Promise<CommitResult> {
    this.#close();
    checkState(state);
    return this.#work(async () => {
      await this.#staging.flush();
      return this.#database.writers.run(() => this.#transaction(state));
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#state = 'closed';
    await this.#busy;
    if (this.#released) return;
    this.#released = true;
    try {
      this.#staging.close();
    } finally {
      this.#connection.close();
      this.#onClose(this);
    }
  }

  #close(): void {
    if (this.#state === 'closed') {
      throw new SinkError(
        'LOAD_CLOSED',
        'This load is committed, failed or disposed. Begin another.',
      );
    }
    this.#state = 'closed';
  }

  #work<T>(task: () => Promise<T>): Promise<T> {
    const result = task();
    this.#busy = result.catch(() => undefined);
    return result;
  }

  async #transaction(state: State): Promise<CommitResult> {
    try {
      await this.#connection.run('BEGIN TRANSACTION');
      await this.#moveState(state);
      const applied = this.#staging.count === 0 ? 0 : await this.#apply();
      await this.#connection.run('COMMIT');
      return { applied, leftAlone: this.#staging.count - applied };
    } catch (error) {
      // A failed ROLLBACK tells nothing new: the transaction is gone with its connection at the latest.
      await this.#connection.run('ROLLBACK').catch(() => undefined);
      throw await this.#settle(error);
    }
  }

  async #moveState(state: State): Promise<void> {
    const { sync, since } = this.#target;
    if (since !== undefined) {
      const taken = await this.#connection.run(sql.takeState(this.#place), [sync, since]);
      if (taken !== 1) throw this.#conflict();
    }
    const put = await this.#connection.run(sql.putState(this.#place), [sync, state]);
    if (put !== 1) throw this.#conflict();
  }

  async #apply(): Promise<number> {
    const { sync } = this.#target;
    const place = this.#place;
    await this.#connection.run(sql.pickWinners(place), [sync]);
    for (const [table, shapes] of this.#staging.named()) {
      await this.#connection.run(sql.deleteRows(place, table, shapes));
    }
    for (const plan of this.#staging.withRows()) {
      await this.#connection.run(sql.insertRows(place, plan));
    }
    await this.#connection.run(sql.deleteLines(place), [sync]);
    return this.#connection.run(sql.insertLines(place), [sync]);
  }

  /** Two connections on the same rows: DuckDB refuses the second. It is a conflict if the state has moved. */
  async #settle(error: unknown): Promise<unknown> {
    if (!(error instanceof SinkError) || error.code !== 'SINK_FAILED' || !error.retryable)
      return error;
    const { sync, since } = this.#target;
    const [row] = await this.#connection.rows(sql.readState(this.#place), [sync]);
    return (row && String(row[0]).slice(1)) === since ? error : this.#conflict();
  }

  #conflict(): SinkError {
    return new SinkError(
      'STATE_CONFLICT',
      `Sync ${JSON.stringify(this.#target.sync)} was moved by another runner since this load began. Nothing was written; begin again from the state that is stored.`,
    );
  }
}
