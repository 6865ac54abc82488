import {
  type CommitResult,
  type Document,
  type Sink,
  SinkError,
  type Target,
} from '@tdp-sync/sink';
import { isPassing, quietly, type Retrying, retried } from './retrying.ts';

/** One load, from its beginning to its commit. */
export interface Loading extends Target {
  /** The state to be stored: one that no other run can store. */
  readonly state: string;
  /** The documents, a portion at a time; each is asked for when the one before is staged. Called anew for every try. */
  readonly documents: () => Iterable<readonly Document[]>;
}

/**
 * Makes documents and state durable together. What fails in passing is begun anew; after a commit that broke off, it is first
 * found out whether it has happened: it has, exactly if its state is stored.
 *
 * @throws SinkError when it has not, or when that cannot be found out now.
 */
export async function load(
  sink: Sink,
  loading: Loading,
  retrying: Retrying = quietly,
): Promise<CommitResult> {
  const attempts = new Attempts(sink, loading);
  try {
    return await retried(() => attempts.next(), retrying);
  } catch (error) {
    return await attempts.settled(error);
  }
}

class Attempts {
  readonly #sink: Sink;
  readonly #loading: Loading;
  #staged = 0;
  /** What a commit broke off with that may have happened, or may happen yet. */
  #doubt: SinkError | undefined;

  constructor(sink: Sink, loading: Loading) {
    this.#sink = sink;
    this.#loading = loading;
  }

  async next(): Promise<CommitResult> {
    if (this.#doubt !== undefined && (await this.#isStored())) return this.#done();
    const { sync, ledger, tables, since, state, documents } = this.#loading;
    const load = await this.#sink.begin({ sync, ledger, tables, since });
    this.#staged = 0;
    try {
      for (const portion of documents()) {
        if (portion.length > 0) await load.stage(portion);
        this.#staged += portion.length;
      }
      return await this.#committed(load.commit(state));
    } finally {
      // What is left of a broken connection cannot be let go of, and what broke it counts.
      await Promise.resolve(load[Symbol.asyncDispose]()).catch(() => undefined);
    }
  }

  /** The outcome after the last try has failed. */
  async settled(error: unknown): Promise<CommitResult> {
    const doubt = this.#doubt;
    if (doubt === undefined || !(error instanceof SinkError)) throw error;
    // A state that is another one may be this load's own.
    if (await this.#isStored().catch(() => cannotTell(doubt))) return this.#done();
    // What the last try was refused for says nothing of what is still in doubt.
    throw error.retryable || error.code === 'STATE_CONFLICT' ? error : doubt;
  }

  async #committed(commit: Promise<CommitResult>): Promise<CommitResult> {
    try {
      return await commit;
    } catch (error) {
      if (isPassing(error)) this.#doubt ??= error;
      throw error;
    }
  }

  async #isStored(): Promise<boolean> {
    return (await this.#sink.readState(this.#loading.sync)) === this.#loading.state;
  }

  #done(): CommitResult {
    return { applied: this.#staged, leftAlone: 0 };
  }
}

function cannotTell({ code, message, retryable, cause }: SinkError): never {
  throw new SinkError(
    code,
    `${message} Whether the commit that was under way is done cannot be found out now. The next run finds it out by itself; nothing is lost or done twice.`,
    { retryable, cause },
  );
}
