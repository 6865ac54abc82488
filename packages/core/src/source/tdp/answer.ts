import { SyncError } from '../../errors.ts';
import { reasonIn } from './reason.ts';
import { parseRetryAfter } from './retry.ts';
import { type HttpResponse, TransportError } from './transport.ts';
import { tooLarge } from './unpack.ts';

/** One header as text. */
export function header(response: HttpResponse, name: string): string | undefined {
  const value = response.headers[name];
  return typeof value === 'string' ? value : value?.[0];
}

/** The end of the year 9998: a time beyond has no date of four digits, and nor may the times around it. */
const LAST_TIME_MS = Date.UTC(9999, 0);

/** The server's clock when it answered, by the Date header; `undefined` without one that is a time. */
export function answerTimeMs(response: HttpResponse): number | undefined {
  const time = Date.parse(header(response, 'date') ?? '');
  return time >= 0 && time < LAST_TIME_MS ? time : undefined;
}

/** The body as JSON. Anything else, such as a proxy's HTML page, is worth another try. */
export function jsonBody(
  response: HttpResponse,
  parse: (json: string) => unknown = JSON.parse,
): unknown {
  try {
    return parse(response.body.toString('utf8'));
  } catch (cause) {
    const type = header(response, 'content-type') ?? 'no content type';
    const hint = 'A proxy or gateway may be answering in its place; check source.url.';
    throw new SyncError(
      'SOURCE_PROTOCOL',
      `TDP answered ${response.status} with something that is not JSON (${type}). ${hint}`,
      {
        retryable: true,
        status: response.status,
        cause,
      },
    );
  }
}

/** Parts of a presigned URL by themselves, as the clouds name them, with `=` as it is or as a URL within a URL has it. */
const SIGNED =
  /((?:X-(?:Amz|Goog)-[\w-]+|(?:\b|(?<=%3F|%26))(?:AWSAccessKeyId|GoogleAccessId|Signature|sig))(?:=|%3D))[^\s&"'<>]+/gi;

/** What an error's body says, as far as it may be told. The reason is looked for in all of it, before anything is cut. */
export function messageOf(response: HttpResponse): string {
  const text = response.body.toString('utf8');
  const said = reasonIn(text) ?? text.slice(0, 16_384).replace(/<[^>]*>/g, ' ');
  return quotable(said);
}

/** What TDP or its gateway says, in one line of at most 500 characters, without secrets that it may echo. */
export function quotable(said: string): string {
  return said
    .slice(0, 16_384)
    .replace(/\beyJ[\w-]{5,}(?:\.[\w-]*)*/g, '(token)')
    .replace(/\b(Bearer|Basic)[ :=]+[\w.~+/=-]{6,}/gi, '$1 (token)')
    .replace(/(https?:(?:\/|\\\/){2}[^\s?]+)\?\S+/g, '$1?(query)')
    .replace(SIGNED, '$1(signature)')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 500);
}

const RETRYABLE_STATUS = new Set([408, 425, 429, 500, 502, 503, 504]);

/** The error for an answer of the API that is neither 200 nor 401. */
export function statusError(response: HttpResponse, action: string): SyncError {
  const { status } = response;
  const said = messageOf(response);
  const detail = said === '' ? '' : ` TDP says: ${said}`;
  if (status === 403) {
    return new SyncError(
      'ACCESS_DENIED',
      `TDP refused access (403) for ${action}: the organisation may be wrong, or the user lacks the right.${detail}`,
      { status },
    );
  }
  if (RETRYABLE_STATUS.has(status)) {
    return new SyncError('SOURCE_UNAVAILABLE', `TDP answered ${status} for ${action}.${detail}`, {
      retryable: true,
      status,
      retryAfterMs: retryAfterMs(response),
    });
  }
  if (status === 404 || status === 405) {
    return new SyncError(
      'SOURCE_PROTOCOL',
      `TDP answered ${status} for ${action}. Is source.url the address of TDP's API?${detail}`,
      { status },
    );
  }
  if (status >= 300 && status < 400) {
    return new SyncError(
      'SOURCE_PROTOCOL',
      `TDP sent ${action} elsewhere (${status}). Use the final address, with https, as source.url.`,
      { status },
    );
  }
  return new SyncError('SOURCE_PROTOCOL', `TDP answered ${status} for ${action}.${detail}`, {
    status,
  });
}

/** How long the answer asks to wait, by its own clock. */
export function retryAfterMs(response: HttpResponse): number | undefined {
  return parseRetryAfter(header(response, 'retry-after'), answerTimeMs(response) ?? 0);
}

/** The error for an exchange without a complete answer. */
export function transportError(error: unknown, action: string, maxBytes: number): unknown {
  if (!(error instanceof TransportError)) return error;
  if (error.kind === 'too-large') return tooLarge(maxBytes, error);
  if (error.kind === 'exhausted')
    return new SyncError(
      'TOO_MANY_OPEN_FILES',
      `${action} could not be sent: ${error.message}, since all files are open that may be. Nothing was lost; the next run continues here.`,
      { retryable: true, cause: error },
    );
  const hint = {
    unreachable: 'Check source.url, the network and the proxy.',
    certificate: 'Name the certificate authority of your site in source.caFile.',
    timeout: 'Nothing was lost; the next run continues here.',
    broken: 'Nothing was lost; the next run continues here.',
  }[error.kind];
  return new SyncError('SOURCE_UNAVAILABLE', `${action} failed: ${error.message}. ${hint}`, {
    retryable: error.kind !== 'certificate',
    cause: error,
  });
}
