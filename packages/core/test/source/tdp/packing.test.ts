import {
  brotliCompressSync,
  constants,
  deflateRawSync,
  deflateSync,
  gzipSync,
  zstdCompressSync,
} from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { decodedBody } from '../../../src/source/tdp/unpack.ts';
import { fc } from '../../property.ts';

const MB = 1_048_576;
const LIMIT = { maxBytes: 64 * MB };
const TEXT = Buffer.from('{"results":[1,2,3],"unit":"µg/mL"}');

type Pack = (content: Buffer) => Buffer;
/** The best that brotli can takes seconds. */
const brotli = (content: Buffer, window = 22): Buffer =>
  brotliCompressSync(content, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 4, [constants.BROTLI_PARAM_LGWIN]: window },
  });
const small: Pack = (content) => brotli(content, 16);
const PACKS: readonly (readonly [string, Pack, string | undefined])[] = [
  ['gzip', gzipSync, undefined],
  ['gzip by its header', gzipSync, 'gzip'],
  ['zlib', deflateSync, undefined],
  ['deflate', deflateSync, 'deflate'],
  ['deflate with a small window', (content) => deflateSync(content, { windowBits: 9 }), 'deflate'],
  ['deflate without its head, as some send it', deflateRawSync, 'deflate'],
  ['brotli', (content) => brotli(content), 'br'],
  ['brotli with a small window', small, 'br'],
  ['brotli in capitals', (content) => brotli(content), ' BR '],
  ['zstd', zstdCompressSync, undefined],
  ['zstd by its header', zstdCompressSync, 'zstd'],
  ['brotli as S3 calls what came in chunks', (content) => brotli(content), 'br, aws-chunked'],
];

const decode = (body: Buffer, encoding?: string, more = {}): Promise<Buffer> => {
  const headers = encoding === undefined ? {} : { 'content-encoding': encoding };
  return decodedBody({ headers, body }, { ...LIMIT, ...more });
};

describe.each(PACKS)('%s', (name, pack, encoding) => {
  test('is unpacked, whatever is in it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.json(), async (json) => {
        const content = Buffer.from(json);
        expect((await decode(pack(content), encoding)).equals(content)).toBe(true);
      }),
    );
  });

  test('is unpacked in pieces where it is large', async () => {
    const content = Buffer.from(JSON.stringify(Array.from({ length: 200_000 }, (_, i) => i)));
    expect((await decode(pack(content), encoding)).equals(content)).toBe(true);
  });

  test('is left alone where it says so and is not', async () => {
    for (const text of [TEXT, Buffer.from('\uFEFF{}'), Buffer.from('<html>'), Buffer.from(' [1]')])
      expect((await decode(text, encoding)).equals(text)).toBe(true);
  });

  test('may have no more content than a file', async () => {
    const bomb = pack(Buffer.alloc(9 * MB, ' '));
    const refused = decode(bomb, encoding, { maxBytes: 100_000 });
    await expect(refused).rejects.toMatchObject({ code: 'FILE_TOO_LARGE' });
  });

  test.each([1, 9])('%i bytes short is worth another try, and names itself', async (bytes) => {
    const body = pack(Buffer.from(JSON.stringify(Array.from({ length: 500 }, (_, i) => `v${i}`))));
    const cut = decode(body.subarray(0, body.length - bytes), encoding);
    await expect(cut).rejects.toMatchObject({ code: 'SOURCE_PROTOCOL', retryable: true });
    const spoken = /gzip|brotli|zstd/.exec(name)?.[0] ?? 'deflate';
    await expect(cut).rejects.toThrow(new RegExp(`compressed with (?:raw )?${spoken} is damaged`));
  });

  test('asks for room for what came, and for what it becomes', async () => {
    const body = pack(Buffer.from(JSON.stringify(Array.from({ length: 200_000 }, (_, i) => i))));
    const held: number[] = [];
    const content = await decode(body, encoding, { hold: (n: number) => void held.push(n) });
    expect(Math.max(...held)).toBeGreaterThanOrEqual(body.length + content.length);
  });
});

describe('one within another', () => {
  test.each([
    ['gzip within gzip', gzipSync(gzipSync(TEXT)), undefined],
    ['gzip within gzip within gzip', gzipSync(gzipSync(gzipSync(TEXT))), 'gzip'],
    ['zstd within gzip', gzipSync(zstdCompressSync(TEXT)), 'gzip'],
    ['brotli within gzip', gzipSync(brotli(TEXT)), 'br, gzip'],
    ['gzip within brotli', brotli(gzipSync(TEXT)), 'gzip, br'],
    ['brotli within gzip, of which the header names one', gzipSync(brotli(TEXT)), 'br'],
    ['deflate within deflate', deflateSync(deflateRawSync(TEXT)), 'deflate, deflate'],
  ])('%s is unpacked until it is none', async (_name, body, encoding) => {
    expect((await decode(body, encoding)).toString()).toBe(TEXT.toString());
  });

  const layers = (count: number, content = TEXT): Buffer =>
    count === 0 ? content : gzipSync(layers(count - 1, content));

  test('five layers are as many as anybody makes', async () => {
    expect((await decode(layers(5))).toString()).toBe(TEXT.toString());
    const error = decode(layers(6));
    await expect(error).rejects.toMatchObject({ code: 'DOCUMENT_INVALID', retryable: false });
    await expect(error).rejects.toThrow('more than 5 times');
  });

  test('what comes out of all layers is bounded, and so is what is held meanwhile', async () => {
    const content = Buffer.alloc(9 * MB, ' ');
    const refused = decode(layers(3, content), undefined, { maxBytes: 9 * MB - 1 });
    await expect(refused).rejects.toMatchObject({ code: 'FILE_TOO_LARGE' });
    const body = gzipSync(gzipSync(content, { level: 0 }), { level: 0 });
    const held: number[] = [];
    await decode(body, undefined, { hold: (bytes: number) => void held.push(bytes) });
    // What was sent, the layer in between, and what it becomes.
    expect(Math.max(...held)).toBeGreaterThanOrEqual(3 * content.length);
  });

  test('damage within is the file’s own, and no try helps', async () => {
    const inner = gzipSync(TEXT);
    const error = decode(gzipSync(inner.subarray(0, inner.length - 9)));
    await expect(error).rejects.toMatchObject({ code: 'DOCUMENT_INVALID', retryable: false });
    await expect(error).rejects.toThrow('what is compressed with gzip within is damaged');
  });
});

test('a zstd of several frames comes whole, those to be skipped left out', async () => {
  const skipped = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 1, 2, 3, 4]);
  const half = TEXT.length >> 1;
  const body = Buffer.concat([
    skipped,
    zstdCompressSync(TEXT.subarray(0, half)),
    skipped,
    zstdCompressSync(TEXT.subarray(half)),
  ]);
  expect((await decode(body)).toString()).toBe(TEXT.toString());
  const error = decode(Buffer.concat([body, Buffer.from('rest')]));
  await expect(error).rejects.toMatchObject({ code: 'SOURCE_PROTOCOL' });
});

test.each([
  ['brotli', brotli(TEXT), 'br'],
  ['zlib', deflateSync(TEXT), undefined],
])('what follows the end of a %s is damage', async (_name, body, encoding) => {
  const error = decode(Buffer.concat([body, Buffer.from('x')]), encoding);
  await expect(error).rejects.toMatchObject({ code: 'SOURCE_PROTOCOL', retryable: true });
});

test.each([
  ['compress', 'compress'],
  ['br, lzma', 'lzma'],
  ['"; rm -rf', 'of another kind'],
])('%s is named as what is not unpacked', async (encoding, named) => {
  const error = decode(Buffer.from([0x1f, 0x9d, 0x90, 0xff]), encoding);
  await expect(error).rejects.toMatchObject({ code: 'DOCUMENT_INVALID', retryable: false });
  await expect(error).rejects.toThrow(`does not unpack: ${named} (Content-Encoding)`);
});

test('a text is what it is, whatever the header calls it', async () => {
  for (const encoding of ['compress', 'UTF-8', 'identity', 'none', ''])
    expect((await decode(TEXT, encoding)).toString()).toBe(TEXT.toString());
  const begins = Buffer.from('x^2 is no zlib');
  expect((await decode(begins)).toString()).toBe(begins.toString());
});
