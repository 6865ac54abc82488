import type { FileHit } from '../file.ts';
import type { Bucket, FileQuery, HistogramSource, Presence, Survey } from '../source/source.ts';

/** A source that counts what is asked of it. */
export class CountedSource implements HistogramSource {
  readonly #source: HistogramSource;
  searches = 0;
  requests = 0;

  constructor(source: HistogramSource) {
    this.#source = source;
  }

  survey(query: FileQuery, signal?: AbortSignal): Promise<Survey> {
    this.#search();
    return this.#source.survey(query, signal);
  }

  page(
    query: FileQuery,
    after: string | undefined,
    size: number,
    signal?: AbortSignal,
  ): Promise<readonly FileHit[]> {
    this.#search();
    return this.#source.page(query, after, size, signal);
  }

  histogram(
    query: FileQuery,
    intervalMs: number,
    signal?: AbortSignal,
  ): Promise<readonly Bucket[]> {
    this.#search();
    return this.#source.histogram(query, intervalMs, signal);
  }

  retrieve(...asked: Parameters<HistogramSource['retrieve']>): Promise<Buffer> {
    this.requests += 1;
    return this.#source.retrieve(...asked);
  }

  presence(fileId: string, signal?: AbortSignal): Promise<Presence> {
    this.requests += 1;
    return this.#source.presence(fileId, signal);
  }

  #search(): void {
    this.searches += 1;
    this.requests += 1;
  }
}
