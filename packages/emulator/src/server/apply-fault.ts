import { type EmulatorResponse, json, type Misbehaviour, refusal } from '../messages.ts';
import type { Fault } from './faults.ts';

const SLOW_MS = 2_000;
const DROP_MS = 1_000;
const HTML =
  '<!DOCTYPE html><html><head><title>Sign in</title></head><body>Please sign in.</body></html>';

const MESSAGES: Readonly<Record<string, string>> = {
  '401': 'Invalid token',
  '403': 'Forbidden',
  '404': 'Not Found',
  '413': 'Payload content length greater than maximum allowed',
  '429': 'Rate limit exceeded',
  '500': 'An internal server error occurred',
  '502': 'Bad Gateway',
  '503': 'Service Unavailable',
  '504': 'Endpoint request timed out',
};

function xml(status: number, code: string): EmulatorResponse {
  const text = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${code}</Message></Error>`;
  return { status, headers: { 'content-type': 'application/xml' }, body: Buffer.from(text) };
}

function statusAnswer(fault: Fault, storage: boolean, retryAfter: boolean): EmulatorResponse {
  const status = Number(fault.kind);
  const response = storage
    ? xml(status, status === 503 ? 'SlowDown' : status === 500 ? 'InternalError' : 'RequestError')
    : refusal(status, MESSAGES[fault.kind] ?? 'Error');
  if (fault.retryAfterSeconds !== undefined && retryAfter) {
    response.headers['retry-after'] = String(fault.retryAfterSeconds);
  }
  return response;
}

function partial(
  response: EmulatorResponse,
  change: (body: PartialSearch) => void,
): EmulatorResponse {
  if (response.status !== 200) return response;
  const body = JSON.parse(Buffer.from(response.body).toString()) as PartialSearch;
  body.hits.hits = body.hits.hits.slice(0, Math.floor(body.hits.hits.length / 2));
  change(body);
  return json(200, body);
}

interface PartialSearch {
  timed_out: boolean;
  _shards: Record<string, unknown>;
  hits: { hits: unknown[] };
}

function partWay({ kind, everyMs = DROP_MS }: Fault, bytes: number): Misbehaviour {
  if (kind === 'truncate') return { truncateAfterBytes: bytes };
  return kind === 'stall' ? { hangAfterBytes: bytes } : { trickleAfterBytes: bytes, everyMs };
}

/**
 * The answer that a fault makes of a good one. The good one is only computed where it is needed,
 * since a request that never reaches the back end has no effect there.
 */
export function applyFault(
  fault: Fault,
  good: () => EmulatorResponse,
  options: { readonly storage: boolean; readonly retryAfter: boolean },
): EmulatorResponse {
  switch (fault.kind) {
    case 'reset':
    case 'hang':
      return { status: 200, headers: {}, body: new Uint8Array(), connection: fault.kind };
    case 'truncate':
    case 'stall':
    case 'trickle': {
      const response = good();
      const bytes = fault.afterBytes ?? response.body.length >> 1;
      return { ...response, connection: partWay(fault, bytes) };
    }
    case 'html':
      return { status: 200, headers: { 'content-type': 'text/html' }, body: Buffer.from(HTML) };
    case 'slow':
      return { ...good(), delayMs: fault.delayMs ?? SLOW_MS };
    case 'timed_out':
      return partial(good(), (body) => {
        body.timed_out = true;
      });
    case 'failed_shards':
      return partial(good(), (body) => {
        const reason = { type: 'es_rejected_execution_exception', reason: 'rejected execution' };
        const failures = [{ shard: 2, index: 'all', node: 'emulator', reason }];
        const total = Math.max(2, Number(body._shards['total']));
        body._shards = { ...body._shards, total, successful: total - 1, failed: 1, failures };
      });
    default:
      return statusAnswer(fault, options.storage, options.retryAfter);
  }
}
