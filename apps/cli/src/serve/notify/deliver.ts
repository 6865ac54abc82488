import type { Clock } from '@tdp-sync/core';

const TIMEOUT_MS = 10_000;
/** Waits between the tries. */
const WAITS_MS: readonly number[] = [1000, 10_000, 60_000];

/** What a message is delivered with; others in tests. */
export interface Delivery {
  readonly fetch: typeof fetch;
  readonly clock: Pick<Clock, 'sleep'>;
  readonly signal: AbortSignal;
}

/**
 * Posts JSON, up to four times within some seventy seconds. Redirects are not followed: what is posted is for the address of the config.
 *
 * @throws Error that says what the receiver answered, or why there was no answer, without its address, which may be a secret.
 */
export async function deliver(
  url: string,
  body: object,
  { fetch, clock, signal }: Delivery,
): Promise<void> {
  for (let at = 0; ; at += 1) {
    const why = await post(url, body, fetch, signal);
    if (why === undefined) return;
    const waitMs = WAITS_MS[at];
    if (waitMs === undefined) throw new Error(`${why}, ${at + 1} times`);
    await clock.sleep(waitMs, signal);
  }
}

/** Gives why it did not arrive. */
async function post(
  url: string,
  body: object,
  send: typeof fetch,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    const answer = await send(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    await answer.body?.cancel();
    return answer.ok ? undefined : `it answered with ${answer.status}`;
  } catch (error) {
    signal.throwIfAborted();
    return `there was no answer (${reasonOf(error)})`;
  }
}

/** Of fetch's own errors, the one below says what has happened: a code such as ECONNREFUSED. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (cause instanceof Error && 'code' in cause) return String(cause.code);
  return error.name;
}
