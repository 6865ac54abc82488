import { randomUUID } from 'node:crypto';
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
import { ofLoad } from './errors.ts';
import type { TablePlan } from './plan.ts';
import { stagedEntries } from './records.ts';
import { type Session, sizedGroups } from './session.ts';
import type { Sessions } from './sessions.ts';
import type { Settings } from './settings.ts';
import { findCommit, makeStateRow, moveState } from './sql.ts';
import { Staging } from './staging.ts';
import {
  COUNT_WINNERS,
  countOutdated,
  deleteRows,
  insertRows,
  PREPARE_STAGING,
  pickWinners,
  recordRows,
  writeLines,
} from './staging-tables.ts';
import type { Traffic } from './traffic.ts';

/** What a load is about, and where. */
export interface LoadPlan {
  readonly settings: Settings;
  readonly sessions: Sessions;
  readonly traffic: Traffic;
  readonly target: Target;
  readonly tables: readonly TablePlan[];
  /** Is told of an error, after which nothing that was seen before is to be relied on. */
  readonly onError: () => void;
  /** Is told when the load is over. */
  readonly onClose: (load: SnowflakeLoad) => void;
}

/** A load. As soon as there is something to send it has a session of its own: a transaction and temporary tables belong to one. */
export class SnowflakeLoad implements Load {
  readonly #plan: LoadPlan;
  readonly #staging: Staging;
  readonly #gate = new LoadGate();
  #session: Promise<Session> | undefined;

  constructor(plan: LoadPlan) {
    this.#plan = plan;
    const { valueLimit } = plan.settings.tables;
    this.#staging = new Staging(() => this.#ownSession(), plan.tables, valueLimit);
  }

  stage(documents: readonly Document[]): Promise<void> {
    return this.#gate.stage(() => this.#told(() => this.#staging.add(documents)));
  }

  commit(state: State): Promise<CommitResult> {
    return this.#gate.commit(async () => {
      checkState(state);
      return await this.#told(() =>
        this.#staging.count === 0 ? this.#moveAlone(state) : this.#commitAll(state),
      );
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#gate.release(async () => {
      const session = await this.#session?.catch(() => undefined);
      // The server rolls back what is open and drops the temporary tables.
      await session?.close();
      this.#plan.onClose(this);
    });
  }

  #ownSession(): Promise<Session> {
    this.#session ??= this.#open();
    return this.#session;
  }

  async #open(): Promise<Session> {
    const session = await this.#plan.sessions.forLoad();
    try {
      await session.run(PREPARE_STAGING);
      return session;
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  /** An empty load: one statement, which commits by itself. */
  async #moveAlone(state: State): Promise<CommitResult> {
    const { sessions } = this.#plan;
    await sessions.with(async (session) => {
      await this.#makeStateRow(session);
      await this.#moveState(session, state);
    });
    return { applied: 0, leftAlone: 0 };
  }

  async #commitAll(state: State): Promise<CommitResult> {
    await this.#staging.finish();
    const session = await this.#ownSession();
    // All that can be done before others have to wait for this commit.
    const parts = sizedGroups(this.#staging.withRows, (plan) => stagedEntries(plan).length);
    await session.run(parts.map(recordRows));
    await this.#makeStateRow(session);
    const applied = await this.#plan.traffic.commit(() => this.#transaction(session, state));
    // The shared session may not see what this one has committed.
    this.#plan.sessions.renew();
    return { applied, leftAlone: this.#staging.count - applied };
  }

  #transaction(session: Session, state: State): Promise<number> {
    const { settings, target } = this.#plan;
    const { place } = settings;
    const { sync, ledger = sync } = target;
    return session.transaction(async () => {
      await this.#moveState(session, state);
      const pick = [pickWinners(place, ledger)];
      if (this.#staging.saysWhatItReplaces) {
        await session.run(pick.splice(0));
        await this.#checkReplaced(session, ledger);
      }
      await session.run([...pick, ...this.#writes(ledger)]);
      const [[winners, transaction] = []] = (await session.query(COUNT_WINNERS)).rows;
      if (transaction === null || transaction === undefined) throw transactionLost();
      return Number(winners);
    });
  }

  async #checkReplaced(session: Session, ledger: string): Promise<void> {
    const { place } = this.#plan.settings;
    const { rows } = await session.query(countOutdated(place, ledger));
    if (Number(rows[0]?.[0]) > 0) throw lineConflict(ledger);
  }

  #writes(ledger: string): readonly string[] {
    const { place } = this.#plan.settings;
    const { named, withRows } = this.#staging;
    return [
      ...named.map((plan) => deleteRows(place, plan)),
      ...withRows.map((plan) => insertRows(place, plan)),
      ...writeLines(place, ledger),
    ];
  }

  /** The row is there whenever a state was. */
  async #makeStateRow(session: Session): Promise<void> {
    const { settings, target } = this.#plan;
    if (target.since !== undefined) return;
    await session.query(makeStateRow(settings.place), [target.sync]);
  }

  /**
   * First of all writes: its lock makes another commit wait, and then find another state. It is on the whole table, so that commits
   * into one ledger with other states wait, too (https://docs.snowflake.com/en/sql-reference/transactions#resource-locking).
   */
  async #moveState(session: Session, state: State): Promise<void> {
    const { place } = this.#plan.settings;
    const { sync, since } = this.#plan.target;
    const mark = randomUUID();
    const binds = [state, mark, sync, ...(since === undefined ? [] : [since])];
    const { changed } = await session.query(moveState(place, since !== undefined), binds);
    if (changed > 0) return;
    // The driver may have sent the statement a second time, because the first answer was lost.
    const { rows } = await session.query(findCommit(place), [sync, mark]);
    if (rows.length === 0) throw stateConflict(sync);
  }

  async #told<T>(task: () => Promise<T>): Promise<T> {
    try {
      return await task();
    } catch (error) {
      this.#plan.onError();
      throw ofLoad(error);
    }
  }
}

function transactionLost(): SinkError {
  return new SinkError(
    'SINK_UNAVAILABLE',
    'Snowflake ended the transaction before it was committed: this computer was asleep, or so busy that nothing came from it for five minutes. This passes.',
    { retryable: true },
  );
}
