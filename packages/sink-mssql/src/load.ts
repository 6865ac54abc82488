import {
  type CommitResult,
  checkState,
  type Document,
  type Load,
  LoadGate,
  type State,
  stateConflict,
  type Target,
} from '@tdp-sync/sink';
import { commit } from './commit.ts';
import type { MssqlConfig } from './config.ts';
import { Connections } from './connection.ts';
import { driver } from './driver.ts';
import { isStateConflict } from './errors.ts';
import { syncKey } from './names.ts';
import type { Fold } from './schema.ts';
import { PREPARE_SESSION } from './session.ts';
import { Staging } from './staging.ts';

/** One connection, kept: with it would go the staging tables. */
const ONE = { min: 1, max: 1 };

/** A load: a connection of its own, so that its transaction and staging tables are nobody else's. */
export class MssqlLoad implements Load {
  readonly #schema: string;
  readonly #fold: Fold;
  readonly #target: Target;
  readonly #onClose: (load: MssqlLoad) => void;
  readonly #connection: Connections;
  readonly #staging: Staging;
  readonly #gate = new LoadGate();

  private constructor(
    connection: Connections,
    { schema, fold }: { readonly schema: string; readonly fold: Fold },
    target: Target,
    onClose: (load: MssqlLoad) => void,
  ) {
    this.#connection = connection;
    this.#schema = schema;
    this.#fold = fold;
    this.#target = target;
    this.#onClose = onClose;
    this.#staging = new Staging(connection, target.tables);
  }

  /** Opens a load with an empty staging area. */
  static async open(
    config: MssqlConfig,
    fold: Fold,
    target: Target,
    onClose: (load: MssqlLoad) => void,
  ): Promise<MssqlLoad> {
    const connection = await Connections.open(config, ONE);
    try {
      await connection.batch(PREPARE_SESSION);
      connection.pin();
      return new MssqlLoad(connection, { schema: config.schema, fold }, target, onClose);
    } catch (error) {
      await connection.close();
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
      return this.#commit(state);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#gate.release(async () => {
      // The server drops the staging tables with the session.
      await this.#connection.close();
      this.#onClose(this);
    });
  }

  async #commit(state: State): Promise<CommitResult> {
    const { sync, since } = this.#target;
    const { named, withRows, count } = this.#staging;
    const plan = { hasSince: since !== undefined, named, withRows, fold: this.#fold };
    const statement = commit(this.#schema, plan);
    try {
      const [[[applied] = []] = []] = await this.#connection.query(statement, {
        sync: [driver.NVarChar(128), syncKey(sync)],
        state: [driver.NVarChar(driver.MAX), state],
        ...(since === undefined ? {} : { since: [driver.NVarChar(driver.MAX), since] as const }),
      });
      return { applied: Number(applied), leftAlone: count - Number(applied) };
    } catch (error) {
      throw isStateConflict(error) ? stateConflict(this.#target.sync, error) : error;
    }
  }
}
