import { describe, expect, test } from 'vitest';
import type { HttpRequest, HttpResponse } from '../../../src/source/tdp/transport.ts';
import { hitOf } from '../../hits.ts';
import { connect, failureOf, SIGNATURE } from './local-client.ts';

const TDP = 'https://api.tdp.example';
const FILE = hitOf('f1');
const SIGNED = `https://lake.s3.amazonaws.com/k?X-Amz-Date=1&${SIGNATURE}`;

interface Asked {
  readonly content: string;
  readonly asked: readonly string[];
}

type Reply = string | { readonly status: number; readonly location: string };

/** A TDP and all the world beside it; `reply` says what TDP gives, and what an address gives. */
async function retrieve(
  reply: (url: string) => Reply,
  type: string | undefined = 'application/json',
  { source = TDP, storageHosts = [] as readonly string[] } = {},
): Promise<Asked> {
  const asked: string[] = [];
  const transport = async ({ url }: HttpRequest): Promise<HttpResponse> => {
    asked.push(url);
    const given = reply(url);
    const headers = type === undefined ? {} : { 'content-type': type };
    return typeof given === 'string'
      ? { status: 200, headers, body: Buffer.from(given) }
      : { status: given.status, headers: { location: given.location }, body: Buffer.alloc(0) };
  };
  await using local = connect(source, { transport, storageHosts });
  return { content: String(await local.client.retrieve(FILE)), asked };
}

const RETRIEVE = `${TDP}/v1/datalake/retrieve?fileId=f1`;
const TYPES = [
  'application/json',
  'application/json; charset=utf-8',
  undefined,
  'text/plain',
  'application/octet-stream',
  'binary/octet-stream',
];
const ADDRESSES = [
  'http://127.0.0.1:9/secret',
  'http://169.254.169.254/latest/meta-data/iam/security-credentials/',
  'http://[::1]/secret',
  'http://2130706433/',
  'https://attacker.example/collect?lab=1',
];

describe.each(TYPES)('a TDP that answers with the file itself, as %s', (type) => {
  test.each(
    ADDRESSES.flatMap((address) => [
      JSON.stringify({ url: address }),
      JSON.stringify({ url: address, name: 'S-1' }),
      JSON.stringify({ link: address }),
      JSON.stringify({ '@idsType': 'plate-reader', homepage: address, sample: 'S-1' }),
      JSON.stringify({ url: [address] }),
      JSON.stringify([address]),
      JSON.stringify(address),
    ]),
  )('is asked for nothing else: %s', async (document) => {
    const { content, asked } = await retrieve(() => document, type);
    expect(content).toBe(document);
    expect(asked.every((url) => url.startsWith(`${RETRIEVE}`))).toBe(true);
  });

  test('is asked once more where the file says nothing but an address', async () => {
    const document = '{"url":"https://attacker.example/collect"}';
    const { asked } = await retrieve(() => document, type);
    const isOpaque = type?.includes('octet-stream') === true;
    expect(asked).toEqual([`${RETRIEVE}&getPresigned=true`, ...(isOpaque ? [] : [RETRIEVE])]);
  });
});

test('an address without a signature is not asked either where it is not the file', async () => {
  const reply = (url: string): string =>
    url.includes('getPresigned') ? '{"url":"https://cdn.example/k"}' : '{"a":1}';
  const { content, asked } = await retrieve(reply);
  expect(content).toBe('{"a":1}');
  expect(asked).toEqual([`${RETRIEVE}&getPresigned=true`, RETRIEVE]);
});

test('what the storage gives is the file, whatever it says', async () => {
  for (const document of [JSON.stringify({ url: SIGNED }), `{"url":"${ADDRESSES[1]}"}`]) {
    const reply = (url: string): string =>
      url.startsWith(TDP) ? JSON.stringify({ url: SIGNED }) : document;
    expect((await retrieve(reply)).content).toBe(document);
  }
});

test.each([
  ...[
    'X-Amz-Signature=1',
    'x-amz-signature=1',
    'X-Goog-Signature=1',
    'AWSAccessKeyId=A&Signature=1',
  ],
  ...['sv=2024&sig=1', 'x-oss-signature=1', 'q-signature=1'],
])('an address with %s is asked', async (query) => {
  const address = `https://lake.example/k?${query}`;
  for (const answer of [{ url: address }, { presignedUrl: address, expires: 300 }]) {
    const reply = (url: string): string => (url.startsWith(TDP) ? JSON.stringify(answer) : '[]');
    expect((await retrieve(reply)).asked).toEqual([`${RETRIEVE}&getPresigned=true`, address]);
  }
});

test.each([
  ['an empty signature', { url: 'https://lake.example/k?X-Amz-Signature=', n: 1 }],
  ['a signature in the path', { url: 'https://lake.example/X-Amz-Signature=1', n: 1 }],
  ['a signature in the fragment', { url: 'https://lake.example/k#X-Amz-Signature=1', n: 1 }],
  ['two addresses', { a: SIGNED, b: `${SIGNED}2` }],
  ['many keys', { url: SIGNED, a: 1, b: 2, c: 3, d: 4 }],
  ['a nested one', { answer: { url: SIGNED } }],
  ['much else', { url: SIGNED, text: 'x'.repeat(17_000) }],
])('%s is no presigned answer', async (_name, document) => {
  const { content, asked } = await retrieve(() => JSON.stringify(document));
  expect(content).toBe(JSON.stringify(document));
  expect(asked).toEqual([`${RETRIEVE}&getPresigned=true`]);
});

const REFUSED: readonly (readonly [string, string])[] = [
  ['http://lake.s3.amazonaws.com', 'on plain http'],
  ['https://127.0.0.1', 'on this machine itself'],
  ['https://localhost.', 'on this machine itself'],
  ['https://2130706433', 'on this machine itself'],
  ['https://[::ffff:7f00:1]', 'on this machine itself'],
  ['https://169.254.169.254', 'where clouds keep credentials'],
  ['https://10.1.2.3', 'in a private network'],
  ['https://minio', 'in a private network'],
  ['https://metadata.google.internal.', 'in a private network'],
];

describe.each(REFUSED)('%s is not asked', (origin, why) => {
  const target = `${origin}/k?${SIGNATURE}`;

  test.each([
    ['by a presigned answer', (): Reply => JSON.stringify({ url: target })],
    ['by a redirect of TDP', (): Reply => ({ status: 302, location: target })],
    [
      'by a redirect of the storage',
      (url: string): Reply =>
        url.startsWith(TDP) ? JSON.stringify({ url: SIGNED }) : { status: 307, location: target },
    ],
  ])('%s', async (_name, reply) => {
    const asked: string[] = [];
    const error = await failureOf(
      retrieve((url) => {
        asked.push(url);
        return reply(url);
      }),
    );
    expect(error).toMatchObject({ code: 'SOURCE_PROTOCOL', retryable: false });
    expect(error.message).toContain(`at ${new URL(origin).hostname}, `);
    expect(error.message).toContain(why);
    expect(error.message).toContain('source.storageHosts');
    expect(error.message).not.toContain('X-Amz');
    expect(asked.some((url) => url.startsWith(origin))).toBe(false);
  });

  test('unless the config names the host', async () => {
    const reply = (url: string): string =>
      url.startsWith(TDP) ? JSON.stringify({ url: target }) : '[]';
    const host = new URL(origin).hostname;
    const named = [host, `${host.replace(/\.$/, '').toUpperCase()}`];
    for (const storageHost of named) {
      const { content } = await retrieve(reply, undefined, { storageHosts: ['x', storageHost] });
      expect(content).toBe('[]');
    }
    const other = retrieve(reply, undefined, { storageHosts: ['other', `x${host}`] });
    expect(await failureOf(other)).toMatchObject({ code: 'SOURCE_PROTOCOL' });
  });
});

test('an IPv6 address may be named with its brackets or without', async () => {
  const reply = (url: string): string =>
    url.startsWith(TDP) ? JSON.stringify({ url: `https://[fd12::1]/k?${SIGNATURE}` }) : '[]';
  for (const host of ['[fd12::1]', 'fd12::1', 'fd12:0:0::1'])
    expect((await retrieve(reply, undefined, { storageHosts: [host] })).content).toBe('[]');
});

test.each([
  ['http://127.0.0.1:8381', 'http://127.0.0.1:9000', true],
  ['http://localhost:8381', 'http://[::1]:9000', true],
  ['http://localhost:8381', 'http://169.254.169.254', false],
  ['http://localhost:8381', 'http://10.0.0.1', false],
  ['https://localhost:8381', 'http://localhost:9000', false],
  ['https://10.0.0.1', 'https://minio', true],
  ['https://10.0.0.1', 'https://127.0.0.1', false],
  ['http://tdp.lab', 'http://minio.lab.example', true],
  ['http://tdp.lab', 'https://lake.s3.amazonaws.com', true],
])('from a TDP at %s to a storage at %s: %s', async (source, storage, isAsked) => {
  const reply = (url: string): string =>
    url.startsWith(source) && url.includes('/v1/')
      ? JSON.stringify({ url: `${storage}/k?${SIGNATURE}` })
      : '[]';
  const outcome = await retrieve(reply, undefined, { source }).then(
    () => true,
    () => false,
  );
  expect(outcome).toBe(isAsked);
});
