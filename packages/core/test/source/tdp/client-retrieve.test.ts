import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { concernsOneFile } from '../../../src/source/failures.ts';
import { TransportError } from '../../../src/source/tdp/transport.ts';
import { hitOf } from '../../hits.ts';
import { connect, everythingIn, failureOf, SIGNATURE, TOKEN } from './local-client.ts';
import { type Answer, json, type LocalServer, serve, trickle } from './local-server.ts';

const FILE = hitOf('f1');
const CONTENT = '{"results":[1,2,3]}';

/** A TDP that hands out URLs of a storage. */
async function lake(
  storage: Answer,
  answer: (url: string) => unknown = (url) => ({ url }),
): Promise<{ tdp: LocalServer; s3: LocalServer } & AsyncDisposable> {
  const s3 = await serve(storage);
  const tdp = await serve((_, response, count) =>
    json(response, answer(`${s3.url}/bucket/f1?${SIGNATURE}&n=${count}`)),
  );
  const close = async (): Promise<void> => {
    await tdp[Symbol.asyncDispose]();
    await s3[Symbol.asyncDispose]();
  };
  return { tdp, s3, [Symbol.asyncDispose]: close };
}

const content: Answer = (_, response) => void response.end(CONTENT);
const inTurn =
  (...answers: readonly Answer[]): Answer =>
  (request, response, count) =>
    answers[Math.min(count, answers.length) - 1]?.(request, response, count);
const SECRET_HEADERS = ['ts-auth-token', 'x-org-slug', 'ts-request-id', 'authorization', 'cookie'];

test('the content comes from the storage, which sees nothing of TDP’s credentials', async () => {
  await using world = await lake(content);
  await using local = connect(world.tdp.url);
  expect((await local.client.retrieve(FILE)).toString()).toBe(CONTENT);
  expect(world.tdp.received[0]).toMatchObject({
    ...{ method: 'GET', url: '/v1/datalake/retrieve?fileId=f1&getPresigned=true' },
    headers: { 'ts-auth-token': TOKEN },
  });
  expect(world.s3.received[0]?.url).toBe(`/bucket/f1?${SIGNATURE}&n=1`);
  for (const name of SECRET_HEADERS) expect(world.s3.received[0]?.headers).not.toHaveProperty(name);
});

test('nor does any host that a redirect leads to', async () => {
  await using third = await serve(content);
  await using world = await lake((_, response) => {
    response.writeHead(307, { location: `${third.url}/moved` }).end();
  });
  await using local = connect(world.tdp.url);
  expect((await local.client.retrieve(FILE)).toString()).toBe(CONTENT);
  for (const name of SECRET_HEADERS) expect(third.received[0]?.headers).not.toHaveProperty(name);
});

test('a redirect by TDP itself leads to the content, again without credentials', async () => {
  await using s3 = await serve(content);
  await using tdp = await serve((_, response) => {
    response.writeHead(302, { location: `${s3.url}/f1` }).end();
  });
  await using local = connect(tdp.url);
  expect((await local.client.retrieve(FILE)).toString()).toBe(CONTENT);
  for (const name of SECRET_HEADERS) expect(s3.received[0]?.headers).not.toHaveProperty(name);
});

test.each(['circle', 'nowhere', 'file:///etc/passwd', 'https://[bad'])(
  'a redirect to %s ends as an error',
  async (where) => {
    await using world = await lake((request, response) => {
      const location = where === 'circle' ? request.url : where;
      response.writeHead(302, where === 'nowhere' ? {} : { location }).end();
    });
    await using local = connect(world.tdp.url);
    const error = await failureOf(local.client.retrieve(FILE));
    expect(error.name).toBe('SyncError');
    expect(everythingIn(error)).not.toContain(SIGNATURE);
  },
);

test('bytes that TDP answers itself are the content', async () => {
  await using tdp = await serve((_, response) => {
    response.writeHead(200, { 'content-type': 'application/octet-stream' });
    response.end('{"url":"https://in.the/document"}');
  });
  await using local = connect(tdp.url);
  expect((await local.client.retrieve(FILE)).toString()).toContain('in.the/document');
});

test('when presigned was not asked for, JSON is content whatever it says', async () => {
  await using tdp = await serve((_, response) =>
    json(response, { url: 'https://in.the/document' }),
  );
  await using local = connect(tdp.url, { download: 'direct' });
  expect((await local.client.retrieve(FILE)).toString()).toContain('in.the/document');
  expect(tdp.received[0]?.url).toBe('/v1/datalake/retrieve?fileId=f1');
});

test('the URL may come under another name, and compressed', async () => {
  await using world = await lake(content, (url) => ({ expires: 300, presignedUrl: url }));
  await using local = connect(world.tdp.url);
  expect((await local.client.retrieve(FILE)).toString()).toBe(CONTENT);
  await using tdp = await serve((_, response) => {
    const body = gzipSync(JSON.stringify({ url: `${world.s3.url}/f1?${SIGNATURE}` }));
    response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
    response.end(body);
  });
  await using other = connect(tdp.url);
  expect((await other.client.retrieve(FILE)).toString()).toBe(CONTENT);
});

const plain = Buffer.from(CONTENT);
const zipped = gzipSync(plain);
const large = gzipSync(Buffer.alloc(3_000_000, 'x'), { level: 0 });

test.each([
  ['gzip with its header', zipped, 'gzip', plain.length],
  ['gzip without', zipped, undefined, plain.length],
  ['two members of gzip', Buffer.concat([large, zipped]), 'gzip', 3_000_000 + plain.length],
  ['the header without gzip', plain, 'gzip', plain.length],
  ['neither', plain, undefined, plain.length],
  ['much gzip', large, undefined, 3_000_000],
  ['nothing at all', Buffer.alloc(0), undefined, 0],
])('%s is read', async (_name, body, encoding, expected) => {
  await using world = await lake((_, response) => {
    response.writeHead(200, encoding === undefined ? {} : { 'content-encoding': encoding });
    response.end(body);
  });
  await using local = connect(world.tdp.url);
  expect(await local.client.retrieve(FILE)).toHaveLength(expected);
});

const broken: readonly [string, Answer][] = [
  ['gzip cut short', (_, response) => void response.end(zipped.subarray(0, zipped.length - 9))],
  ['a reset', (_, response) => void response.socket?.resetAndDestroy()],
  ['a hang', () => undefined],
  [
    'a hang in the middle',
    (_, response) => void response.writeHead(200, { 'content-length': 50 }).write('{"a":'),
  ],
  ['a body that comes drop by drop', (_, response) => trickle(response)],
  [
    'a truncated body',
    (_, response) => {
      response.writeHead(200, { 'content-length': 50 });
      response.write('{"a":', () => response.destroy());
    },
  ],
  [
    'a web page',
    (_, response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<p>'),
  ],
  ['a URL that is refused', (_, response) => void response.writeHead(403).end('<Error/>')],
  ['a URL that has expired', (_, response) => void response.writeHead(400).end('<Error/>')],
  ['a storage that wants a password', (_, response) => void response.writeHead(401).end()],
  ['a storage that is slow', (_, response) => void response.writeHead(503).end('SlowDown')],
];

test.each(broken)('after %s, a new URL is asked for', async (_name, answer) => {
  await using world = await lake(inTurn(answer, content));
  await using local = connect(world.tdp.url);
  expect((await local.client.retrieve(FILE)).toString()).toBe(CONTENT);
  expect(world.s3.received.map(({ url }) => url)).toEqual([
    ...[`/bucket/f1?${SIGNATURE}&n=1`, `/bucket/f1?${SIGNATURE}&n=2`],
  ]);
});

test.each(broken)('%s that stays is an error without secrets', async (_name, answer) => {
  await using world = await lake((request, response, count) => {
    response.setHeader('x-echo', 'x');
    answer(request, response, count);
  });
  await using local = connect(world.tdp.url, { retry: { attempts: 2 } });
  const error = await failureOf(local.client.retrieve(FILE));
  expect(error.code).toMatch(/^SOURCE_(UNAVAILABLE|PROTOCOL)$/);
  expect(everythingIn(error)).not.toMatch(/X-Amz|5ec2e7|eyJ/);
});

test('an answer to the question for a URL may come drop by drop as little', async () => {
  await using s3 = await serve(content);
  await using tdp = await serve(
    inTurn(
      (_, response) => trickle(response),
      (_, response) => json(response, { url: `${s3.url}/f1?${SIGNATURE}` }),
    ),
  );
  await using local = connect(tdp.url);
  expect((await local.client.retrieve(FILE)).toString()).toBe(CONTENT);
  expect(local.exchanges.map(({ outcome }) => outcome)).toEqual(['overload', 'failed', 'ok']);
});

test('a large file over a slow line comes, as long as it goes on coming', async () => {
  await using world = await lake((_, response) => {
    response.writeHead(200, { 'content-length': 40_000 });
    let sent = 0;
    const pieces = setInterval(() => {
      sent += 1;
      response.write(Buffer.alloc(1000, 'x'));
      if (sent < 40) return;
      clearInterval(pieces);
      response.end();
    }, 20);
  });
  // Three stretches long.
  await using local = connect(world.tdp.url, {}, { bodyTimeoutMs: 250, minRate: 2000 });
  expect(await local.client.retrieve(FILE)).toHaveLength(40_000);
  expect(local.exchanges).toHaveLength(1);
});

test('what a file comes to hold is told while it is unpacked, and taken back when a try fails', async () => {
  const bomb = gzipSync(Buffer.alloc(20_000_000));
  await using world = await lake(
    inTurn(
      (_, response) => void response.end(bomb.subarray(0, bomb.length - 9)),
      (_, response) => void response.end(bomb),
    ),
  );
  await using local = connect(world.tdp.url);
  const held: number[] = [];
  const hold = (bytes: number): Promise<void> | undefined => {
    held.push(bytes);
    return Promise.resolve();
  };
  expect(await local.client.retrieve(FILE, undefined, hold)).toHaveLength(20_000_000);
  const back = held.indexOf(0);
  expect(back).toBeGreaterThan(0);
  expect(held.slice(back + 1)).toEqual([bomb.length + 20_000_000]);
});

test('the time that a file waits for room is not counted as the server’s', async () => {
  let nowMs = 0;
  const clock = { now: () => nowMs, sleep: async () => undefined };
  await using world = await lake((_, response) => void response.end(gzipSync(Buffer.alloc(2e6))));
  await using local = connect(world.tdp.url, { clock });
  const hold = async (): Promise<void> => {
    await new Promise((resolve) => setImmediate(resolve));
    nowMs += 60_000;
  };
  await local.client.retrieve(FILE, undefined, hold);
  expect(nowMs).toBe(60_000);
  expect(local.exchanges).toMatchObject([{ outcome: 'ok', durationMs: 0 }]);
});

test('an error page that quotes the URL or the token is not quoted with them', async () => {
  const quoting: Answer = (request, response) =>
    void response.writeHead(503).end(`cannot get http://s3${request.url} for ${TOKEN}`);
  await using world = await lake(quoting);
  await using local = connect(world.tdp.url);
  expect(everythingIn(await failureOf(local.client.retrieve(FILE)))).not.toMatch(/X-Amz|eyJ/);
  await using tdp = await serve(quoting);
  await using other = connect(`${tdp.url}`);
  const error = await failureOf(other.client.retrieve({ ...FILE, fileId: `x?${SIGNATURE}` }));
  expect(everythingIn(error)).not.toMatch(/eyJ|getPresigned/);
});

test.each([404, 410])('%i is a file that is gone, wherever it comes from', async (code) => {
  await using world = await lake((_, response) => void response.writeHead(code).end());
  await using local = connect(world.tdp.url);
  const error = await failureOf(local.client.retrieve(FILE));
  expect(error).toMatchObject({ code: 'FILE_NOT_FOUND', retryable: false, status: code });
  expect(error.message).toContain('/f1.json (fileId f1)');
  await using tdp = await serve((_, response) => json(response, {}, code));
  await using other = connect(tdp.url);
  expect(await failureOf(other.client.retrieve(FILE))).toMatchObject({ code: 'FILE_NOT_FOUND' });
});

test.each([
  ['announced', Buffer.alloc(2000), { 'content-length': 2000 }],
  ['not announced', Buffer.alloc(2000), {}],
  ['once decompressed', gzipSync(Buffer.alloc(2000)), {}],
])('a file that is too large, %s, is refused', async (_name, body, headers) => {
  await using world = await lake((_, response) => {
    response.writeHead(200, headers);
    response.write(body.subarray(0, 10));
    response.end(body.subarray(10));
  });
  await using local = connect(world.tdp.url, { maxFileBytes: 1000 });
  const error = await failureOf(local.client.retrieve(FILE));
  expect(error).toMatchObject({ code: 'FILE_TOO_LARGE', retryable: false });
  expect(error.message).toContain('1000 bytes');
});

test('by default a file may have 128 MiB', async () => {
  await using world = await lake((_, response) => {
    response.writeHead(200, { 'content-length': 128 * 1_048_576 + 1 });
    response.write('{');
  });
  await using local = connect(world.tdp.url);
  const error = await failureOf(local.client.retrieve(FILE));
  expect(error).toMatchObject({ code: 'FILE_TOO_LARGE' });
  expect(error.message).toContain(`${128 * 1_048_576} bytes`);
});

test('where no file is left to open, fewer are tried at once, then the run ends: no file is to blame', async () => {
  const transport = (): Promise<never> =>
    Promise.reject(new TransportError('exhausted', 'no connection to x can be opened (EMFILE)'));
  await using local = connect('http://x', { transport });
  const error = await failureOf(local.client.retrieve(hitOf('f')));
  expect(error).toMatchObject({ code: 'TOO_MANY_OPEN_FILES', retryable: true });
  expect(error.message).toMatch(
    /The request for a file could not be sent: no connection to x .*EMFILE/,
  );
  const tries = local.exchanges.filter(({ retry }) => retry === undefined);
  expect(tries.map(({ outcome }) => outcome)).toEqual(['overload', 'overload', 'overload']);
  expect(concernsOneFile(error)).toBe(false);
});
