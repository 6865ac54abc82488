import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { decodedBody } from '../../../src/source/tdp/unpack.ts';
import { fc } from '../../property.ts';

const MB = 1_048_576;
const LIMIT = { maxBytes: 64 * MB };

function answer(body: Buffer): Parameters<typeof decodedBody>[0] {
  return { headers: {}, body };
}

/** Compressed content of so many bytes, which says that it is another size. */
function lying(bytes: number, size: number): Buffer {
  // What follows the end of a gzip is no part of it.
  const end = Buffer.alloc(4);
  end.writeUInt32LE(size);
  return Buffer.concat([gzipSync(Buffer.alloc(bytes, 'y')), Buffer.from('\0\0\0\0'), end]);
}

test('whatever its size, content comes out as it went in, in one member or several', async () => {
  const sizes = fc.array(fc.integer({ min: 0, max: 700_000 }), { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(sizes, async (parts) => {
      const contents = parts.map((size, index) => Buffer.alloc(size, `${index}content`));
      const body = Buffer.concat(contents.map((content) => gzipSync(content)));
      const decoded = await decodedBody(answer(body), LIMIT);
      expect(decoded.equals(Buffer.concat(contents))).toBe(true);
    }),
    { numRuns: 60 },
  );
});

test.each([
  [3 * MB, 100],
  [3 * MB, 4 * MB],
  [1000, 50 * MB],
  [5000, 4_000_000_000],
  [3 * MB, 0],
])('%i bytes that say they are %i come out whole', async (bytes, size) => {
  const decoded = await decodedBody(answer(lying(bytes, size)), LIMIT);
  expect(decoded.equals(Buffer.alloc(bytes, 'y'))).toBe(true);
  // What it said and did not need is not kept.
  expect(decoded.buffer.byteLength).toBeLessThan(2 * bytes + 65_536);
});

test('what is small asks for no room', async () => {
  const hold = (): undefined => {
    throw new Error('asked');
  };
  const body = gzipSync(Buffer.alloc(MB));
  expect(await decodedBody(answer(body), { ...LIMIT, hold })).toHaveLength(MB);
});

test('there is room before anything is unpacked, for all of it if it tells the truth', async () => {
  const room = Promise.withResolvers<void>();
  const held: number[] = [];
  const hold = (bytes: number): Promise<void> => {
    held.push(bytes);
    return room.promise;
  };
  const body = gzipSync(Buffer.alloc(30 * MB));
  const decoding = decodedBody(answer(body), { ...LIMIT, hold });
  await new Promise((resolve) => setImmediate(resolve));
  expect(held).toEqual([body.length + 30 * MB]);
  room.resolve();
  expect(await decoding).toHaveLength(30 * MB);
  expect(held).toHaveLength(1);
});

test('one that hides its size asks for more as it grows, and never holds what it has not asked for', async () => {
  const held: number[] = [];
  const hold = (bytes: number): undefined => void held.push(bytes);
  const body = lying(30 * MB, 10);
  expect(await decodedBody(answer(body), { ...LIMIT, hold })).toHaveLength(30 * MB);
  expect(held.length).toBeGreaterThan(3);
  expect([...held].sort((a, b) => a - b)).toEqual(held);
  expect(held.at(-1)).toBeGreaterThanOrEqual(30 * MB);
});

test('one that says it is larger than anything may be is not believed', async () => {
  const held: number[] = [];
  const hold = (bytes: number): undefined => void held.push(bytes);
  await decodedBody(answer(lying(5000, 4_000_000_000)), { ...LIMIT, hold });
  expect(Math.max(...held)).toBeLessThan(MB);
});

test.each([
  [gzipSync(Buffer.alloc(9 * MB))],
  [lying(9 * MB, 10)],
  [gzipSync(Buffer.alloc(200_000))],
])('what becomes larger than it may is refused', async (body) => {
  const refused = decodedBody(answer(body), { maxBytes: 100_000 });
  await expect(refused).rejects.toMatchObject({ code: 'FILE_TOO_LARGE', retryable: false });
});

test.each([[1000], [9 * MB]])(
  '%i bytes that are cut short are worth another try',
  async (bytes) => {
    const body = gzipSync(Buffer.alloc(bytes));
    const cut = decodedBody(answer(body.subarray(0, body.length - 9)), LIMIT);
    await expect(cut).rejects.toMatchObject({ code: 'SOURCE_PROTOCOL', retryable: true });
  },
);

test('an abort ends what waits for room, with its reason', async () => {
  const stop = new AbortController();
  const room = Promise.withResolvers<void>();
  const body = gzipSync(Buffer.alloc(9 * MB));
  const hold = (): Promise<void> => room.promise;
  const decoding = decodedBody(answer(body), { ...LIMIT, hold }, stop.signal);
  stop.abort('SIGTERM');
  room.resolve();
  await expect(decoding).rejects.toBe('SIGTERM');
});
