import type { Hold } from '../source.ts';

/** One HTTP exchange, as little of it as the client needs. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  /** Absolute. */
  readonly url: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** The answer's body may have at most so many bytes. */
  readonly maxBytes: number;
  /** Asked for room for a large body. Default: there is always room. */
  readonly hold?: Hold | undefined;
}

/** An answer, read to its end. */
export interface HttpResponse {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Buffer;
}

/**
 * Carries one request to its server and reads the whole answer. Follows no redirects and tries
 * nothing twice. Rejects with {@link TransportError}, or with the signal's reason when aborted.
 */
export type Transport = (request: HttpRequest, signal?: AbortSignal) => Promise<HttpResponse>;

/** No complete answer came. */
export class TransportError extends Error {
  override readonly name = 'TransportError';
  readonly kind: 'unreachable' | 'timeout' | 'broken' | 'too-large' | 'certificate' | 'exhausted';

  constructor(kind: TransportError['kind'], message: string, cause?: unknown) {
    super(message, { cause });
    this.kind = kind;
  }
}
