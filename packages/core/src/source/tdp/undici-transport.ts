import { getCACertificates } from 'node:tls';
import { Agent } from 'undici';
import { targetOf } from './address.ts';
import { Collector } from './collector.ts';
import { Intake, type Pace } from './intake.ts';
import { type ProxyOptions, type Way, wayThrough } from './proxies.ts';
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
  /** Default none. */
  readonly proxy?: ProxyOptions;
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
  const way = createWay(options, timeouts);
  const proxies = [options.proxy?.http, options.proxy?.https].filter((url) => url !== undefined);
  return {
    send: (request, signal) => send({ way, proxies, timeouts, pace }, request, signal),
    [Symbol.asyncDispose]: () => way.destroy(),
  };
}

interface Timeouts {
  readonly headersTimeout: number;
  readonly bodyTimeout: number;
}

function createWay(options: UndiciTransportOptions, timeouts: Timeouts): Way {
  const { proxy, extraCertificates, connectTimeoutMs: timeout = 10_000 } = options;
  const tls = {
    ...(extraCertificates === undefined
      ? {}
      : { ca: [...getCACertificates('default'), extraCertificates] }),
    ...(options.acceptAnyCertificate === true ? { rejectUnauthorized: false } : {}),
  };
  const connect = { timeout, ...tls };
  const settings = {
    connections: options.connections ?? 128,
    pipelining: 1,
    ...timeouts,
  };
  if (proxy?.http === undefined && proxy?.https === undefined)
    return new Agent({ ...settings, connect });
  return wayThrough(proxy, settings, connect);
}

interface Wire {
  readonly way: Way;
  /** Addresses of proxies. */
  readonly proxies: readonly string[];
  readonly timeouts: Timeouts;
  readonly pace: Pace;
}

function send(
  { way, proxies, timeouts, pace }: Wire,
  request: HttpRequest,
  signal?: AbortSignal,
): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const { origin, host, path } = targetOf(request.url);
    way.dispatch(
      {
        origin,
        path,
        method: request.method,
        headers: request.headers,
        body: request.body ?? null,
        // Named per request too, since undici forgets the dispatcher's where it forwards to a proxy.
        ...timeouts,
      },
      new Collector({ host, proxies }, new Intake(host, request, pace), signal, resolve, reject),
    );
  });
}
