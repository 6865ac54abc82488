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
import type { BigQueryConfig } from './config.ts';
import { failureOf, isLineConflict, isStateConflict, type Origin, sinkError } from './errors.ts';
import type { Surroundings } from './schema.ts';
import { Staging } from './staging.ts';

/** What a load shares with the others of its sink. */
export interface LoadContext {
  readonly around: Surroundings;
  readonly config: BigQueryConfig;
  readonly origin: Origin;
  /** Runs commits of one process after each other: at once they would only cancel each other. */
  readonly inTurn: <T>(task: () => Promise<T>) => Promise<T>;
  readonly onClose: (load: BigQueryLoad) => void;
}

/** A load: a staging table of its own, and jobs whose ids follow from the load's. */
export class BigQueryLoad implements Load {
  readonly #context: LoadContext;
  readonly #target: Target;
  readonly #id = crypto.randomUUID().replaceAll('-', '');
  readonly #staging: Staging;
  readonly #gate = new LoadGate();

  constructor(context: LoadContext, target: Target) {
    this.#context = context;
    this.#target = target;
    this.#staging = new Staging(context.around, context.config, this.#id, target.tables);
  }

  stage(documents: readonly Document[]): Promise<void> {
    return this.#gate.stage(() => this.#told(() => this.#staging.add(documents)));
  }

  commit(state: State): Promise<CommitResult> {
    return this.#gate.commit(() => this.#told(() => this.#flushAndCommit(state)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#gate.release(async () => {
      await this.#staging.remove();
      this.#context.onClose(this);
    });
  }

  async #flushAndCommit(state: State): Promise<CommitResult> {
    checkState(state);
    try {
      const script = this.#script();
      await this.#staging.flush();
      return await this.#context.inTurn(() => this.#commit(script, state));
    } finally {
      await this.#staging.remove();
    }
  }

  /** Says what BigQuery threw in the contract's words. */
  async #told<T>(task: () => Promise<T>): Promise<T> {
    try {
      return await task();
    } catch (error) {
      throw isOurs(error) ? sinkError(error, this.#context.origin) : error;
    }
  }

  #script(): string {
    const { named, withRows, ids, count, table, saysWhatItReplaces } = this.#staging;
    return commit(this.#context.around.place, {
      hasSince: this.#target.since !== undefined,
      stage: count === 0 ? undefined : table,
      named,
      withRows,
      ids,
      saysWhatItReplaces,
    });
  }

  async #commit(script: string, state: State): Promise<CommitResult> {
    const { sync, since, ledger = sync } = this.#target;
    const { jobs } = this.#context.around;
    try {
      const [[applied = null] = []] = await jobs.run(`tdp_sync_${this.#id}_commit`, script, {
        sync,
        ledger,
        state,
        load: this.#id,
        ...(since === undefined ? {} : { since }),
      });
      return { applied: Number(applied), leftAlone: this.#staging.count - Number(applied) };
    } catch (error) {
      const failure = failureOf(error);
      if (isLineConflict(failure)) throw lineConflict(ledger, error);
      throw isStateConflict(failure) ? stateConflict(sync, error) : error;
    }
  }
}

/** Whether an error is of the sink; one that an iterable of rows throws comes through as it is. */
function isOurs(error: unknown): boolean {
  return error instanceof Error && error.name === 'BigQueryFailure';
}
