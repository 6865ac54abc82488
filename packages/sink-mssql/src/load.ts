import {
  type CommitResult,
  checkState,
  type Document,
  type Load,
  LoadGate,
  lineConflict,
  type State,
  stateConflict,
  type Target,
} from '@tdp-sync/sink';
import { commit } from './commit.ts';
import { driver } from './driver.ts';
import { isLineConflict, isStateConflict } from './errors.ts';
import { syncKey } from './names.ts';
import type { Fold } from './schema.ts';
import type { LoadSession } from './session.ts';
import { Staging } from './staging.ts';

/** A load: a session of its own, so that its transaction and staging tables are nobody else's. */
export class MssqlLoad implements Load {
  readonly #schema: string;
  readonly #fold: Fold;
  readonly #target: Target;
  readonly #session: LoadSession;
  readonly #staging: Staging;
  readonly #release: (load: MssqlLoad) => Promise<void>;
  readonly #gate = new LoadGate();
  #isSound = true;

  /** `release` is called when it ends, once. */
  constructor(
    session: LoadSession,
    { schema, fold }: { readonly schema: string; readonly fold: Fold },
    target: Target,
    release: (load: MssqlLoad) => Promise<void>,
  ) {
    this.#session = session;
    this.#schema = schema;
    this.#fold = fold;
    this.#target = target;
    this.#release = release;
    this.#staging = new Staging(session, target.tables);
  }

  get session(): LoadSession {
    return this.#session;
  }

  /** Whether nothing has gone wrong in its session. */
  get isSound(): boolean {
    return this.#isSound;
  }

  stage(documents: readonly Document[]): Promise<void> {
    return this.#gate.stage(() => this.#soundly(() => this.#staging.add(documents)));
  }

  commit(state: State): Promise<CommitResult> {
    return this.#gate.commit(() =>
      this.#soundly(async () => {
        checkState(state);
        await this.#staging.flush();
        return this.#commit(state);
      }),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#gate.release(() => this.#release(this));
  }

  async #soundly<T>(task: () => Promise<T>): Promise<T> {
    try {
      return await task();
    } catch (error) {
      this.#isSound = false;
      throw error;
    }
  }

  async #commit(state: State): Promise<CommitResult> {
    const { sync, since, ledger = sync } = this.#target;
    const { named, withRows, count, saysWhatItReplaces } = this.#staging;
    const hasSince = since !== undefined;
    const plan = { hasSince, saysWhatItReplaces, named, withRows, fold: this.#fold };
    const statement = commit(this.#schema, plan);
    try {
      const [[[applied] = []] = []] = await this.#session.connection.query(statement, {
        sync: [driver.NVarChar(128), syncKey(sync)],
        ledger: [driver.NVarChar(128), syncKey(ledger)],
        state: [driver.NVarChar(driver.MAX), state],
        ...(since === undefined ? {} : { since: [driver.NVarChar(driver.MAX), since] as const }),
      });
      return { applied: Number(applied), leftAlone: count - Number(applied) };
    } catch (error) {
      if (isLineConflict(error)) throw lineConflict(ledger, error);
      throw isStateConflict(error) ? stateConflict(this.#target.sync, error) : error;
    }
  }
}
