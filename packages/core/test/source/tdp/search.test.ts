import { expect, test } from 'vitest';
import {
  pageRequest,
  readPage,
  readSurvey,
  surveyRequest,
} from '../../../src/source/tdp/search.ts';
import { fc } from '../../property.ts';

const hit = (fileId: unknown): unknown => ({ _source: { fileId } });
const answer = (ids: readonly unknown[], rest: object = {}): unknown => ({
  ...{ timed_out: false, _shards: { total: 9, successful: 9, failed: 0 } },
  ...{ hits: { total: ids.length, hits: ids.map(hit) } },
  ...rest,
});
const invalid = expect.objectContaining({ code: 'PAGE_INVALID', retryable: true });

test('a page in order is read whole', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.uuid()), (ids) => {
      const sorted = ids.toSorted();
      expect(readPage(answer(sorted), undefined).map(({ fileId }) => fileId)).toEqual(sorted);
    }),
  );
});

test('a page out of order is refused wherever the disorder is', () => {
  const arrays = fc.uniqueArray(fc.uuid(), { minLength: 2 });
  fc.assert(
    fc.property(arrays, fc.nat(), (ids, at) => {
      const mixed = ids.toSorted();
      const place = at % (mixed.length - 1);
      mixed.splice(place, 2, ...mixed.slice(place, place + 2).reverse());
      expect(() => readPage(answer(mixed), undefined)).toThrow(invalid);
    }),
  );
});

test('a page that does not go on behind the one before is refused', () => {
  expect(() => readPage(answer(['a', 'b']), 'a')).toThrow(invalid);
  expect(() => readPage(answer(['a', 'b']), 'aa')).toThrow(invalid);
  expect(readPage(answer(['b']), 'a')).toHaveLength(1);
  expect(readPage(answer([]), 'a')).toEqual([]);
});

const partial: readonly [string, unknown][] = [
  ['timed out', answer(['a'], { timed_out: true })],
  ['a failed shard', answer(['a'], { _shards: { failed: 1 } })],
  ['no hits', { timed_out: false }],
  ['hits that are no list', answer([], { hits: { hits: {} } })],
  ['no object', null],
  ['a list', []],
  ['an error', { error: { reason: 'x' }, status: 500 }],
];

test.each(partial)('%s is refused, as page and as survey', (_name, body) => {
  expect(() => readPage(body, undefined)).toThrow(invalid);
  const counted = { ...(body as object), aggregations: { files: { value: 1 } } };
  expect(() => readSurvey(counted, 0)).toThrow(invalid);
});

test('a hit without a fileId is refused', () => {
  for (const id of [undefined, null, '', 5])
    expect(() => readPage(answer(['a', id]), undefined)).toThrow(invalid);
  expect(() => readPage(answer([], { hits: { hits: [null] } }), undefined)).toThrow(invalid);
});

test('a hit is read field by field; a field of another type counts as absent', () => {
  const source = {
    ...{
      fileId: 'f',
      category: 'IDS',
      filePath: '/a',
      ids: 'common/x:v1.0.0',
      idsTypeVersion: 'v1',
    },
    ...{ file: { bucket: 'b', path: 'k', size: 5, checksum: 'c' }, source: { id: 1, name: 'n' } },
    ...{ labels: [{ name: 'a', value: 'b' }], createdAt: '', indexedAt: 'now', deleted: 'true' },
  };
  const [found] = readPage(answer([], { hits: { hits: [{ _source: source }] } }), undefined);
  expect(found).toMatchObject({
    ...{ fileId: 'f', bucket: 'b', path: 'k', size: 5, idsVersion: 'v1', sourceName: 'n' },
    ...{ sourceId: undefined, createdAt: undefined, indexedAt: 'now', deleted: false },
    labels: [{ name: 'a', value: 'b' }],
  });
});

test('a survey counts the most that TDP says, whichever form the total has', () => {
  const aggregations = {
    ...{ files: { value: 12_000 }, oldest: { value: 5 }, newest: { value: 9 } },
  };
  const survey = (total: unknown): unknown =>
    readSurvey({ hits: { total, hits: [] }, aggregations }, 77);
  const expected = { count: 12_000, oldestMs: 5, newestMs: 9, nowMs: 77 };
  expect(survey({ value: 10_000, relation: 'gte' })).toEqual(expected);
  expect(survey(12_000)).toEqual(expected);
  expect(survey(undefined)).toEqual(expected);
  expect(survey(12_001)).toEqual({ ...expected, count: 12_001 });
});

test('a survey of nothing has no times, one without counts is refused', () => {
  const aggregations = { files: { value: 0 }, oldest: { value: null }, newest: { value: null } };
  expect(readSurvey({ hits: { total: 0, hits: [] }, aggregations }, 1)).toEqual({
    ...{ count: 0, oldestMs: undefined, newestMs: undefined, nowMs: 1 },
  });
  expect(() => readSurvey({ hits: { total: 5, hits: [] } }, 1)).toThrow(invalid);
});

test('a request holds the clauses, the window and the cursor, and no more fields than needed', () => {
  const filter = [{ term: { category: 'IDS' } }];
  const query = { filter, indexed: { fromMs: 0, toMs: 1000 }, fileIds: ['x'] };
  const body = JSON.parse(pageRequest(query, 'f9', 50));
  expect(body).toMatchObject({
    ...{ size: 50, sort: [{ fileId: 'asc' }], search_after: ['f9'] },
    query: {
      bool: {
        filter: [
          { term: { category: 'IDS' } },
          {
            range: {
              indexedAt: { gte: '1970-01-01T00:00:00.000Z', lt: '1970-01-01T00:00:01.000Z' },
            },
          },
          { terms: { fileId: ['x'] } },
        ],
      },
    },
  });
  expect(body._source).not.toContain('data');
  expect(JSON.parse(pageRequest({ filter }, undefined, 1))).not.toHaveProperty('search_after');
  expect(JSON.parse(surveyRequest(query))).toMatchObject({ size: 0, query: body.query });
});
