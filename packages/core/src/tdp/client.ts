import { randomUUID } from 'node:crypto';
import { type Clock, systemClock } from '../clock.ts';
import { SyncError } from '../errors.ts';
import { describeFile, type FileHit } from '../file.ts';
import type { Bucket, FileQuery, HistogramSource, Presence, Survey } from '../source.ts';
import {
  answerTimeMs,
  decodedBody,
  jsonBody,
  messageOf,
  statusError,
  transportError,
} from './answer.ts';
import type { Exchange, TdpClientOptions } from './client-options.ts';
import { type Credentials, CredentialsCache, tokenRejected } from './credentials.ts';
import {
  isFinal,
  isWebPage,
  presignedUrl,
  redirectOf,
  retrieveError,
  storageError,
} from './download.ts';
import { type IdsVersion, presenceOf, presenceOfAny, schemaOf } from './record.ts';
import { defaultRetryPolicy, type RetryPolicy, withRetry } from './retry.ts';
import {
  histogramRequest,
  type IntervalOption,
  pageRequest,
  readHistogram,
  readPage,
  readSurvey,
  surveyRequest,
} from './search.ts';
import {
  type HttpRequest,
  type HttpResponse,
  type Transport,
  TransportError,
} from './transport.ts';

const SEARCH_LIMIT_BYTES = 256 * 1024 * 1024;
const RECORD_LIMIT_BYTES = 16 * 1024 * 1024;
const MAX_REDIRECTS = 3;

/** The part of TDP's API that a sync needs. Credentials go to TDP's own host and to no other. */
export class TdpClient implements HistogramSource {
  readonly #base: string;
  readonly #credentials: CredentialsCache;
  readonly #send: Transport;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #retry: RetryPolicy;
  readonly #presigned: boolean;
  readonly #maxFileBytes: number;
  readonly #onExchange: (exchange: Exchange) => void;
  #interval: IntervalOption = 'interval';

  constructor(options: TdpClientOptions) {
    this.#base = apiBase(options.url);
    this.#credentials = new CredentialsCache(options.credentials);
    this.#send = options.transport;
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? Math.random;
    this.#retry = { ...defaultRetryPolicy, ...options.retry };
    this.#presigned = (options.download ?? 'presigned') === 'presigned';
    this.#maxFileBytes = options.maxFileBytes ?? 256 * 1024 * 1024;
    this.#onExchange = options.onExchange ?? (() => undefined);
  }

  survey(query: FileQuery, signal?: AbortSignal): Promise<Survey> {
    return this.#search(surveyRequest(query), signal, (answer, response) => {
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
    return this.#search(pageRequest(query, after, size), signal, (answer) =>
      readPage(answer, after),
    );
  }

  async histogram(
    query: FileQuery,
    intervalMs: number,
    signal?: AbortSignal,
  ): Promise<readonly Bucket[]> {
    const ask = (option: IntervalOption): Promise<readonly Bucket[]> =>
      this.#search(histogramRequest(query, intervalMs, option), signal, readHistogram);
    try {
      return await ask(this.#interval);
    } catch (error) {
      if (this.#interval !== 'interval' || !isRejected(error)) throw error;
      const buckets = await ask('fixed_interval');
      this.#interval = 'fixed_interval';
      return buckets;
    }
  }

  retrieve(file: FileHit, signal?: AbortSignal): Promise<Buffer> {
    return this.#tried(this.#presigned ? 'download' : 'retrieve', signal, async () => {
      const query = `fileId=${encodeURIComponent(file.fileId)}${this.#presigned ? '&getPresigned=true' : ''}`;
      const answer = await this.#api(
        'GET',
        `datalake/retrieve?${query}`,
        this.#maxFileBytes,
        signal,
      );
      const response = await this.#content(answer, signal);
      if (response.status !== 200) throw retrieveError(response, file);
      if (isWebPage(response))
        throw new SyncError(
          'SOURCE_PROTOCOL',
          `A web page came instead of ${describeFile(file)}; a proxy or gateway may be answering.`,
          { retryable: true },
        );
      return response.body;
    });
  }

  presence(fileId: string, signal?: AbortSignal): Promise<Presence> {
    return this.#tried('fileinfo', signal, async () => {
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
      const response = await this.#api('GET', path, RECORD_LIMIT_BYTES, signal);
      return response.status === 200 ? schemaOf(jsonBody(response)) : undefined;
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof SyncError && error.code !== 'AUTH_REJECTED') return undefined;
      throw error;
    }
  }

  async #record(path: string, signal?: AbortSignal): Promise<HttpResponse> {
    const response = await this.#api('GET', path, RECORD_LIMIT_BYTES, signal);
    const error = response.status === 200 ? undefined : statusError(response, "a file's record");
    if (error?.retryable === true) throw error;
    return response;
  }

  /** Follows a presigned URL or a redirect to the content, without TDP's headers. Other answers are returned as they are. */
  async #content(answer: HttpResponse, signal?: AbortSignal): Promise<HttpResponse> {
    let response = answer;
    let next =
      (this.#presigned ? presignedUrl(answer) : undefined) ?? redirectOf(answer, this.#base);
    for (let hop = 0; next !== undefined; hop += 1) {
      if (hop > MAX_REDIRECTS)
        throw new SyncError('SOURCE_PROTOCOL', 'The storage redirects in a circle.', {
          retryable: true,
        });
      const url = next;
      const request: HttpRequest = {
        method: 'GET',
        url,
        headers: { 'accept-encoding': 'gzip' },
        maxBytes: this.#maxFileBytes,
      };
      response = await this.#exchange(request, 'The download from storage', signal);
      next = redirectOf(response, url);
      if (next === undefined && !isFinal(response)) throw storageError(response);
    }
    return response;
  }

  #search<T>(
    body: string,
    signal: AbortSignal | undefined,
    read: (answer: unknown, response: HttpResponse) => T,
  ): Promise<T> {
    return this.#tried('search', signal, async () => {
      const response = await this.#api(
        'POST',
        'datalake/searchEql',
        SEARCH_LIMIT_BYTES,
        signal,
        body,
      );
      if (response.status === 400) throw queryRejected(response);
      if (response.status !== 200) throw statusError(response, 'a search');
      return read(jsonBody(response), response);
    });
  }

  /** One request to TDP with credentials; with fresh ones once more when TDP refuses them. */
  async #api(
    method: 'GET' | 'POST',
    path: string,
    maxBytes: number,
    signal?: AbortSignal,
    body?: string,
  ): Promise<HttpResponse> {
    const action = method === 'POST' ? 'The search' : 'The request for a file';
    const request = (credentials: Credentials): HttpRequest => ({
      method,
      url: this.#base + path,
      headers: {
        'ts-auth-token': credentials.token,
        'x-org-slug': credentials.org,
        'ts-request-id': randomUUID(),
        'accept-encoding': 'gzip',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      maxBytes,
      ...(body === undefined ? {} : { body }),
    });
    const credentials = await this.#credentials.get();
    const response = await this.#exchange(request(credentials), action, signal);
    if (response.status !== 401) return response;
    const renewed = await this.#credentials.replace(credentials);
    const second = await this.#exchange(request(renewed), action, signal);
    if (second.status === 401) throw tokenRejected(renewed);
    return second;
  }

  /** One request and its whole answer, decompressed. */
  async #exchange(
    request: HttpRequest,
    action: string,
    signal?: AbortSignal,
  ): Promise<HttpResponse> {
    let response: HttpResponse;
    try {
      response = await this.#send(request, signal);
    } catch (error) {
      throw transportError(error, action);
    }
    return { ...response, body: await decodedBody(response, request.maxBytes) };
  }

  #tried<T>(
    kind: Exchange['kind'],
    signal: AbortSignal | undefined,
    attempt: () => Promise<T>,
  ): Promise<T> {
    const observed = async (): Promise<T> => {
      const sentMs = this.#clock.now();
      const tell = (outcome: Exchange['outcome']): void =>
        this.#onExchange({ kind, outcome, durationMs: this.#clock.now() - sentMs });
      try {
        const result = await attempt();
        tell('ok');
        return result;
      } catch (error) {
        tell(isOverload(error) ? 'overload' : 'failed');
        throw error;
      }
    };
    return withRetry(observed, this.#retry, {
      clock: this.#clock,
      random: this.#random,
      signal,
      onRetry: (error, tryNumber, delayMs) =>
        this.#onExchange({
          kind,
          outcome: 'failed',
          retry: { error, attempt: tryNumber, delayMs },
        }),
    });
  }
}

/** The address that endpoints are appended to: `https://host/v1/` whatever form was configured. */
export function apiBase(url: string): string {
  return `${url.replace(/\/+$/, '').replace(/\/+v1$/, '')}/v1/`;
}

function queryRejected(response: HttpResponse): SyncError {
  const said = messageOf(response);
  return new SyncError(
    'QUERY_REJECTED',
    `TDP refused the query (400). TDP says: ${said} - Correct "filter" in the config; nothing was changed.`,
    { status: 400 },
  );
}

function isRejected(error: unknown): boolean {
  return error instanceof SyncError && error.code === 'QUERY_REJECTED';
}

function isOverload(error: unknown): boolean {
  if (!(error instanceof SyncError)) return false;
  if (error.cause instanceof TransportError) return error.cause.kind === 'timeout';
  return error.status !== undefined && [429, 502, 503, 504].includes(error.status);
}
