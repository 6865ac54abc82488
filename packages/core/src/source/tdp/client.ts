import { SyncError } from '../../errors.ts';
import { parseExactly } from '../../exact-json.ts';
import type { FileHit } from '../../file.ts';
import type { Bucket, FileQuery, HistogramSource, Hold, Presence, Survey } from '../source.ts';
import { answerTimeMs, jsonBody, messageOf, statusError } from './answer.ts';
import { TdpApi } from './api.ts';
import type { TdpClientOptions } from './client-options.ts';
import { isQueryFault } from './reason.ts';
import { type IdsVersion, presenceOf, presenceOfAny, schemaOf, userOf } from './record.ts';
import { Retrieval } from './retrieval.ts';
import {
  histogramRequest,
  type IntervalOption,
  pageRequest,
  readHistogram,
  readPage,
  readSurvey,
  surveyRequest,
} from './search.ts';
import type { HttpRequest, HttpResponse } from './transport.ts';

/** A page of a thousand hits has 2 MB. What is much larger is asked for again in smaller pages, before it fills the memory. */
const SEARCH_LIMIT_BYTES = 32 * 1024 * 1024;
const RECORD: Bounds = { maxBytes: 16 * 1024 * 1024 };

type Bounds = Pick<HttpRequest, 'maxBytes' | 'hold'>;

/** The part of TDP's API that a sync needs. Credentials go to TDP's own host and to no other. */
export class TdpClient implements HistogramSource {
  readonly #api: TdpApi;
  readonly #maxFileBytes: number;
  readonly #retrieval: Retrieval;
  #interval: IntervalOption = 'interval';

  constructor(options: TdpClientOptions) {
    this.#api = new TdpApi(options);
    this.#maxFileBytes = options.maxFileBytes ?? 128 * 1024 * 1024;
    this.#retrieval = new Retrieval(this.#api, options);
  }

  survey(query: FileQuery, signal?: AbortSignal): Promise<Survey> {
    return this.#search(query, surveyRequest(query), signal, (answer, response) => {
      const nowMs = answerTimeMs(response);
      if (nowMs === undefined) {
        throw new SyncError(
          'SOURCE_PROTOCOL',
          "TDP answered without a Date header. Without TDP's clock no window can be closed safely; a proxy may be removing the header.",
        );
      }
      return readSurvey(answer, nowMs);
    });
  }

  page(
    query: FileQuery,
    after: string | undefined,
    size: number,
    signal?: AbortSignal,
  ): Promise<readonly FileHit[]> {
    const read = (answer: unknown): readonly FileHit[] => readPage(answer, after);
    // Metadata may hold numbers of more digits than a double has.
    return this.#search(query, pageRequest(query, after, size), signal, read, parseExactly);
  }

  async histogram(
    query: FileQuery,
    intervalMs: number,
    signal?: AbortSignal,
  ): Promise<readonly Bucket[]> {
    const ask = (option: IntervalOption): Promise<readonly Bucket[]> =>
      this.#search(query, histogramRequest(query, intervalMs, option), signal, readHistogram);
    try {
      return await ask(this.#interval);
    } catch (error) {
      if (this.#interval !== 'interval' || !isRejected(error)) throw error;
      const buckets = await ask('fixed_interval');
      this.#interval = 'fixed_interval';
      return buckets;
    }
  }

  retrieve(file: FileHit, signal?: AbortSignal, hold?: Hold): Promise<Buffer> {
    return this.#api.tried(
      this.#retrieval.isPresigned ? 'download' : 'retrieve',
      signal,
      async (current) => {
        const maxBytes = this.#maxFileBytes;
        try {
          const room = hold && this.#api.waiting(hold, current);
          return await this.#retrieval.contentOf(file, { maxBytes, hold: room }, signal);
        } catch (error) {
          // What had come so far is given up.
          void hold?.(0);
          throw error;
        }
      },
    );
  }

  presence(fileId: string, signal?: AbortSignal): Promise<Presence> {
    return this.#api.tried('fileinfo', signal, async () => {
      const path = `fileinfo/file/${encodeURIComponent(fileId)}`;
      const record = await this.#record(path, signal);
      if (record.status !== 200)
        return record.status === 404 || record.status === 410 ? 'gone' : 'unknown';
      const presence = presenceOf(jsonBody(record));
      if (presence !== 'superseded') return presence;
      const versions = await this.#record(`${path}/versions`, signal);
      return versions.status === 200 ? presenceOfAny(jsonBody(versions)) : 'unknown';
    });
  }

  /**
   * The JSON Schema of an IDS version, from TDP's artifacts; `undefined` when there is none to be had, for
   * whatever reason: nothing depends on it but the order of columns.
   */
  async idsSchema(
    { namespace, type, version }: IdsVersion,
    signal?: AbortSignal,
  ): Promise<unknown> {
    const parts = [namespace, type, version].map(encodeURIComponent).join('/');
    try {
      const path = `artifacts/ids/${parts}/files/schema`;
      const response = await this.#api.request('GET', path, RECORD, signal);
      return response.status === 200 ? schemaOf(jsonBody(response)) : undefined;
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof SyncError && error.code !== 'AUTH_REJECTED') return undefined;
      throw error;
    }
  }

  /** Who the token is, as far as TDP says so. */
  whoami(signal?: AbortSignal): Promise<string | undefined> {
    return this.#api.tried('fileinfo', signal, async () => {
      const response = await this.#record('users/me', signal);
      return response.status === 200 ? userOf(jsonBody(response)) : undefined;
    });
  }

  async #record(path: string, signal?: AbortSignal): Promise<HttpResponse> {
    const response = await this.#api
      .request('GET', path, RECORD, signal)
      .catch((error: unknown) => Promise.reject(isTooLarge(error) ? recordTooLarge(error) : error));
    const error = response.status === 200 ? undefined : statusError(response, "a file's record");
    if (error?.retryable === true) throw error;
    return response;
  }

  async #search<T>(
    { filter }: FileQuery,
    body: string,
    signal: AbortSignal | undefined,
    read: (answer: unknown, response: HttpResponse) => T,
    parse?: (json: string) => unknown,
  ): Promise<T> {
    try {
      return await this.#searched(body, signal, read, parse);
    } catch (error) {
      if (filter.length === 0 || !isServerError(error)) throw error;
      throw (await this.#answersAnything(signal)) ? filterSuspected(error) : error;
    }
  }

  /** Whether TDP answers a search for all files. */
  async #answersAnything(signal: AbortSignal | undefined): Promise<boolean> {
    try {
      const bounds = { maxBytes: SEARCH_LIMIT_BYTES, body: surveyRequest({ filter: [] }) };
      const { status } = await this.#api.request('POST', 'datalake/searchEql', bounds, signal);
      return status === 200;
    } catch {
      signal?.throwIfAborted();
      return false;
    }
  }

  #searched<T>(
    body: string,
    signal: AbortSignal | undefined,
    read: (answer: unknown, response: HttpResponse) => T,
    parse?: (json: string) => unknown,
  ): Promise<T> {
    return this.#api.tried('search', signal, async () => {
      const bounds = { maxBytes: SEARCH_LIMIT_BYTES, body };
      const response = await this.#api
        .request('POST', 'datalake/searchEql', bounds, signal)
        .catch((error: unknown) =>
          Promise.reject(isTooLarge(error) ? searchTooLarge(error) : error),
        );
      if (response.status === 400 || isQueryFault(response)) throw queryRejected(response);
      if (response.status !== 200) throw statusError(response, 'a search');
      return read(jsonBody(response, parse), response);
    });
  }
}

/** What the emulator says of what OpenSearch can do and it cannot. */
const NOT_EMULATED = 'emulator_unsupported';

/** With 500 it may be the engine after all, so that is tried again. */
function queryRejected(response: HttpResponse): SyncError {
  const { status } = response;
  const said = messageOf(response);
  if (response.body.includes(NOT_EMULATED))
    return new SyncError(
      'QUERY_REJECTED',
      `The emulator of TDP cannot answer the query (${status}); TDP itself may. It says: ${said} - Nothing was changed.`,
      { status },
    );
  return new SyncError(
    'QUERY_REJECTED',
    `TDP refused the query (${status}). TDP says: ${said} - Correct "filter" in the config; nothing was changed.`,
    { status, retryable: status !== 400 },
  );
}

function isServerError(error: unknown): error is SyncError {
  return error instanceof SyncError && error.code === 'SOURCE_UNAVAILABLE' && error.status === 500;
}

function filterSuspected(error: SyncError): SyncError {
  return new SyncError(
    error.code,
    `${error.message} - TDP answers a search without the sync's "filter", so it may be the filter that it cannot answer; \`tdp-sync preview\` tries one without writing. Nothing was changed.`,
    { retryable: error.retryable, status: error.status, cause: error },
  );
}

function isTooLarge(error: unknown): error is SyncError {
  return error instanceof SyncError && error.code === 'FILE_TOO_LARGE';
}

/** A page that is too large is asked for in smaller ones, down to one hit; then no setting helps. */
function searchTooLarge(cause: SyncError): SyncError {
  return new SyncError(
    'PAGE_INVALID',
    `A search answer has more than ${SEARCH_LIMIT_BYTES} bytes. TDP's have less, even where it is asked for fewer hits at once; see what answers at source.url. Nothing was taken from it.`,
    { cause },
  );
}

function recordTooLarge(cause: SyncError): SyncError {
  return new SyncError(
    'SOURCE_PROTOCOL',
    `The record of a file has more than ${RECORD.maxBytes} bytes, and TDP's have less; see what answers at source.url.`,
    { cause },
  );
}

function isRejected(error: unknown): boolean {
  return error instanceof SyncError && error.code === 'QUERY_REJECTED';
}
