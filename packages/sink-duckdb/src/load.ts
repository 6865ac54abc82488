import {
  type CommitResult,
  checkState,
  type Document,
  type Load,
  LoadGate,
  lineConflict,
  SinkError,
  type State,
  stateConflict,
  type Target,
} from '@tdp-sync/sink';
import type { Connection } from './connection.ts';
import type { Database } from './database.ts';
import { isOutOfMemory } from './errors.ts';
import * as records from './records.ts';
import type { Room } from './room.ts';
import * as sql from './sql.ts';
import { Staging } from './staging.ts';

/** The joins with the ledger that make its new lines take so many blocks, by trial with a limit of 16 MB: 24 suffice. */
const BLOCKS_FOR_LINES = 32;

/** A load: a connection of its own, so that its transaction and staging tables are nobody else's. */
export class DuckdbLoad implements Load {
  readonly #database: Database;
  readonly #place: sql.Place;
  readonly #target: Target;
  readonly #onClose: (load: DuckdbLoad) => void;
  readonly #connection: Connection;
  readonly #room: Room;
  readonly #staging: Staging;
  readonly #gate = new LoadGate();

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
    this.#room = database.room();
    this.#staging = new Staging(connection, this.#room, target);
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

  stage(documents: readonly Document[]): Promise<void> {
    return this.#gate.stage(() => this.#staging.add(documents));
  }

  commit(state: State): Promise<CommitResult> {
    return this.#gate.commit(async () => {
      checkState(state);
      await this.#staging.flush();
      return this.#database.writers.run(() => this.#write(state));
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#gate.release(async () => {
      this.#staging.close();
      this.#connection.close();
      await this.#room[Symbol.asyncDispose]();
      this.#onClose(this);
    });
  }

  async #write(state: State): Promise<CommitResult> {
    if (this.#staging.hasLongRows) {
      await this.#database.rowGroups.keepApart(this.#connection, this.#place);
    }
    const result = await this.#transactionWithRoom(state);
    // While there is room for it: with `memoryLimit` alone the log could not be replayed. The commit stands
    // whether or not this succeeds.
    if (this.#room.wantsFolding && (await this.#connection.checkpoint().catch(() => false))) {
      this.#room.folded();
    }
    return result;
  }

  /** Where the limit does not suffice for a commit, it is tried again with more. */
  async #transactionWithRoom(state: State): Promise<CommitResult> {
    try {
      return await this.#transaction(state);
    } catch (error) {
      if (!isOutOfMemory(error) || !(await this.#room.grow())) throw error;
      return this.#transactionWithRoom(state);
    }
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
      if (taken !== 1) throw stateConflict(sync);
    }
    const put = await this.#connection.run(sql.putState(this.#place), [sync, state]);
    if (put !== 1) throw stateConflict(sync);
  }

  async #apply(): Promise<number> {
    const { sync, ledger = sync } = this.#target;
    const place = this.#place;
    await this.#connection.run(sql.pickWinners(place), [ledger]);
    await this.#checkReplaced(ledger);
    for (const [table, shapes] of this.#staging.named()) {
      await this.#delete(table.name, sql.deleteRows(place, table, shapes));
    }
    for (const plan of this.#staging.withRows()) {
      await this.#insert(plan.table.name, sql.insertRows(place, plan));
    }
    // What is deleted is held by now, and the lines are put together beside it.
    await this.#room.fitBlocks(BLOCKS_FOR_LINES);
    const names = records.recordedNames(this.#staging.shapes);
    await this.#connection.run(records.findHeld(place), [ledger, names]);
    const lines = records.insertLines(place, this.#staging.withRows());
    const applied = await this.#insert(sql.LEDGER, lines, [ledger]);
    // After the insert, which takes from the old lines what it keeps.
    await this.#delete(sql.LEDGER, records.deleteHeld(place));
    return applied;
  }

  async #checkReplaced(ledger: string): Promise<void> {
    if (!this.#staging.saysWhatItReplaces) return;
    const [row] = await this.#connection.rows(sql.countOutdated(this.#place), [ledger]);
    if (Number(row?.[0]) > 0) throw lineConflict(ledger);
  }

  #delete(table: string, statement: string): Promise<void> {
    const deletion = { table, documents: this.#staging.count, statement };
    return this.#database.deletions.run(this.#connection, this.#place, this.#room, deletion);
  }

  async #insert(table: string, statement: string, values: string[] = []): Promise<number> {
    const rows = await this.#connection.run(statement, values);
    this.#database.deletions.inserted(table, rows);
    return rows;
  }

  /** Two connections on the same rows: DuckDB refuses the second. It is a conflict if the state has moved. */
  async #settle(error: unknown): Promise<unknown> {
    if (!(error instanceof SinkError) || error.code !== 'SINK_FAILED' || !error.retryable)
      return error;
    const { sync, since } = this.#target;
    const [row] = await this.#connection.rows(sql.readState(this.#place), [sync]);
    return (row && String(row[0]).slice(1)) === since ? error : stateConflict(sync);
  }
}
