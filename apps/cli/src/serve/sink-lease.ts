import { type Sink, SinkError } from '@tdp-sync/sink';

/** Errors of the database as a whole. */
const GONE: readonly string[] = [
  'SINK_LOCKED',
  'SINK_UNAVAILABLE',
  'SINK_PERMISSION',
  'SINK_FAILED',
];
/** A database that could not be had is not asked for more often. */
const RECHECK_MS = 2000;

/**
 * The database, open while somebody works with it and closed when nobody does, so that others may read a
 * DuckDB file between two runs. Knows whether it could be had the last time.
 */
export class SinkLease {
  readonly #open: () => Promise<Sink>;
  readonly #now: () => number;
  #sink: Promise<Sink> | undefined;
  #users = 0;
  #closing: Promise<void> = Promise.resolve();
  #trouble: unknown;
  #triedMs = Number.NEGATIVE_INFINITY;

  constructor(open: () => Promise<Sink>, now: () => number) {
    this.#open = open;
    this.#now = now;
  }

  /** Why the database could not be had the last time; `undefined` when it could. */
  get trouble(): unknown {
    return this.#trouble;
  }

  /** @throws whatever opening or the work throws. */
  async use<T>(work: (sink: Sink) => Promise<T>): Promise<T> {
    this.#users += 1;
    this.#triedMs = this.#now();
    try {
      const sink = await this.#opened();
      const result = await work(sink);
      this.#trouble = undefined;
      return result;
    } catch (error) {
      this.#trouble = isGone(error) ? error : undefined;
      throw error;
    } finally {
      this.#users -= 1;
      if (this.#users === 0) await this.#close();
    }
  }

  /** Tries again whether a database that could not be had can be had now. */
  async recheck(): Promise<void> {
    if (this.#trouble === undefined || this.#now() - this.#triedMs < RECHECK_MS) return;
    // What is wrong is kept as the trouble.
    await this.use(async () => undefined).catch(() => undefined);
  }

  #opened(): Promise<Sink> {
    this.#sink ??= this.#closing.then(() => this.#open());
    return this.#sink;
  }

  async #close(): Promise<void> {
    const sink = this.#sink;
    this.#sink = undefined;
    if (sink === undefined) return;
    this.#closing = sink.then(
      (open) => open[Symbol.asyncDispose](),
      // It has not been opened, and whoever wanted it knows.
      () => undefined,
    );
    await this.#closing;
  }
}

function isGone(error: unknown): boolean {
  return error instanceof SinkError && GONE.includes(error.code);
}
