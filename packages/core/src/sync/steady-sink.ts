import type {
  Load,
  RowDamage,
  RowRoom,
  Sink,
  StoredDocument,
  StoredRow,
  Table,
  Target,
} from '@tdp-sync/sink';
import { AbortError } from 'p-retry';
import { type Retrying, retried } from '../position/retrying.ts';

/**
 * The sink of a run, whose reads are tried again when they fail in passing. Loads are as they are: who begins one begins
 * it anew.
 */
export class SteadySink implements Sink {
  readonly tablesPerLoad: number;
  readonly rowRoom: RowRoom;
  readonly #sink: Sink;
  readonly #retrying: Retrying;

  constructor(sink: Sink, retrying: Retrying) {
    this.tablesPerLoad = sink.tablesPerLoad;
    this.rowRoom = sink.rowRoom;
    this.#sink = sink;
    this.#retrying = retrying;
  }

  readState(sync: string): Promise<string | undefined> {
    return retried(() => this.#sink.readState(sync), this.#retrying);
  }

  /** Ascending by id, each once: begun anew, it goes on behind the last one that was given. */
  async *documents(...given: Parameters<Sink['documents']>): AsyncGenerator<StoredDocument> {
    let last = '';
    const begun = (): AsyncIterator<StoredDocument> =>
      this.#sink.documents(...given)[Symbol.asyncIterator]();
    for await (const line of this.#steady(begun, { resumes: true })) {
      if (line.id <= last) continue;
      last = line.id;
      yield line;
    }
  }

  /** The rows of one document are those of one commit, so that they are not put together from two answers. */
  rows(table: Table, ids: readonly string[]): AsyncIterable<StoredRow> {
    return this.#steady(() => this.#sink.rows(table, ids)[Symbol.asyncIterator]());
  }

  damages(...given: Parameters<Sink['damages']>): AsyncIterable<RowDamage> {
    return this.#steady(() => this.#sink.damages(...given)[Symbol.asyncIterator]());
  }

  begin(target: Target): Promise<Load> {
    return this.#sink.begin(target);
  }

  clear(sync: string): Promise<void> {
    return this.#sink.clear(sync);
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#sink[Symbol.asyncDispose]();
  }

  /** Goes through a list that is begun anew when it breaks off: before anything has come of it or, if it resumes, at any time. */
  async *#steady<T>(
    begun: () => AsyncIterator<T>,
    { resumes = false }: { readonly resumes?: boolean } = {},
  ): AsyncGenerator<T> {
    let iterator = begun();
    let isUnderWay = false;
    const next = async (): Promise<IteratorResult<T, unknown>> => {
      try {
        return await iterator.next();
      } catch (error) {
        if (isUnderWay && !resumes && error instanceof Error) throw new AbortError(error);
        iterator = begun();
        throw error;
      }
    };
    try {
      for (;;) {
        const item = await retried(next, this.#retrying);
        if (item.done === true) return;
        isUnderWay = true;
        yield item.value;
      }
    } finally {
      await iterator.return?.();
    }
  }
}
