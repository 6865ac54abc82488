import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readRequest } from '../src/http/read-request.ts';
import { plain, post, type Served, serve, Wire } from './wire.ts';

function read(text: string): ReturnType<typeof readRequest> {
  return readRequest(Buffer.from(text, 'latin1'), text, 0);
}

describe('a plain request', () => {
  it('is what clients send', () => {
    const url =
      '/v1/datalake/retrieve?fileId=0f6a3c1e-6d0b-4a56-9d63-3a1b7c0e5d21&getPresigned=true';
    const undici = `GET ${url} HTTP/1.1\r\nhost: 127.0.0.1:40123\r\nconnection: keep-alive\r\nts-auth-token: eyJ.eyJ.x_-\r\nx-org-slug: example-lab\r\n\r\n`;
    expect(read(undici)).toMatchObject({ request: { method: 'GET', url }, end: undici.length });
    const curl = `GET ${url} HTTP/1.1\r\nHost: localhost:40123\r\nUser-Agent: curl/8.5.0\r\nAccept: */*\r\n\r\n`;
    expect(read(curl)?.request.headers).toEqual({
      host: 'localhost:40123',
      'user-agent': 'curl/8.5.0',
      accept: '*/*',
    });
    const presigned =
      "/b/o/A/IDS/it's%20(1)~v!.json?X-Amz-Credential=A%2F20260615%2Fs3&versionId=a.b_c&X-Amz-Signature=0f";
    expect(read(plain(presigned))?.request.url).toBe(presigned);
  });

  it('is found after another', () => {
    const bytes = Buffer.concat([post('/a', '{"x":"é"}'), Buffer.from(plain('/b'))]);
    const text = bytes.toString('latin1');
    const first = readRequest(bytes, text, 0);
    expect(Buffer.from(first?.request.body ?? []).toString()).toBe('{"x":"é"}');
    expect(readRequest(bytes, text, first?.end ?? 0)).toMatchObject({
      request: { url: '/b' },
      end: bytes.length,
    });
  });

  it.each([
    ['half a head', plain('/a').slice(0, -1)],
    ['half a body', post('/a', 'abc').toString().slice(0, -1)],
    ['a head near the limits', plain('/a', `a: ${'x'.repeat(4_100)}`)],
    ['a header that comes twice', plain('/a', 'a: 1', 'A: 2')],
    ['a name that objects have', plain('/a', 'constructor: x')],
    ['no host', 'GET /a HTTP/1.1\r\na: b\r\n\r\n'],
    ['a body without a length', 'POST /a HTTP/1.1\r\nhost: h\r\n\r\n'],
    ['a body of a GET', plain('/a', 'content-length: 3')],
  ])('is not one with %s', (_, text) => {
    expect(read(text)).toBeUndefined();
  });
});

const often = <T>(usual: T, ...others: readonly T[]): fc.Arbitrary<T> =>
  fc.oneof({ weight: 12, arbitrary: fc.constant(usual) }, fc.constantFrom(usual, ...others));

const header = fc.constantFrom(
  ...['x-a: 1', 'X-A:2', 'x-b: \t b c\t ', 'accept: */*', 'cookie: a=1', 'connection: keep-alive'],
  ...['empty:', 'latin: \xe9', 'ctl: \x01', 'folded: a\r\n b', ' leading: x', 'no colon', 'a b: c'],
  ...['space : x', '__proto__: x', 'constructor: x', 'expect: 100-continue', 'upgrade: h2c'],
  ...[
    'connection: close',
    'Connection: Keep-Alive',
    'connection: keep-alive, upgrade',
    'a: b\nc: d',
  ],
  ...['proxy-connection: close', 'content-length: 3', 'content-length: 03', 'content-length: +3'],
  ...['content-length: 0', 'content-length: 9', 'transfer-encoding: chunked', 'host: again'],
);
const request = fc
  .record({
    method: often('GET', 'POST', 'HEAD', 'PUT', 'get', 'OPTIONS', 'PRI'),
    url: often(
      '/a?b=c%20',
      '/',
      '*',
      'http://h/x',
      '/\xfc',
      '/a b',
      '/a#f',
      '/<"{|}\\^`>',
      '//',
      '',
    ),
    version: often('HTTP/1.1', 'HTTP/1.0', 'HTTP/2.0', 'http/1.1', 'HTTP/1.1 '),
    host: often(['Host: h'], [], ['host:'], ['host: a', 'host: b']),
    headers: fc.oneof(fc.constant([]), fc.array(header, { maxLength: 3 })),
    lineEnd: often('\r\n', '\n'),
    body: often('', 'abc', '3\r\nabc\r\n0\r\n\r\n', '\r\n'),
  })
  .map(({ method, url, version, host, headers, lineEnd, body }) =>
    [`${method} ${url} ${version}`, ...host, ...headers, '', body].join(lineEnd),
  );
const posted = fc
  .constantFrom('', 'abc', '{"query":{"match_all":{}}}')
  .map((body) => post('/p', body).toString());

interface Seen {
  readonly text: string;
  readonly requests: readonly object[];
}

async function see(served: Served, text: string, cuts: readonly number[]): Promise<Seen> {
  const start = served.requests.length;
  using wire = new Wire(served);
  const places = [0, ...cuts.map((cut) => Math.floor(cut * text.length)), text.length];
  places.sort((a, b) => a - b);
  for (const [index, place] of places.entries()) {
    wire.send(Buffer.from(text.slice(place, places[index + 1]), 'latin1'));
    await new Promise(setImmediate);
  }
  wire.socket.end();
  const answered = await wire.ended();
  // Node reads bodies as streams, and so may handle a request without one before its predecessor.
  const requests = served.requests
    .slice(start)
    .map((given) => ({ ...given, body: Buffer.from(given.body).toString() }))
    .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  // Node sends this at once, even before answers that are still owed.
  return { text: answered.replaceAll('HTTP/1.1 100 Continue\r\n\r\n', ''), requests };
}

describe('a port', () => {
  it("sees in every request what node's HTTP server sees", async () => {
    await using port = await serve('port');
    await using node = await serve('node:http');
    const cut = fc.double({ min: 0, max: 1, noNaN: true });
    let compared = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(request, posted), { minLength: 1, maxLength: 3 }),
        fc.array(cut, { maxLength: 2 }),
        async (requests, cuts) => {
          const text = requests.join('');
          const before = node.unreadable();
          const [ours, theirs] = [await see(port, text, cuts), await see(node, text, cuts)];
          expect(ours.requests).toEqual(theirs.requests);
          // One that cannot be read ends the connection, perhaps without the answers to others.
          if (node.unreadable() > before) return;
          compared++;
          expect(ours.text).toBe(theirs.text);
        },
      ),
      { numRuns: 1_500, seed: 1 },
    );
    expect(compared).toBeGreaterThan(1_000);
  });
});
