import { getCACertificates } from 'node:tls';
import { Agent, type Dispatcher, EnvHttpProxyAgent, Pool } from 'undici';
import {
  type HttpRequest,
  type HttpResponse,
  type Transport,
  TransportError,
} from './transport.ts';

/** How to reach TDP and its storage. */
export interface UndiciTransportOptions {
  /** Time until a connection stands. Default 10,000. */
  readonly connectTimeoutMs?: number;
  /** Time from the request to the answer's headers. Default 60,000. */
  readonly headersTimeoutMs?: number;
  /** Longest silence within an answer. Default 30,000. */
  readonly bodyTimeoutMs?: number;
  /** Connections per host. Default 128. */
  readonly connections?: number;
  /** Proxies as in the environment variables `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`. Default none. */
  readonly proxy?: {
    readonly http?: string | undefined;
    readonly https?: string | undefined;
    readonly except?: string | undefined;
  };
  /** PEM text of certificate authorities to trust besides the usual ones. */
  readonly extraCertificates?: string;
  /** Accept any certificate. Only for tests and for what TDP's own samples call `ignore_ssl`. Default `false`. */
  readonly acceptAnyCertificate?: boolean;
}

/** A {@link Transport} over undici's `dispatch`, which costs a tenth of `fetch`. Dispose it to close its connections. */
export interface UndiciTransport extends AsyncDisposable {
  readonly send: Transport;
}

/** Opens no connection until the first request. */
export function undiciTransport(options: UndiciTransportOptions = {}): UndiciTransport {
  const timeouts: Timeouts = {
    headersTimeout: options.headersTimeoutMs ?? 60_000,
    bodyTimeout: options.bodyTimeoutMs ?? 30_000,
  };
  const dispatcher = createDispatcher(options, timeouts);
  return {
    send: (request, signal) => send(dispatcher, timeouts, request, signal),
    [Symbol.asyncDispose]: () => dispatcher.destroy(),
  };
}

interface Timeouts {
  readonly headersTimeout: number;
  readonly bodyTimeout: number;
}

function createDispatcher(options: UndiciTransportOptions, timeouts: Timeouts): Dispatcher {
  const { proxy, extraCertificates, connectTimeoutMs: timeout = 10_000 } = options;
  const tls = {
    ...(extraCertificates === undefined
      ? {}
      : { ca: [...getCACertificates('default'), extraCertificates] }),
    ...(options.acceptAnyCertificate === true ? { rejectUnauthorized: false } : {}),
  };
  const settings = {
    connect: { timeout, ...tls },
    connections: options.connections ?? 128,
    pipelining: 1,
    ...timeouts,
  };
  if (proxy?.http === undefined && proxy?.https === undefined) return new Agent(settings);
  return new EnvHttpProxyAgent({
    ...settings,
    requestTls: { timeout, ...tls },
    proxyTls: { timeout, ...tls },
    // Or a proxy that does not answer to CONNECT would be waited for by undici's own default, 5 minutes.
    clientFactory: (origin, pool) => new Pool(origin, { ...pool, headersTimeout: timeout }),
    // An empty text keeps undici from looking into the environment itself.
    httpProxy: proxy.http ?? '',
    httpsProxy: proxy.https ?? '',
    noProxy: proxy.except ?? '',
  });
}

function send(
  dispatcher: Dispatcher,
  timeouts: Timeouts,
  request: HttpRequest,
  signal?: AbortSignal,
): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const url = new URL(request.url);
    dispatcher.dispatch(
      {
        origin: url.origin,
        path: url.pathname + url.search,
        method: request.method,
        headers: request.headers,
        body: request.body ?? null,
        // Named per request too, since undici forgets the dispatcher's where it forwards to a proxy.
        ...timeouts,
      },
      new Collector(url.host, request.maxBytes, signal, resolve, reject),
    );
  });
}

/** What a signal aborts, by one listener for all: to add and remove one per request costs more than to parse its answer. */
class Abortable {
  static readonly #bySignal = new WeakMap<AbortSignal, Abortable>();
  readonly #signal: AbortSignal;
  readonly #collectors = new Set<Collector>();

  static by(signal: AbortSignal): Abortable {
    const found = Abortable.#bySignal.get(signal) ?? new Abortable(signal);
    Abortable.#bySignal.set(signal, found);
    return found;
  }

  private constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  add(collector: Collector): void {
    if (this.#collectors.size === 0) this.#signal.addEventListener('abort', this.#abort);
    this.#collectors.add(collector);
  }

  delete(collector: Collector): void {
    this.#collectors.delete(collector);
    if (this.#collectors.size === 0) this.#signal.removeEventListener('abort', this.#abort);
  }

  readonly #abort = (): void => {
    for (const collector of this.#collectors) collector.abort(this.#signal.reason);
  };
}

/** Collects one answer. A class, since undici calls its methods for every chunk of every file. */
class Collector implements Dispatcher.DispatchHandler {
  readonly #host: string;
  readonly #maxBytes: number;
  readonly #signal: AbortSignal | undefined;
  readonly #abortable: Abortable | undefined;
  readonly #resolve: (response: HttpResponse) => void;
  readonly #reject: (reason: unknown) => void;
  #controller: Dispatcher.DispatchController | undefined;
  #status = 0;
  #headers: HttpResponse['headers'] = {};
  #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(
    host: string,
    maxBytes: number,
    signal: AbortSignal | undefined,
    resolve: (response: HttpResponse) => void,
    reject: (reason: unknown) => void,
  ) {
    this.#host = host;
    this.#maxBytes = maxBytes;
    this.#signal = signal;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#abortable = signal === undefined ? undefined : Abortable.by(signal);
    this.#abortable?.add(this);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#signal?.aborted === true) this.abort(this.#signal.reason);
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: HttpResponse['headers'],
  ): void {
    this.#status = status;
    this.#headers = headers;
    if (Number(headers['content-length'] ?? 0) > this.#maxBytes) controller.abort(this.#tooLarge());
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > this.#maxBytes) controller.abort(this.#tooLarge());
    else this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    this.#release();
    const [first] = this.#chunks;
    const body =
      first !== undefined && this.#chunks.length === 1
        ? first
        : Buffer.concat(this.#chunks, this.#bytes);
    this.#resolve({ status: this.#status, headers: this.#headers, body });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#release();
    this.#reject(describe(error, this.#host));
  }

  /** Rejects at once: a request that still waits for a connection is not started for as long as that takes. */
  abort(reason: unknown): void {
    this.#reject(reason);
    this.#controller?.abort(reason instanceof Error ? reason : new Error('aborted'));
  }

  #release(): void {
    this.#abortable?.delete(this);
  }

  #tooLarge(): TransportError {
    return new TransportError('too-large', `the answer has more than ${this.#maxBytes} bytes`);
  }
}

const UNREACHABLE = new Set([
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);
const TIMEOUT = /TIMEOUT|ETIMEDOUT/;
const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS|ERR_SSL/;

/** The error names the host only: a presigned URL's query is a secret. */
function describe(error: Error & { code?: string }, host: string): TransportError {
  if (error instanceof TransportError) return error;
  const code = codeOf(error);
  if (UNREACHABLE.has(code))
    return new TransportError('unreachable', `cannot reach ${host} (${code})`, error);
  if (TIMEOUT.test(code))
    return new TransportError('timeout', `${host} did not answer in time (${code})`, error);
  if (CERTIFICATE.test(code)) {
    return new TransportError(
      'certificate',
      `the certificate of ${host} is not trusted (${code})`,
      error,
    );
  }
  if (/proxy/i.test(error.message))
    return new TransportError('unreachable', `cannot reach ${host}: ${error.message}`, error);
  return new TransportError(
    'broken',
    `the connection to ${host} broke off (${code || error.message})`,
    error,
  );
}

/** Where a host has several addresses, Node reports an AggregateError and the code is on its parts. */
function codeOf(error: Error & { code?: string; errors?: readonly { code?: string }[] }): string {
  return error.code ?? error.errors?.[0]?.code ?? '';
}
