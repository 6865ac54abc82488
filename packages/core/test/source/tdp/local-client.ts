import type { Clock } from '../../../src/clock.ts';
import { TdpClient } from '../../../src/source/tdp/client.ts';
import type { Exchange, TdpClientOptions } from '../../../src/source/tdp/client-options.ts';
import {
  type UndiciTransportOptions,
  undiciTransport,
} from '../../../src/source/tdp/undici-transport.ts';

/** Looks like a token; no test may find it anywhere but in TDP's own requests. */
export const TOKEN = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJzM2NyM3QifQ.c2VjcmV0LXNpZ25hdHVyZQ';
/** Part of every presigned URL's query. */
export const SIGNATURE = 'X-Amz-Signature=5ec2e7';

/** A client over real sockets, with a clock that only notes how long it should have slept. */
export interface LocalClient extends AsyncDisposable {
  readonly client: TdpClient;
  readonly slept: readonly number[];
  readonly exchanges: readonly Exchange[];
}

/** Connects to a local server. */
export function connect(
  url: string,
  options: Partial<TdpClientOptions> = {},
  transport: UndiciTransportOptions = {},
): LocalClient {
  const slept: number[] = [];
  const exchanges: Exchange[] = [];
  const clock: Clock = {
    now: () => Date.now(),
    sleep: async (durationMs, signal) => {
      signal?.throwIfAborted();
      slept.push(durationMs);
    },
  };
  const wire = undiciTransport({
    ...{ connectTimeoutMs: 1000, headersTimeoutMs: 500, bodyTimeoutMs: 500 },
    ...transport,
  });
  const client = new TdpClient({
    url,
    credentials: async () => ({ token: TOKEN, org: 'acme' }),
    transport: wire.send,
    clock,
    random: () => 0.5,
    retry: { attempts: 3 },
    onExchange: (exchange) => void exchanges.push(exchange),
    ...options,
  });
  return { client, slept, exchanges, [Symbol.asyncDispose]: () => wire[Symbol.asyncDispose]() };
}

/** Everything that an error says anywhere, as a logger would print it. */
export function everythingIn(error: unknown, seen: Set<unknown> = new Set()): string {
  if (typeof error !== 'object' || error === null) return String(error);
  if (seen.has(error)) return '';
  seen.add(error);
  const own = Object.getOwnPropertyNames(error).map((name) => Reflect.get(error, name) as unknown);
  return own.map((value) => everythingIn(value, seen)).join('\n');
}

/** The error that a promise rejects with; a test that expects one and gets none fails. */
export async function failureOf(promise: Promise<unknown>): Promise<Error & { code: string }> {
  try {
    await promise;
  } catch (error) {
    return error as Error & { code: string };
  }
  throw new Error('it succeeded');
}
