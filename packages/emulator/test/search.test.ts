import { describe, expect, it } from 'vitest';
import { createEmulator, type Emulator } from '../src/index.ts';
import { type Found, lab, nameOf, parsed, post, put, START, search } from './support.ts';

function bulk(count: number): Emulator {
  const emulator = createEmulator({ now: () => START });
  emulator.lake.addBulk({ count, indexedFrom: START - 86_400_000, indexedTo: START });
  return emulator;
}

describe('paging', () => {
  it('reaches every one of more than 10,000 files by search_after, once', () => {
    const emulator = bulk(12_345);
    const seen: string[] = [];
    let after: unknown[] | undefined;
    for (let pages = 0; pages < 20; pages++) {
      const body = {
        size: 1000,
        sort: [{ fileId: 'asc' }],
        _source: ['fileId'],
        ...(after ? { search_after: after } : {}),
      };
      const page: Found = search(emulator, body);
      expect(page.hits.total).toBe(12_345);
      seen.push(...page.hits.hits.map((hit) => hit._source.fileId));
      after = page.hits.hits.at(-1)?.sort;
      if (after === undefined) break;
    }
    expect(seen).toHaveLength(12_345);
    expect(seen).toEqual([...new Set(seen)].sort());
  });

  it('goes on behind a cursor whose file is gone', () => {
    const { emulator } = lab();
    const files = ['a', 'b', 'c', 'd']
      .map((name) => put(emulator, name))
      .sort((a, b) => (a.fileId < b.fileId ? -1 : 1));
    emulator.lake.delete(files[1]?.fileId ?? '');
    const page = search(emulator, {
      sort: 'fileId',
      search_after: [files[1]?.fileId],
      _source: ['fileId'],
    });
    expect(page.hits.hits.map((hit) => hit._source.fileId)).toEqual(
      files.slice(2).map((file) => file.fileId),
    );
  });

  it('pages by from and size up to the window and no further', () => {
    const emulator = bulk(10_010);
    expect(search(emulator, { from: 9_990, size: 10, _source: false }).hits.hits).toHaveLength(10);
    const response = post(emulator, { from: 9_991, size: 10 });
    expect(response.status).toBe(400);
    expect(parsed(response).message).toContain(
      'Result window is too large, from + size must be less than or equal to: [10000] but was [10001]',
    );
  });

  it('sorts by several keys with missing values last, and pages through them', () => {
    const { emulator } = lab();
    put(emulator, 'a', { metadata: { k: 'x' }, indexedAt: START - 3 });
    put(emulator, 'b', { indexedAt: START - 2 });
    put(emulator, 'c', { metadata: { k: 'x' }, indexedAt: START - 1 });
    put(emulator, 'd', { metadata: { k: 'y' }, indexedAt: START });
    const sort = [{ 'metadata.k': { order: 'asc' } }, { indexedAt: { order: 'desc' } }];
    const order: string[] = [];
    let after: unknown[] | undefined;
    for (let page = 0; page < 5; page++) {
      const found = search(emulator, {
        size: 1,
        sort,
        ...(after ? { search_after: after } : {}),
        _source: ['filePath'],
      });
      const [hit] = found.hits.hits;
      if (hit === undefined) break;
      order.push(nameOf(hit));
      after = hit.sort;
    }
    expect(order).toEqual(['c', 'a', 'd', 'b']);
    expect(after).toEqual([null, START - 2]);
  });

  it('gives a missing date the longest long, which JavaScript cannot send back', () => {
    const { emulator } = lab({ switches: { missingIndexedAt: 1 } });
    put(emulator, 'a');
    const text = Buffer.from(
      post(emulator, { sort: ['indexedAt'], _source: false }).body,
    ).toString();
    expect(text).toContain('"sort":[9223372036854775807]');
    const again = post(emulator, {
      sort: ['indexedAt'],
      search_after: JSON.parse('[9223372036854775807]'),
    });
    expect(again.status).toBe(400);
    const exact = post(emulator, '{"sort":["indexedAt"],"search_after":[9223372036854775807]}');
    expect(exact.status).toBe(200);
  });

  const wrong: [name: string, body: object, message: string][] = [
    [
      'too many values',
      { sort: ['fileId'], search_after: ['a', 'b'] },
      'search_after has 2 value(s) but sort has 1.',
    ],
    ['no sort', { search_after: ['a'] }, 'Sort must contain at least one field.'],
    [
      'text for a date',
      { sort: ['createdAt'], search_after: ['x'] },
      'failed to parse date field [x]',
    ],
    ['an unknown field', { sort: ['nope'] }, 'No mapping found for [nope] in order to sort on'],
    ['an analyzed field', { sort: ['filePath.text'] }, 'Text fields are not optimised'],
    [
      'an unknown order',
      { sort: [{ fileId: 'up' }] },
      'No enum constant org.opensearch.search.sort.SortOrder.UP',
    ],
    ['a negative size', { size: -1 }, '[size] parameter cannot be negative, found [-1]'],
    ['an unknown key', { limit: 3 }, 'Unknown key for a VALUE_NUMBER in [limit].'],
    ['an unknown object', { knn: {} }, 'Unknown key for a START_OBJECT in [knn].'],
  ];
  it.each(wrong)('refuses %s', (_name, body, message) => {
    const response = post(lab().emulator, body);
    expect(response.status).toBe(400);
    expect(parsed(response).message).toContain(message);
  });

  it('refuses what is not JSON', () => {
    expect(post(lab().emulator, '{"size":1,}').status).toBe(400);
    expect(post(lab().emulator, '[]').status).toBe(400);
  });

  it('can forbid sorting on indexedAt, and larger pages', () => {
    const { emulator } = lab({
      switches: { sortOnIndexedAtAllowed: false, maxPageSize: 100, pageTooLargeStatus: 413 },
    });
    expect(post(emulator, { sort: ['indexedAt'] }).status).toBe(400);
    expect(post(emulator, { size: 101 }).status).toBe(413);
    expect(post(emulator, { size: 100 }).status).toBe(200);
  });

  it('can give short and unordered pages', () => {
    const { emulator } = lab({ switches: { shortPages: 1, unorderedPages: 1 } });
    for (const name of ['a', 'b', 'c', 'd']) put(emulator, name);
    const page = search(emulator, { sort: ['fileId'], size: 4, _source: ['fileId'] });
    const ids = page.hits.hits.map((hit) => hit._source.fileId);
    expect(ids).toHaveLength(2);
    expect(ids).toEqual(ids.toSorted().reverse());
    expect(page.hits.total).toBe(4);
  });
});

describe('the envelope', () => {
  it('is that of Elasticsearch', () => {
    const { emulator } = lab();
    const file = put(emulator, 'a');
    const found = search(emulator, { _source: ['fileId'] });
    expect(found).toMatchObject({
      timed_out: false,
      _shards: { total: 1, successful: 1, failed: 0 },
    });
    expect(found.hits.total).toBe(1);
    expect(found.hits.hits[0]).toEqual({
      _index: 'example-lab_ids_thing_v1.0.0',
      _type: 'entity',
      _id: file.versionId,
      _source: { fileId: file.fileId },
      _score: 1,
    });
  });

  it('sends the total as an object with a cap, if so switched', () => {
    const emulator = createEmulator({
      now: () => START,
      switches: { totalHits: 'object', docType: false },
    });
    emulator.lake.addBulk({ count: 10_001, indexedFrom: START - 1000, indexedTo: START });
    const total = (body: object): unknown =>
      parsed(post(emulator, { size: 0, ...body })).hits.total;
    expect(total({})).toEqual({ value: 10_000, relation: 'gte' });
    expect(total({ track_total_hits: true })).toEqual({ value: 10_001, relation: 'eq' });
    expect(total({ track_total_hits: 5 })).toEqual({ value: 5, relation: 'gte' });
    expect(total({ track_total_hits: false })).toBeUndefined();
    expect(search(emulator, { size: 1, _source: false }).hits.hits[0]).not.toHaveProperty('_type');
  });

  it('is bulky unless _source says otherwise', () => {
    const { emulator } = lab();
    put(emulator, 'a');
    const length = post(emulator, {}).body.length;
    expect(length).toBeGreaterThan(80_000);
    expect(length).toBeLessThan(110_000);
    expect(
      post(emulator, { _source: { excludes: ['enhancedSearchContext'] } }).body.length,
    ).toBeLessThan(3_000);
  });

  it('answers too much with an error, not with an endless text', () => {
    const { emulator } = lab({ switches: { maxResponseBytes: 100_000, pageTooLargeStatus: 502 } });
    put(emulator, 'a');
    put(emulator, 'b');
    expect(post(emulator, { size: 1 }).status).toBe(200);
    expect(post(emulator, { size: 2 }).status).toBe(502);
  });

  it('searches one index', () => {
    const { emulator } = lab();
    put(emulator, 'a');
    emulator.lake.put({ path: '/r.txt', category: 'RAW', content: 'x' });
    const total = (query: string): number => search(emulator, { size: 0 }, query).hits.total;
    expect(total('')).toBe(2);
    expect(total('?index=raw')).toBe(1);
    expect(total('?index=raw&index=ids')).toBe(2);
    expect(total('?index=ids_thing_v1.0.0')).toBe(1);
    expect(total('?index=ids_thing_v2.0.0')).toBe(0);
    expect(post(emulator, {}, '?index=nope').status).toBe(404);
    // OpenSearch knows them, so that it is not said to refuse them.
    for (const pattern of ['*', '_all', 'ids_thing*'])
      expect(String(post(emulator, {}, `?index=${pattern}`).body)).toContain(
        'emulator_unsupported',
      );
  });

  it('shows the searchable part of an IDS document: no numbers of datacubes', () => {
    const { emulator } = lab();
    const cube = {
      name: 'c',
      measures: [{ name: 'm', unit: 'mAU', value: [1, 2] }],
      dimensions: [{ name: 'd', unit: null, scale: [0, 1] }],
    };
    put(emulator, 'a', { data: { datacubes: [cube], results: [{ v: 1 }] } });
    expect(search(emulator, { _source: 'data' }).hits.hits[0]?._source.data).toEqual({
      '@idsType': 'thing',
      '@idsVersion': 'v1.0.0',
      '@idsNamespace': 'common',
      datacubes: [
        {
          name: 'c',
          measures: [{ name: 'm', unit: 'mAU' }],
          dimensions: [{ name: 'd', unit: null }],
        },
      ],
      results: [{ v: 1 }],
    });
  });
});

describe('_source', () => {
  const { emulator } = lab();
  put(emulator, 'a', {
    labels: [
      { name: 'n', value: 'v' },
      { name: 'm', value: 'w' },
    ],
    tags: [],
    data: { x: { y: 1, z: 2 } },
  });
  const source = (filter: unknown): unknown =>
    search(emulator, { _source: filter }).hits.hits[0]?._source;
  const cases: [name: string, filter: unknown, kept: unknown][] = [
    ['a list', ['category', 'idsType'], { category: 'IDS', idsType: 'thing' }],
    ['one name', 'category', { category: 'IDS' }],
    ['false', false, undefined],
    ['a nested name', ['source.type'], { source: { type: 'file-upload' } }],
    ['inside a list of objects', ['labels.name'], { labels: [{ name: 'n' }, { name: 'm' }] }],
    [
      'a pattern',
      ['ids*'],
      { ids: 'common/thing:v1.0.0', idsType: 'thing', idsTypeVersion: 'v1.0.0' },
    ],
    ['a pattern at the beginning', ['*.y'], { data: { x: { y: 1 } } }],
    [
      'includes and excludes',
      { includes: ['data'], excludes: ['data.@*', '*.z'] },
      { data: { x: { y: 1 } } },
    ],
    ['an empty list that was named', ['tags'], { tags: [] }],
    ['nothing that exists', ['nope', 'data.nope'], {}],
  ];
  it.each(cases)('%s', (_name, filter, kept) => {
    expect(source(filter)).toEqual(kept);
  });

  it('takes everything but what is excluded', () => {
    const kept = source({ excludes: ['enhancedSearchContext', 'data', 'file.*'] });
    expect(kept).toMatchObject({ category: 'IDS', outdated: false });
    expect(kept).not.toHaveProperty('data');
    expect(kept).not.toHaveProperty('enhancedSearchContext');
  });

  it('refuses unknown keys', () => {
    expect(post(emulator, { _source: { include_all: [] } }).status).toBe(400);
  });
});

describe('aggregations', () => {
  const { emulator } = lab();
  const at = (text: string): { indexedAt: number } => ({ indexedAt: Date.parse(text) });
  put(emulator, 'a', {
    ...at('2026-01-01T10:00:00Z'),
    labels: [{ name: 'p', value: 'x' }],
    data: { n: 1 },
  });
  put(emulator, 'b', {
    ...at('2026-01-01T23:30:00Z'),
    labels: [{ name: 'p', value: 'y' }],
    data: { n: 4 },
  });
  put(emulator, 'c', {
    ...at('2026-01-03T10:00:00Z'),
    labels: [{ name: 'q', value: 'x' }],
    ids: 'common/other:v2.0.0',
  });
  const aggs = (agg: object): unknown =>
    search(emulator, { size: 0, aggs: { it: agg } }).aggregations.it;

  it('terms, the fullest first', () => {
    expect(
      aggs({ terms: { field: 'idsType' }, aggs: { last: { max: { field: 'indexedAt' } } } }),
    ).toEqual({
      doc_count_error_upper_bound: 0,
      sum_other_doc_count: 0,
      buckets: [
        {
          key: 'thing',
          doc_count: 2,
          last: {
            value: Date.parse('2026-01-01T23:30:00Z'),
            value_as_string: '2026-01-01T23:30:00.000Z',
          },
        },
        {
          key: 'other',
          doc_count: 1,
          last: {
            value: Date.parse('2026-01-03T10:00:00Z'),
            value_as_string: '2026-01-03T10:00:00.000Z',
          },
        },
      ],
    });
    expect(aggs({ terms: { field: 'idsType', size: 1, order: { _key: 'asc' } } })).toMatchObject({
      sum_other_doc_count: 2,
      buckets: [{ key: 'other' }],
    });
  });

  it('date_histogram with the empty days between', () => {
    const counts = (options: object): unknown[] =>
      (
        aggs({ date_histogram: { field: 'indexedAt', ...options } }) as Found['aggregations']
      ).buckets.map((bucket: { key_as_string: string; doc_count: number }) => [
        bucket.key_as_string.slice(0, 10),
        bucket.doc_count,
      ]);
    const days = [
      ['2026-01-01', 2],
      ['2026-01-02', 0],
      ['2026-01-03', 1],
    ];
    expect(counts({ calendar_interval: 'day' })).toEqual(days);
    expect(counts({ fixed_interval: '24h' })).toEqual(days);
    expect(counts({ interval: 'day' })).toEqual(days);
    expect(counts({ calendar_interval: '1d', min_doc_count: 1 })).toEqual([days[0], days[2]]);
    expect(counts({ calendar_interval: '1d', time_zone: '+01:00' })).toEqual([
      ['2026-01-01', 1],
      ['2026-01-02', 1],
      ['2026-01-03', 1],
    ]);
    expect(
      counts({
        calendar_interval: 'month',
        extended_bounds: { min: '2025-12-01', max: '2026-02-01' },
      }),
    ).toEqual([
      ['2025-12-01', 0],
      ['2026-01-01', 3],
      ['2026-02-01', 0],
    ]);
  });

  it('min, max, sum, avg, value_count, cardinality', () => {
    expect(aggs({ min: { field: 'data.n' } })).toEqual({ value: 1 });
    expect(aggs({ max: { field: 'data.n' } })).toEqual({ value: 4 });
    expect(aggs({ sum: { field: 'data.n' } })).toEqual({ value: 5 });
    expect(aggs({ avg: { field: 'data.n' } })).toEqual({ value: 2.5 });
    expect(aggs({ value_count: { field: 'data.n' } })).toEqual({ value: 2 });
    expect(aggs({ cardinality: { field: 'idsType' } })).toEqual({ value: 2 });
    expect(aggs({ min: { field: 'data.nothing' } })).toEqual({ value: null });
  });

  it('filter, missing, and nested labels', () => {
    expect(aggs({ filter: { term: { idsType: 'other' } } })).toEqual({ doc_count: 1 });
    expect(aggs({ missing: { field: 'data.n' } })).toEqual({ doc_count: 1 });
    expect(
      aggs({ nested: { path: 'labels' }, aggs: { names: { terms: { field: 'labels.name' } } } }),
    ).toMatchObject({
      doc_count: 3,
      names: {
        buckets: [
          { key: 'p', doc_count: 2 },
          { key: 'q', doc_count: 1 },
        ],
      },
    });
  });

  it('refuses what Elasticsearch refuses', () => {
    const message = (agg: object): string => parsed(post(emulator, { aggs: { it: agg } })).message;
    expect(message({ foo: { field: 'x' } })).toContain('Unknown aggregation type [foo]');
    expect(message({ terms: { field: 'x', sizes: 3 } })).toContain('[terms] unknown field [sizes]');
    expect(message({ terms: { field: 'filePath.text' } })).toContain(
      'Text fields are not optimised',
    );
    expect(message({})).toContain('Missing definition for aggregation [it]');
  });
});
