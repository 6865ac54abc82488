import {
  type CommitResult,
  checkState,
  type Document,
  type Load,
  SinkError,
  type State,
  type Target,
} from '@tdp-sync/sink';
import { commit, PREPARE_SESSION } from './commit.ts';
import type { MssqlConfig } from './config.ts';
import { Connections } from './connection.ts';
import { driver } from './driver.ts';
import { isStateConflict } from './errors.ts';
import { syncKey } from './names.ts';
import { Staging } from './staging.ts';

/** One connection, kept: with it would go the staging tables. */
const ONE = { min: 1, max: 1 };

/** A load: a connection of its own, so that its transaction and staging tables are nobody else's. */
export class MssqlLoad implements Load {
  readonly #schema: string;
  readonly #target: Target;
  readonly #onClose: (load: MssqlLoad) => void;
  readonly #connection: Connections;
  readonly #staging: Staging;
  #state: 'open' | 'closed' = 'open';
  /** What is at work on the connection, so that `dispose` does not close it underneath. */
  #busy: Promise<unknown> = Promise.resolve();
  #released: Promise<void> | undefined;

  private constructor(
    connection: Connections,
    schema: string,
    target: Target,
    onClose: (load: MssqlLoad) => void,
  ) {
    this.#connection = connection;
    this.#schema = schema;
    this.#target = target;
    this.#onClose = onClose;
    this.#staging = new Staging(connection, target.tables);
  }

  /** Opens a load with an empty staging area. */
  static async open(
    config: MssqlConfig,
    target: Target,
    onClose: (load: MssqlLoad) => void,
  ): Promise<MssqlLoad> {
    const connection = await Connections.open(config, ONE);
    try {
      await connection.batch(PREPARE_SESSION);
      connection.pin();
      return new MssqlLoad(connection, config.schema, target, onClose);
    } catch (error) {
      await connection.close();
      throw error;
    }
  }

  async stage(documents: readonly Document[]): Promise<void> {
    // Closed until it is done, so that any error on the way leaves the load closed.
    this.#close();
    await this.#work(() => this.#staging.add(documents));
    if (this.#released === undefined) this.#state = 'open';
  }

  async commit(state: State): Promise<CommitResult> {
    this.#close();
    checkState(state);
    return this.#work(async () => {
      await this.#staging.flush();
      return this.#commit(state);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#state = 'closed';
    this.#released ??= this.#release();
    await this.#released;
  }

  async #release(): Promise<void> {
    await this.#busy;
    // The server drops the staging tables with the session.
    await this.#connection.close();
    this.#onClose(this);
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

  async #commit(state: State): Promise<CommitResult> {
    const { sync, since } = this.#target;
    const { named, withRows, count } = this.#staging;
    const statement = commit(this.#schema, { hasSince: since !== undefined, named, withRows });
    try {
      const [[[applied] = []] = []] = await this.#connection.query(statement, {
        sync: [driver.NVarChar(128), syncKey(sync)],
        state: [driver.NVarChar(driver.MAX), state],
        ...(since === undefined ? {} : { since: [driver.NVarChar(driver.MAX), since] as const }),
      });
      return { applied: Number(applied), leftAlone: count - Number(applied) };
    } catch (error) {
      throw isStateConflict(error) ? this.#conflict(error) : error;
    }
  }

  #conflict(cause: unknown): SinkError {
    return new SinkError(
      'STATE_CONFLICT',
      `Sync ${JSON.stringify(this.#target.sync)} was moved by another runner since this load began. Nothing was written; begin again from the state that is stored.`,
      { cause },
    );
  }
}
