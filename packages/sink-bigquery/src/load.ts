import {
  type CommitResult,
  checkState,
  type Document,
  type Load,
  SinkError,
  type State,
  type Target,
} from '@tdp-sync/sink';
import { commit } from './commit.ts';
import type { BigQueryConfig } from './config.ts';
import { failureOf, isStateConflict, type Origin, sinkError } from './errors.ts';
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
  #state: 'open' | 'closed' = 'open';
  /** What is under way, so that `dispose` does not remove the staging table underneath. */
  #busy: Promise<unknown> = Promise.resolve();
  #released: Promise<void> | undefined;

  constructor(context: LoadContext, target: Target) {
    this.#context = context;
    this.#target = target;
    this.#staging = new Staging(context.around, context.config, this.#id, target.tables);
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
      try {
        const script = this.#script();
        await this.#staging.flush();
        return await this.#context.inTurn(() => this.#commit(script, state));
      } finally {
        await this.#staging.remove();
      }
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#state = 'closed';
    this.#released ??= this.#release();
    await this.#released;
  }

  async #release(): Promise<void> {
    await this.#busy;
    await this.#staging.remove();
    this.#context.onClose(this);
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

  async #work<T>(task: () => Promise<T>): Promise<T> {
    const result = task();
    this.#busy = result.catch(() => undefined);
    try {
      return await result;
    } catch (error) {
      throw isOurs(error) ? sinkError(error, this.#context.origin) : error;
    }
  }

  #script(): string {
    const { named, withRows, ids, count, table } = this.#staging;
    return commit(this.#context.around.place, {
      hasSince: this.#target.since !== undefined,
      stage: count === 0 ? undefined : table,
      named,
      withRows,
      ids,
    });
  }

  async #commit(script: string, state: State): Promise<CommitResult> {
    const { sync, since } = this.#target;
    const { jobs } = this.#context.around;
    try {
      const [[applied = null] = []] = await jobs.run(`tdp_sync_${this.#id}_commit`, script, {
        sync,
        state,
        load: this.#id,
        ...(since === undefined ? {} : { since }),
      });
      return { applied: Number(applied), leftAlone: this.#staging.count - Number(applied) };
    } catch (error) {
      throw isStateConflict(failureOf(error)) ? this.#conflict(error) : error;
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

/** Whether an error is of the sink; one that an iterable of rows throws comes through as it is. */
function isOurs(error: unknown): boolean {
  return error instanceof Error && error.name === 'BigQueryFailure';
}
