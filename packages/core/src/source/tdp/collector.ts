import type { Dispatcher } from 'undici';
import type { Intake } from './intake.ts';
import { proxyInError } from './proxies.ts';
import { type HttpResponse, TransportError } from './transport.ts';

/** What a signal aborts, by one listener for all: to add and remove one per request costs more than to parse its answer. */
class Abortable {
  static readonly #bySignal = new WeakMap<AbortSignal, Abortable>();
  readonly #signal: AbortSignal;
  readonly #collectors = new Set<Collector>();

  static by(signal: AbortSignal): Abortable {
    const found = Abortable.#bySignal.get(signal);
    if (found !== undefined) return found;
    const added = new Abortable(signal);
    Abortable.#bySignal.set(signal, added);
    return added;
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

/** Who is asked, for messages. */
export interface Peer {
  readonly host: string;
  /** Addresses of proxies that may be on the way. */
  readonly proxies: readonly string[];
}

/** Collects one answer. A class, since undici calls its methods for every chunk of every file. */
export class Collector implements Dispatcher.DispatchHandler {
  readonly #peer: Peer;
  readonly #intake: Intake;
  readonly #signal: AbortSignal | undefined;
  readonly #abortable: Abortable | undefined;
  readonly #resolve: (response: HttpResponse) => void;
  readonly #reject: (reason: unknown) => void;
  #controller: Dispatcher.DispatchController | undefined;
  #status = 0;
  #headers: HttpResponse['headers'] = {};

  constructor(
    peer: Peer,
    intake: Intake,
    signal: AbortSignal | undefined,
    resolve: (response: HttpResponse) => void,
    reject: (reason: unknown) => void,
  ) {
    this.#peer = peer;
    this.#intake = intake;
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
    this.#heed(controller, this.#intake.expect(Number(headers['content-length'] ?? 0)));
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#heed(controller, this.#intake.take(chunk));
  }

  onResponseEnd(): void {
    this.#release();
    const { body } = this.#intake;
    this.#resolve({ status: this.#status, headers: this.#headers, body });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#release();
    this.#reject(describe(error, this.#peer));
  }

  /** Rejects at once: a request that still waits for a connection is not started for as long as that takes. */
  abort(reason: unknown): void {
    this.#reject(reason);
    this.#controller?.abort(reason instanceof Error ? reason : new Error('aborted'));
  }

  #heed(controller: Dispatcher.DispatchController, word: ReturnType<Intake['take']>): void {
    if (word === undefined) return;
    if (word instanceof TransportError) {
      controller.abort(word);
      return;
    }
    // Meanwhile undici counts no silence, and the server sends no more than its connection takes.
    controller.pause();
    void word.then(() => controller.resume());
  }

  #release(): void {
    this.#abortable?.delete(this);
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
function describe(error: Error & { code?: string }, peer: Peer): TransportError {
  if (error instanceof TransportError) return error;
  const proxy = proxyInError(error, peer.proxies);
  const host = proxy === undefined ? peer.host : `the proxy ${proxy} on the way to ${peer.host}`;
  const code = codeOf(error);
  if (code === 'EMFILE' || code === 'ENFILE')
    return new TransportError(
      'exhausted',
      `no connection to ${host} can be opened (${code})`,
      error,
    );
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
