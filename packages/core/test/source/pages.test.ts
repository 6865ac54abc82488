import { expect, test } from 'vitest';
import { SyncError } from '../../src/errors.ts';
import type { FileHit } from '../../src/file.ts';
import { type PageSizes, pages } from '../../src/source/pages.ts';
import { TransportError } from '../../src/source/tdp/transport.ts';
import { hitOf } from '../hits.ts';

const IDS = Array.from({ length: 100 }, (_, index) => String(index).padStart(3, '0'));

/** Reads everything from a source that fails where `trouble` says so; gives the sizes asked for. */
async function read(
  trouble: (size: number, call: number) => Error | undefined,
  sizes: PageSizes,
  after?: string,
): Promise<{ found: string[]; asked: number[] }> {
  const asked: number[] = [];
  const found: string[] = [];
  const page = async (_: unknown, cursor = '', size: number): Promise<readonly FileHit[]> => {
    asked.push(size);
    const error = trouble(size, asked.length);
    if (error !== undefined) throw error;
    return IDS.filter((id) => id > cursor)
      .slice(0, size)
      .map((id) => hitOf(id));
  };
  const source = {
    page,
    survey: () => Promise.reject(),
    retrieve: () => Promise.reject(),
    presence: () => Promise.reject(),
  };
  for await (const hits of pages(source, { filter: [] }, after, sizes))
    found.push(...hits.map(({ fileId }) => fileId));
  return { found, asked };
}

const status = (code: number): SyncError =>
  new SyncError('SOURCE_UNAVAILABLE', 'x', { status: code, retryable: true });
const timeout = new SyncError('SOURCE_UNAVAILABLE', 'x', {
  cause: new TransportError('timeout', 'slow'),
});

test.each([
  ['413', status(413)],
  ['502', status(502)],
  ['504', status(504)],
  ['a timeout', timeout],
  ['a partial answer', new SyncError('PAGE_INVALID', 'x')],
  ['an answer beyond any size', new SyncError('FILE_TOO_LARGE', 'x')],
  ['the limit of the cluster', new SyncError('QUERY_REJECTED', 'Result window is too large')],
])('%s halves the page, and nothing is left out', async (_name, error) => {
  const { found, asked } = await read((size) => (size > 20 ? error : undefined), { max: 80 });
  expect(found).toEqual(IDS);
  expect(asked.slice(0, 4)).toEqual([80, 40, 20, 25]);
});

test.each([
  [
    'as the client says it',
    new SyncError('PAGE_INVALID', 'x', { cause: new SyncError('FILE_TOO_LARGE', 'x') }),
  ],
  ['as another source says it', new SyncError('FILE_TOO_LARGE', 'x')],
])('a page that is too large falls below the minimum, down to one hit, %s', async (_how, error) => {
  const { found, asked } = await read((size) => (size > 2 ? error : undefined), { max: 80 });
  expect(found).toEqual(IDS);
  expect(asked.slice(0, 7)).toEqual([80, 40, 20, 10, 5, 2, 3]);
  await expect(read(() => error, { max: 40 })).rejects.toBe(error);
});

test('the size grows back, up to the maximum', async () => {
  const { asked } = await read((_, call) => (call < 3 ? status(504) : undefined), { max: 40 });
  expect(asked).toEqual([40, 20, 10, 13, 17, 22, 28, 35, 40]);
});

test.each([
  ['what stays at the smallest size', status(502), 3],
  ['a query that is refused', new SyncError('QUERY_REJECTED', 'unknown field'), 1],
  ['an illness that has nothing to do with size', status(503), 1],
  ['a broken connection', new SyncError('SOURCE_UNAVAILABLE', 'x'), 1],
  ['a mistake', new TypeError('x'), 1],
])('%s is an error', async (_name, error, calls) => {
  let asked = 0;
  const trouble = (_: number, call: number): Error => {
    asked = call;
    return error;
  };
  await expect(read(trouble, { max: 40 })).rejects.toBe(error);
  expect(asked).toBe(calls);
});

test('it goes on behind the hit it is given, and ends at the empty page only', async () => {
  const { found, asked } = await read(() => undefined, { max: 50 }, '049');
  expect(found).toEqual(IDS.slice(50));
  expect(asked).toHaveLength(2);
});
