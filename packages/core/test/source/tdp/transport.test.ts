import { execFileSync } from 'node:child_process';
import { getEventListeners } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, request as httpRequest, type Server } from 'node:http';
import { type AddressInfo, connect as tcp, createServer as tcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Collector } from '../../../src/source/tdp/collector.ts';
import { Intake } from '../../../src/source/tdp/intake.ts';
import type { TransportError } from '../../../src/source/tdp/transport.ts';
import {
  type UndiciTransport,
  type UndiciTransportOptions,
  undiciTransport,
} from '../../../src/source/tdp/undici-transport.ts';
import { failureOf } from './local-client.ts';
import { type LocalServer, serve } from './local-server.ts';

const tls = { key: '', cert: '' };
const folder = mkdtempSync(join(tmpdir(), 'tdp-sync-cert-'));

beforeAll(() => {
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...subject];
  execFileSync('openssl', [...made, '-keyout', key, '-out', cert], { stdio: 'ignore' });
  Object.assign(tls, { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') });
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Proxy extends AsyncDisposable {
  readonly url: string;
  /** What it was asked for, such as `CONNECT host:port` or `GET http://…`. */
  readonly seen: readonly string[];
  readonly authorizations: readonly (string | undefined)[];
}

/** A small real proxy: tunnels for CONNECT, forwards what is asked for in absolute form. */
async function proxy(refuse?: number): Promise<Proxy> {
  const seen: string[] = [];
  const authorizations: (string | undefined)[] = [];
  const server: Server = createServer((message, response) => {
    seen.push(`${message.method} ${message.url}`);
    authorizations.push(message.headers['proxy-authorization']);
    if (refuse !== undefined) return void response.writeHead(refuse).end();
    const { method, headers, url = '' } = message;
    const forward = httpRequest(url, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    message.pipe(forward);
  });
  server.on('connect', (message, socket) => {
    seen.push(`CONNECT ${message.url}`);
    authorizations.push(message.headers['proxy-authorization']);
    if (refuse !== undefined) return void socket.end(`HTTP/1.1 ${refuse} No\r\n\r\n`);
    const [host, port] = (message.url ?? '').split(':');
    const target = tcp(Number(port), host, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      target.pipe(socket).pipe(target);
    });
    target.on('error', () => socket.destroy());
    socket.on('error', () => target.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://me:pass@127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    server.close();
  };
  return { url, seen, authorizations, [Symbol.asyncDispose]: close };
}

async function get(
  server: Pick<LocalServer, 'url'>,
  options: UndiciTransportOptions,
  signal?: AbortSignal,
): Promise<string> {
  await using transport = undiciTransport({
    ...{ connectTimeoutMs: 500, headersTimeoutMs: 500, bodyTimeoutMs: 500 },
    ...options,
  });
  const request = {
    method: 'GET',
    url: `${server.url}/a?secret`,
    headers: {},
    maxBytes: 1e6,
  } as const;
  return (await transport.send(request, signal)).body.toString();
}

const hello = (tlsToo = false): Promise<LocalServer> =>
  serve((_, response) => void response.end('hello'), tlsToo ? tls : undefined);

test('HTTP goes through the proxy in absolute form, HTTPS through a tunnel', async () => {
  await using plain = await hello();
  await using secure = await hello(true);
  await using between = await proxy();
  await using tunnel = await proxy();
  const ways = { proxy: { http: between.url, https: tunnel.url }, extraCertificates: tls.cert };
  expect(await get(plain, ways)).toBe('hello');
  expect(await get(secure, ways)).toBe('hello');
  expect(between.seen).toEqual([`GET ${plain.url}/a?secret`]);
  expect(tunnel.seen).toEqual([`CONNECT 127.0.0.1:${secure.port}`]);
  const basic = `Basic ${Buffer.from('me:pass').toString('base64')}`;
  expect([...between.authorizations, ...tunnel.authorizations]).toEqual([basic, basic]);
});

test('hosts named as exceptions are reached directly, and the environment is not asked', async () => {
  await using server = await hello();
  await using between = await proxy();
  const except = '127.0.0.1';
  expect(await get(server, { proxy: { http: between.url, except } })).toBe('hello');
  process.env['HTTP_PROXY'] = between.url;
  try {
    expect(await get(server, {})).toBe('hello');
    expect(await get(server, { proxy: { https: 'http://127.0.0.1:1' } })).toBe('hello');
  } finally {
    process.env['HTTP_PROXY'] = undefined;
    delete process.env['HTTP_PROXY'];
  }
  expect(between.seen).toEqual([]);
});

test.each([
  ['127.0.0.0/8', true],
  ['10.0.0.0/8, 127.0.0.1/32', true],
  ['fd00::/8,10.0.0.0/8', false],
  ['127.0.0.0/33', false],
])('networks are exceptions, too: %s', async (except, isDirect) => {
  await using server = await hello();
  await using between = await proxy();
  expect(await get(server, { proxy: { http: between.url, except } })).toBe('hello');
  expect(between.seen.length).toBe(isDirect ? 0 : 1);
});

test.each(['http', 'https'] as const)(
  'a proxy that is not there is named as such, for %s',
  async (kind) => {
    await using server = await hello(kind === 'https');
    const gone = await proxy();
    await gone[Symbol.asyncDispose]();
    const error = await failureOf(get(server, { proxy: { [kind]: gone.url } }));
    expect(error).toMatchObject({ kind: 'unreachable' });
    const { host } = new URL(gone.url);
    expect(error.message).toBe(
      `cannot reach the proxy ${host} on the way to ${new URL(server.url).host} (ECONNREFUSED)`,
    );
  },
);

test('a host that is not there is not called a proxy', async () => {
  await using server = await hello();
  await using between = await proxy();
  const { url } = server;
  await server[Symbol.asyncDispose]();
  const options = { proxy: { http: between.url, except: '127.0.0.1' } };
  const error = await failureOf(get({ url }, options));
  expect(error.message).toBe(`cannot reach ${new URL(url).host} (ECONNREFUSED)`);
});

test('a proxy that refuses is named, without its password', async () => {
  await using plain = await hello();
  await using secure = await hello(true);
  await using between = await proxy(407);
  for (const server of [plain, secure]) {
    const error = await failureOf(
      get(server, { proxy: { http: between.url, https: between.url } }),
    );
    expect(error).toMatchObject({ kind: 'unreachable' });
    expect(error.message).toMatch(/proxy.*407/i);
    expect(error.message).not.toMatch(/pass|secret/);
  }
});

test('a proxy that never answers is a timeout', async () => {
  await using secure = await hello(true);
  const silent = tcpServer(() => undefined);
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const error = await failureOf(get(secure, { proxy: { http: url, https: url } }));
  expect(error).toMatchObject({ kind: 'timeout' });
  silent.close();
});

test('a certificate of the site is trusted when it is named, and only then', async () => {
  await using server = await hello(true);
  expect(await get(server, { extraCertificates: tls.cert })).toBe('hello');
  expect(await get(server, { acceptAnyCertificate: true })).toBe('hello');
  const error = await failureOf(get(server, {}));
  expect(error).toMatchObject({ name: 'TransportError', kind: 'certificate' });
  expect(error.message).toContain(`127.0.0.1:${server.port}`);
});

const failures: readonly [TransportError['kind'], () => Promise<LocalServer>][] = [
  ['timeout', () => serve(() => undefined)],
  ['broken', () => serve((_, response) => void response.socket?.resetAndDestroy())],
  ['broken', () => serve((_, response) => void response.socket?.end('no http at all\r\n\r\n'))],
];

test.each(failures)('%s is told from the others', async (kind, start) => {
  await using server = await start();
  const error = await failureOf(get(server, {}));
  expect(error).toMatchObject({ name: 'TransportError', kind });
  expect(error.message).not.toContain('secret');
});

test('a host that is not there is unreachable', async () => {
  const error = await failureOf(get({ url: 'http://127.0.0.1:1' }, {}));
  expect(error).toMatchObject({ name: 'TransportError', kind: 'unreachable' });
});

test('an abort ends a request at once, with its reason: under way, waiting, or before', async () => {
  await using server = await serve(() => undefined);
  await using transport = undiciTransport({ connections: 1, headersTimeoutMs: 60_000 });
  const reason = new Error('stop');
  const stop = new AbortController();
  const request = { method: 'GET', url: server.url, headers: {}, maxBytes: 1 } as const;
  const underWay = failureOf(transport.send(request, stop.signal));
  const waiting = failureOf(transport.send(request, stop.signal));
  while (server.received.length === 0) await new Promise((resolve) => setImmediate(resolve));
  stop.abort(reason);
  expect(await underWay).toBe(reason);
  expect(await waiting).toBe(reason);
  expect(await failureOf(transport.send(request, stop.signal))).toBe(reason);
});

/** A server that sends as much as the client takes, and says how much it could send. */
async function large(bytes: number): Promise<LocalServer & { readonly sent: () => number }> {
  let sent = 0;
  const server = await serve((_, response) => {
    response.writeHead(200, { 'content-length': bytes });
    const piece = Buffer.alloc(65_536, 'x');
    const send = (): void => {
      while (sent < bytes) {
        const part = piece.subarray(0, Math.min(piece.length, bytes - sent));
        sent += part.length;
        if (!response.write(part)) break;
      }
      if (sent === bytes) response.end();
    };
    response.on('drain', send);
    send();
  });
  return Object.assign(server, { sent: () => sent });
}

/** Resolves after the longest silence within an answer that the transport bears. */
async function silence({ send }: UndiciTransport): Promise<void> {
  await using silent = await serve((_, response) => {
    response.writeHead(200, { 'content-length': 9 }).write('x');
  });
  const request = { method: 'GET', url: silent.url, headers: {}, maxBytes: 9 } as const;
  expect(await failureOf(send(request))).toMatchObject({ kind: 'timeout' });
}

test('without room no more of a large body is taken, and no silence is counted', async () => {
  const bytes = 64 * 1_048_576;
  await using server = await large(bytes);
  await using transport = undiciTransport({ bodyTimeoutMs: 300 });
  const room = Promise.withResolvers<void>();
  const asked: number[] = [];
  const hold = (wanted: number): Promise<void> => {
    asked.push(wanted);
    return room.promise;
  };
  const request = { method: 'GET', url: server.url, headers: {}, maxBytes: bytes, hold } as const;
  const answer = transport.send(request);
  await silence(transport);
  await silence(transport);
  expect(asked).toEqual([bytes]);
  // What the system holds for the two ends of a connection.
  expect(server.sent()).toBeLessThan(bytes / 2);
  room.resolve();
  expect((await answer).body).toHaveLength(bytes);
});

test('an abort ends a request that waits for room', async () => {
  await using server = await large(1_000_000);
  await using transport = undiciTransport();
  const stop = new AbortController();
  const waiting = Promise.withResolvers<void>();
  const hold = (): Promise<void> => {
    waiting.resolve();
    return new Promise(() => undefined);
  };
  const request = { method: 'GET', url: server.url, headers: {}, maxBytes: 1e6, hold } as const;
  const answer = failureOf(transport.send(request, stop.signal));
  await waiting.promise;
  const reason = new Error('stop');
  stop.abort(reason);
  expect(await answer).toBe(reason);
});

test('a signal shared by many requests keeps no listener of those that ended', async () => {
  await using server = await hello();
  const { signal } = new AbortController();
  await using transport = undiciTransport();
  const request = { method: 'GET', url: server.url, headers: {}, maxBytes: 10 } as const;
  await Promise.all(Array.from({ length: 40 }, () => transport.send(request, signal)));
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

test.each(['EMFILE', 'ENFILE'])('%s: no file is left, which is no fault of the server', (code) => {
  const told = Promise.withResolvers<unknown>();
  const pace = { minRate: 1, stretchMs: 1000 };
  const intake = new Intake('tdp.example', { maxBytes: 1 }, pace);
  const peer = { host: 'tdp.example', proxies: [] };
  const collector = new Collector(peer, intake, undefined, () => undefined, told.resolve);
  const attempts = new AggregateError([Object.assign(new Error('connect'), { code })]);
  collector.onResponseError({} as never, attempts);
  return expect(told.promise).resolves.toMatchObject({
    kind: 'exhausted',
    message: `no connection to tdp.example can be opened (${code})`,
  });
});
