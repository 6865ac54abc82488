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
import { commitRows } from './commit.ts';
import type { Session } from './connection.ts';
import type { TablePlan } from './plan.ts';
import { lockLedger, moveState, putState } from './sql.ts';
import { Staging } from './staging.ts';
import { countOutdated, PREPARE_STAGING, pickNewest, writeLines } from './staging-tables.ts';

/** What a load is about, and where. */
export interface LoadPlan {
  readonly schema: string;
  readonly target: Target;
  readonly tables: readonly TablePlan[];
  /** Is told when the load is over. */
  readonly onClose: (load: PostgresLoad) => void;
}

/** A load: a session of its own, so that its transaction and staging tables are nobody else's. */
export class PostgresLoad implements Load {
  readonly #session: Session;
  readonly #plan: LoadPlan;
  readonly #staging: Staging;
  readonly #gate = new LoadGate();

  private constructor(session: Session, plan: LoadPlan) {
    this.#session = session;
    this.#plan = plan;
    this.#staging = new Staging(session, plan.tables);
  }

  /** Opens a load with an empty staging area. The session is the load's from now on. */
  static async open(session: Session, plan: LoadPlan): Promise<PostgresLoad> {
    try {
      await session.run(PREPARE_STAGING);
      return new PostgresLoad(session, plan);
    } catch (error) {
      await session.close();
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
      // All that can be done before others have to wait for this commit.
      const newest = await this.#pickNewest();
      return await this.#session.transaction(() => this.#write(state, newest));
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#gate.release(async () => {
      // The server drops the staging tables with the session.
      await this.#session.close();
      this.#plan.onClose(this);
    });
  }

  /** How many documents may win. */
  async #pickNewest(): Promise<number> {
    const { count, shapes, withRows } = this.#staging;
    return count === 0 ? 0 : (await this.#session.query(pickNewest(shapes, withRows))).count;
  }

  async #write(state: State, newest: number): Promise<CommitResult> {
    const { schema, target } = this.#plan;
    const { sync, ledger = sync } = target;
    const { count, withRows, shapes, saysWhatItReplaces } = this.#staging;
    await this.#moveState(state);
    if (count === 0) return { applied: 0, leftAlone: 0 };
    if (saysWhatItReplaces) await this.#checkReplaced(ledger);
    const { count: beaten } = await this.#session.query(writeLines(schema), [ledger]);
    const applied = newest - beaten;
    if (applied > 0) await this.#session.run(commitRows(schema, shapes, withRows));
    return { applied, leftAlone: count - applied };
  }

  async #checkReplaced(ledger: string): Promise<void> {
    const { schema } = this.#plan;
    await this.#session.query(lockLedger(schema), [ledger]);
    const { rows } = await this.#session.query(countOutdated(schema), [ledger]);
    if (Number(rows[0]?.[0]) > 0) throw lineConflict(ledger);
  }

  /** First of all writes: its lock makes another commit of the same sync wait, and then find another state. */
  async #moveState(state: State): Promise<void> {
    const { schema, target } = this.#plan;
    const { sync, since } = target;
    const { count } =
      since === undefined
        ? await this.#session.query(putState(schema), [sync, state])
        : await this.#session.query(moveState(schema), [sync, state, since]);
    if (count !== 1) throw stateConflict(sync);
  }
}
