import { randomUUID } from 'node:crypto';
import { type Clock, systemClock } from '../../clock.ts';
import { type Redact, redacted, SyncError } from '../../errors.ts';
import type { Hold } from '../source.ts';
import { transportError } from './answer.ts';
import type { Exchange, TdpClientOptions } from './client-options.ts';
import { type Credentials, CredentialsCache, tokenRejected } from './credentials.ts';
import { defaultRetryPolicy, type RetryPolicy, withRetry } from './retry.ts';
import {
  type HttpRequest,
  type HttpResponse,
  type Transport,
  TransportError,
} from './transport.ts';
import { decodedBody } from './unpack.ts';

/** A try that is under way. */
export interface Try {
  /** What of its time it has waited for room. */
  waitedMs: number;
}

/** Much more than is ever quoted. */
const QUOTABLE_BYTES = 1024 * 1024;

/** Requests to TDP's API: with credentials, decompressed, tried again. */
export class TdpApi {
  /** The address that endpoints are appended to. */
  readonly base: string;
  readonly #credentials: CredentialsCache;
  readonly #send: Transport;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #retry: RetryPolicy;
  readonly #redact: Redact;
  readonly #onExchange: (exchange: Exchange) => void;

  constructor(options: TdpClientOptions) {
    this.base = apiBase(options.url);
    this.#credentials = new CredentialsCache(options.credentials);
    this.#send = options.transport;
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? Math.random;
    this.#retry = { ...defaultRetryPolicy, ...options.retry };
    this.#redact = options.redact ?? ((text) => text);
    this.#onExchange = options.onExchange ?? (() => undefined);
  }

  /** One request to TDP with credentials; with fresh ones once more when TDP refuses them. */
  async request(
    method: 'GET' | 'POST',
    path: string,
    { maxBytes, hold, body }: Pick<HttpRequest, 'maxBytes' | 'hold' | 'body'>,
    signal?: AbortSignal,
  ): Promise<HttpResponse> {
    const action = method === 'POST' ? 'The search' : 'The request for a file';
    const request = (credentials: Credentials): HttpRequest => ({
      method,
      url: this.base + path,
      headers: {
        'ts-auth-token': credentials.token,
        'x-org-slug': credentials.org,
        'ts-request-id': randomUUID(),
        'accept-encoding': 'gzip',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      maxBytes,
      hold,
      ...(body === undefined ? {} : { body }),
    });
    const credentials = await this.#credentials.get();
    const response = await this.exchange(request(credentials), action, signal);
    if (response.status !== 401) return response;
    const renewed = await this.#credentials.replace(credentials);
    const second = await this.exchange(request(renewed), action, signal);
    if (second.status === 401) throw tokenRejected(renewed);
    return second;
  }

  /** One request and its whole answer, decompressed. Without credentials, unless the request has them. */
  async exchange(
    request: HttpRequest,
    action: string,
    signal?: AbortSignal,
  ): Promise<HttpResponse> {
    let response: HttpResponse;
    try {
      response = await this.#send(request, signal);
    } catch (error) {
      throw transportError(error, action, request.maxBytes);
    }
    const body = await decodedBody(response, request, signal);
    return { ...response, body: response.status === 200 ? body : this.#quotable(body) };
  }

  /** What is no content may be quoted: as a whole without secrets, before anything is cut from it. */
  #quotable(body: Buffer): Buffer {
    return Buffer.from(this.#redact(body.toString('utf8', 0, QUOTABLE_BYTES)));
  }

  /** The same, but the time that is waited for room is not the try's. */
  waiting(hold: Hold, current: Try): Hold {
    return (bytes) => {
      const wait = hold(bytes);
      if (wait === undefined) return undefined;
      const sinceMs = this.#clock.now();
      return wait.then(() => {
        current.waitedMs += this.#clock.now() - sinceMs;
      });
    };
  }

  /** Tries something again while its error says that this may help, and tells how each try went. */
  tried<T>(
    kind: Exchange['kind'],
    signal: AbortSignal | undefined,
    attempt: (current: Try) => Promise<T>,
  ): Promise<T> {
    const observed = async (): Promise<T> => {
      const sentMs = this.#clock.now();
      const current: Try = { waitedMs: 0 };
      const tell = (outcome: Exchange['outcome']): void => {
        const durationMs = this.#clock.now() - sentMs - current.waitedMs;
        this.#onExchange({ kind, outcome, durationMs });
      };
      try {
        const result = await attempt(current);
        tell('ok');
        return result;
      } catch (error) {
        tell(isOverload(error) ? 'overload' : 'failed');
        throw error instanceof SyncError ? redacted(error, this.#redact) : error;
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

function isOverload(error: unknown): boolean {
  if (!(error instanceof SyncError)) return false;
  // Fewer at once is what helps here, too.
  if (error.code === 'TOO_MANY_OPEN_FILES') return true;
  if (error.cause instanceof TransportError) return error.cause.kind === 'timeout';
  return error.status !== undefined && [429, 502, 503, 504].includes(error.status);
}
