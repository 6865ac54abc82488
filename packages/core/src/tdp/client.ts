import { randomUUID } from 'node:crypto';
import { type Clock, systemClock } from '../clock.ts';
import { SyncError } from '../errors.ts';
import { describeFile, type FileHit } from '../file.ts';
import type { FileQuery, Source, Survey } from '../source.ts';
import {
  answerTimeMs,
  decodedBody,
  header,
  jsonBody,
  messageOf,
  statusError,
  transportError,
} from './answer.ts';
import { type Credentials, CredentialsCache, type CredentialsReader } from './credentials.ts';
import { asRecord } from './hit.ts';
import { defaultRetryPolicy, type RetryPolicy, withRetry } from './retry.ts';
import { pageRequest, readPage, readSurvey, surveyRequest } from './search.ts';
import {
  type HttpRequest,
  type HttpResponse,
  type Transport,
  TransportError,
} from './transport.ts';

/** What a {@link TdpClient} needs. */
export interface TdpClientOptions {
  /** TDP's API address, with or without `/v1`, with or without a slash at its end. */
  readonly url: string;
  readonly credentials: CredentialsReader;
  readonly transport: Transport;
  /** Default: the machine's. */
  readonly clock?: Clock;
  /** A number in [0, 1), for jitter. Default `Math.random`. */
  readonly random?: () => number;
  /** Defaults: {@link defaultRetryPolicy}. */
  readonly retry?: Partial<RetryPolicy>;
  /** `presigned` asks for a URL of the storage and fetches from there, which is several times faster; `direct` goes through the API. Default `presigned`. */
  readonly download?: 'presigned' | 'direct';
  /** Largest content of one file, decompressed, in bytes. Default 268,435,456. */
  readonly maxFileBytes?: number;
  /** Told of every try, so that whoever bounds the load can react. */
  readonly onExchange?: (exchange: Exchange) => void;
}

/** One try of one request, for those who measure and adapt. */
export interface Exchange {
  readonly kind: 'search' | 'retrieve' | 'download';
  readonly outcome: 'ok' | 'overload' | 'failed';
  /** Set when it will be tried again: why, and after how long. */
  readonly retry?: {
    readonly error: SyncError;
    readonly attempt: number;
    readonly delayMs: number;
  };
}

const SEARCH_LIMIT_BYTES = 512 * 1024 * 1024;
const MAX_REDIRECTS = 3;

/** The part of TDP's API that a sync needs. Credentials go to TDP's own host and to no other. */
export class TdpClient implements Source {
  readonly #base: string;
  readonly #credentials: CredentialsCache;
  readonly #send: Transport;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #retry: RetryPolicy;
  readonly #presigned: boolean;
  readonly #maxFileBytes: number;
  readonly #onExchange: (exchange: Exchange) => void;

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
      return decodedBody(response, this.#maxFileBytes);
    });
  }

  /** Follows a presigned URL or a redirect to the content, without TDP's headers. Other answers are returned as they are. */
  async #content(answer: HttpResponse, signal?: AbortSignal): Promise<HttpResponse> {
    let response = answer;
    let next = presignedUrl(answer) ?? redirectOf(answer, this.#base);
    for (let hop = 0; next !== undefined; hop += 1) {
      if (hop > MAX_REDIRECTS)
        throw new SyncError('SOURCE_PROTOCOL', 'The storage redirects in a circle.', {
          retryable: true,
        });
      const url = next;
      response = await this.#storage(url, signal);
      next = redirectOf(response, url);
    }
    return response;
  }

  async #storage(url: string, signal?: AbortSignal): Promise<HttpResponse> {
    const request: HttpRequest = {
      method: 'GET',
      url,
      headers: { 'accept-encoding': 'gzip' },
      maxBytes: this.#maxFileBytes,
    };
    const response = await this.#exchange(request, 'The download from storage', signal);
    // A presigned URL lives five minutes; a refused one is worth a new one.
    if (response.status === 403 || response.status === 400) {
      throw new SyncError(
        'SOURCE_UNAVAILABLE',
        `The storage refused a presigned URL (${response.status}).`,
        { retryable: true, status: response.status },
      );
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
      return read(await jsonBody(response, SEARCH_LIMIT_BYTES), response);
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
    return this.#exchange(request(await this.#credentials.replace(credentials)), action, signal);
  }

  async #exchange(
    request: HttpRequest,
    action: string,
    signal?: AbortSignal,
  ): Promise<HttpResponse> {
    try {
      return await this.#send(request, signal);
    } catch (error) {
      throw transportError(error, action);
    }
  }

  #tried<T>(
    kind: Exchange['kind'],
    signal: AbortSignal | undefined,
    attempt: () => Promise<T>,
  ): Promise<T> {
    const observed = async (): Promise<T> => {
      try {
        const result = await attempt();
        this.#onExchange({ kind, outcome: 'ok' });
        return result;
      } catch (error) {
        this.#onExchange({ kind, outcome: isOverload(error) ? 'overload' : 'failed' });
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
  return `${url.replace(/\/+$/, '').replace(/\/v1$/, '')}/v1/`;
}

/** The URL in a presigned answer: `{"url": …}`, or the first https text of a small JSON object where the key is another. */
function presignedUrl(response: HttpResponse): string | undefined {
  const { status, body } = response;
  const type = header(response, 'content-type') ?? '';
  if (status !== 200 || body.length > 16_384 || body[0] !== 0x7b || type.includes('octet-stream'))
    return undefined;
  let answer: Readonly<Record<string, unknown>>;
  try {
    answer = asRecord(JSON.parse(body.toString('utf8')));
  } catch {
    return undefined;
  }
  const fields = Object.values(answer);
  if (fields.length > 4) return undefined;
  const found = [answer['url'], ...fields].find(
    (field) => typeof field === 'string' && /^https?:\/\/\S+$/.test(field),
  );
  return typeof found === 'string' ? found : undefined;
}

function redirectOf(response: HttpResponse, base: string): string | undefined {
  const location = header(response, 'location');
  if (response.status < 300 || response.status >= 400 || location === undefined) return undefined;
  return new URL(location, base).href;
}

function retrieveError(response: HttpResponse, file: FileHit): SyncError {
  const { status } = response;
  if (status === 404 || status === 410) {
    return new SyncError(
      'FILE_NOT_FOUND',
      `TDP shows ${describeFile(file)}, but does not give it (${status}): deleted or superseded meanwhile.`,
      { status },
    );
  }
  return statusError(response, describeFile(file));
}

/** A login or error page with status 200, as proxies and gateways send it. */
function isWebPage(response: HttpResponse): boolean {
  return response.body[0] === 0x3c && (header(response, 'content-type') ?? '').includes('html');
}

function queryRejected(response: HttpResponse): SyncError {
  const said = messageOf(response);
  return new SyncError(
    'QUERY_REJECTED',
    `TDP refused the query (400). TDP says: ${said} - Correct "filter" in the config; nothing was changed.`,
    { status: 400 },
  );
}

function isOverload(error: unknown): boolean {
  if (!(error instanceof SyncError)) return false;
  if (error.cause instanceof TransportError) return error.cause.kind === 'timeout';
  return error.status !== undefined && [429, 502, 503, 504].includes(error.status);
}
