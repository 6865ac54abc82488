import { getCACertificates } from 'node:tls';
import { Agent, type Dispatcher, EnvHttpProxyAgent, Pool } from 'undici';
import { targetOf } from './address.ts';
import { Collector } from './collector.ts';
import { Intake, type Pace } from './intake.ts';
import type { HttpRequest, HttpResponse, Transport } from './transport.ts';

/** How to reach TDP and its storage. */
export interface UndiciTransportOptions {
  /** Time until a connection stands. Default 10,000. */
  readonly connectTimeoutMs?: number;
  /** Time from the request to the answer's headers. Default 60,000. */
  readonly headersTimeoutMs?: number;
  /** Longest silence within an answer. Default 30,000. */
  readonly bodyTimeoutMs?: number;
  /** Least bytes per second of an answer, over each stretch of `bodyTimeoutMs`. Default 1,024; 0 for any. */
  readonly minRate?: number;
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
  const pace = { minRate: options.minRate ?? 1024, stretchMs: timeouts.bodyTimeout };
  const dispatcher = createDispatcher(options, timeouts);
  return {
    send: (request, signal) => send(dispatcher, timeouts, pace, request, signal),
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
  pace: Pace,
  request: HttpRequest,
  signal?: AbortSignal,
): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const { origin, host, path } = targetOf(request.url);
    dispatcher.dispatch(
      {
        origin,
        path,
        method: request.method,
        headers: request.headers,
        body: request.body ?? null,
        // Named per request too, since undici forgets the dispatcher's where it forwards to a proxy.
        ...timeouts,
      },
      new Collector(host, new Intake(host, request, pace), signal, resolve, reject),
    );
  });
}
