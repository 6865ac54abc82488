import type { EmulatorRequest } from '../messages.ts';

/** A request found in what a connection received, and where the next one begins. */
export interface ReadRequest {
  readonly request: EmulatorRequest;
  readonly end: number;
}

/** Beyond this, limits of node's own parser come near. */
const MAX_HEAD = 4_096;
/** Nothing in it that two parsers could see differently. */
const PLAIN_HEAD =
  /(?:GET|POST) \/[\w\-.~:/?@!$&'()*+,;=%]* HTTP\/1\.1\r\n(?:[\w!#$%&'*+\-.^`|~]+:[\t\x20-\x7e]*\r\n)+\r\n/y;
/** What changes how a message is read or its connection goes on, besides what is looked at below. */
const SPECIAL = ['transfer-encoding', 'upgrade', 'expect', 'proxy-connection'];
const NO_BODY = new Uint8Array();

/** The headers between two places of a plain head, unless a name comes twice. */
function readHeaders(text: string, start: number, end: number): Record<string, string> | undefined {
  const headers: Record<string, string> = {};
  for (let place = start; place < end; ) {
    const colon = text.indexOf(':', place);
    const lineEnd = text.indexOf('\r\n', colon);
    const name = text.slice(place, colon).toLowerCase();
    if (name in headers) return undefined;
    headers[name] = text.slice(colon + 1, lineEnd).trim();
    place = lineEnd + 2;
  }
  return headers;
}

function isPlain(headers: Record<string, string>): boolean {
  const { connection } = headers;
  if (headers['host'] === undefined) return false;
  if (connection !== undefined && connection.toLowerCase() !== 'keep-alive') return false;
  return !SPECIAL.some((name) => name in headers);
}

/** How long the body is, if there is one that a single number tells the length of, or none. */
function bodyLength(method: string, headers: Record<string, string>): number | undefined {
  const length = headers['content-length'];
  if (method === 'GET') return length === undefined ? 0 : undefined;
  return length !== undefined && /^\d{1,9}$/.test(length) ? Number(length) : undefined;
}

/**
 * Reads the request that begins at this place, if it is plain: `GET` without a body or `POST` with
 * one, complete in these bytes, and nothing about it that takes a real parser to judge. `undefined`
 * says no more than that it is not.
 *
 * @param text the same bytes in latin1
 */
export function readRequest(
  bytes: Uint8Array,
  text: string,
  start: number,
): ReadRequest | undefined {
  PLAIN_HEAD.lastIndex = start;
  if (!PLAIN_HEAD.test(text) || PLAIN_HEAD.lastIndex - start > MAX_HEAD) return undefined;
  const headEnd = PLAIN_HEAD.lastIndex;
  const methodEnd = text.indexOf(' ', start);
  const urlEnd = text.indexOf(' ', methodEnd + 1);
  const method = text.slice(start, methodEnd);
  const headers = readHeaders(text, urlEnd + ' HTTP/1.1\r\n'.length, headEnd - 2);
  if (headers === undefined || !isPlain(headers)) return undefined;
  const length = bodyLength(method, headers);
  if (length === undefined || headEnd + length > bytes.length) return undefined;
  const body = length === 0 ? NO_BODY : bytes.subarray(headEnd, headEnd + length);
  const url = text.slice(methodEnd + 1, urlEnd);
  return { request: { method, url, headers, body }, end: headEnd + length };
}
