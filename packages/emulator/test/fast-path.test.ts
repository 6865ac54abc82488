import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gzipWithTail, sharedTail } from '../src/lake/gzip.ts';
import { Lake } from '../src/lake/lake.ts';
import { isoTime } from '../src/search/iso-time.ts';
import { SearchEngine, type SearchResult } from '../src/search/search.ts';
import { DEFAULT_SWITCHES } from '../src/switches.ts';
import { START } from './support.ts';

const DAY = 86_400_000;
const TYPES = ['empower', 'vi-cell', 'plate-reader'] as const;
const FIELDS = [
  'fileId',
  'indexedAt',
  'createdAt',
  'source.type',
  'file.path',
  'file.size',
  'metadata.k',
];

function filled(): Lake {
  const now = { time: START };
  const switches = {
    ...DEFAULT_SWITCHES,
    missingIndexedAt: 0,
    duplicateFileIds: 0,
    showOutdated: 'flag' as const,
  };
  const lake = new Lake({ org: 'o', bucket: 'b', seed: 3, now: () => now.time, switches });
  const files = lake.addBulk({ count: 60, indexedFrom: START - 2 * DAY, indexedTo: START });
  lake.addBulk({
    count: 30,
    seed: 2,
    category: 'RAW',
    indexedFrom: START - 2 * DAY,
    indexedTo: START,
  });
  // From here on; the files above are the index's documents themselves, as in measurements.
  switches.missingIndexedAt = 0.2;
  switches.duplicateFileIds = 0.2;
  for (let number = 0; number < 40; number++) {
    lake.put({
      path: `/f${number % 30}`,
      category: number % 3 === 0 ? 'RAW' : 'IDS',
      source: { type: TYPES[number % 3] ?? 'x' },
      content: { n: number },
      indexedAt: START - (number * DAY) / 15,
      labels: [{ name: 'n', value: String(number % 5) }],
      ...(number % 4 === 0 ? { metadata: { k: String(number % 7) } } : {}),
    });
  }
  for (const file of files.slice(0, 10)) lake.label(file.fileId, [{ name: 'n', value: '1' }]);
  for (const file of files.slice(10, 15)) lake.delete(file.fileId);
  return lake;
}

const lake = filled();
const quick = new SearchEngine(lake.index, 'o', DEFAULT_SWITCHES);
const plain = new SearchEngine(lake.index, 'o', DEFAULT_SWITCHES, { plain: true });

function answers(engine: SearchEngine, body: string): SearchResult {
  return engine.search(body, { now: START, accessKey: '', maySee: () => true, indices: [] });
}

const stamps = lake.index.byStamp.map((doc) => doc.indexedAt ?? START);
const time = fc
  .oneof(fc.integer({ min: START - 3 * DAY, max: START + DAY }), fc.constantFrom(...stamps))
  .map((at) => new Date(at).toISOString());
const range = fc
  .record({ gte: time, gt: time, lt: time, lte: time }, { requiredKeys: [] })
  .map((bounds) => ({ range: { indexedAt: bounds } }));
const moment = fc
  .constantFrom(...stamps)
  .map((at) => new Date(at).toISOString())
  .chain((at) => fc.constantFrom({ gte: at, lte: at }, { gte: at, lt: at }, { gt: at, lte: at }))
  .map((bounds) => ({ range: { indexedAt: bounds } }));
const leaf = fc.oneof(
  range,
  moment,
  fc.constantFrom('IDS', 'RAW').map((category) => ({ term: { category } })),
  fc.subarray([...TYPES, 'bench']).map((types) => ({ terms: { 'source.type': types } })),
  fc.constantFrom('idsType', 'indexedAt', 'metadata.k').map((field) => ({ exists: { field } })),
  fc
    .constantFrom('0', '1', '4')
    .map((value) => ({ nested: { path: 'labels', query: { term: { 'labels.value': value } } } })),
  fc.constantFrom('/bench/1/00000001', '/f1').map((start) => ({ prefix: { filePath: start } })),
  fc.boolean().map((outdated) => ({ term: { outdated } })),
);
const query = fc.record(
  {
    filter: fc.array(leaf, { maxLength: 3 }),
    must: leaf,
    must_not: fc.array(leaf, { maxLength: 1 }),
    should: fc.array(leaf, { maxLength: 2 }),
  },
  { requiredKeys: [] },
);
const sort = fc.oneof(
  fc.constant([{ fileId: 'asc' }]),
  fc
    .array(fc.tuple(fc.constantFrom(...FIELDS), fc.constantFrom('asc', 'desc')), {
      minLength: 1,
      maxLength: 3,
    })
    .map((keys) => [...keys.map(([field, order]) => ({ [field]: order })), { _id: 'asc' }]),
);
const source = fc.constantFrom<unknown>(
  false,
  [
    'fileId',
    'file.path',
    'labels.*',
    'source',
    'createdAt',
    'indexedAt',
    'outdated',
    'file.checksum',
  ],
  { excludes: ['enhancedSearchContext'] },
  { includes: ['*'], excludes: ['*.id', 'data', 'enhancedSearchContext'] },
);

describe('the quick way', () => {
  it('gives the same pages as the plain way', () => {
    fc.assert(
      fc.property(
        query,
        sort,
        source,
        fc.integer({ min: 1, max: 60 }),
        (bool, order, _source, size) => {
          let body: object = { query: { bool }, sort: order, _source, size };
          for (let page = 0; page < 4; page++) {
            const text = JSON.stringify(body);
            const [fast, slow] = [answers(quick, text), answers(plain, text)];
            expect(fast.total).toBe(slow.total);
            if (order.length > 1 || fast.hits.length === 0) expect(fast.hits).toEqual(slow.hits);
            // Two documents of one fileId have no order between them when only that is asked for.
            else expect(fast.hits.toSorted()).toEqual(withinTies(fast.hits, slow.hits));
            const last = fast.hits.at(-1);
            if (last === undefined) return;
            body = { ...body, search_after: JSON.parse(last).sort };
            if (JSON.stringify(body).includes('922337203685477')) return;
          }
        },
      ),
      { numRuns: 150, seed: 1 },
    );
  });

  it('gives the same aggregations', () => {
    const aggs = {
      types: { terms: { field: 'source.type' }, aggs: { last: { max: { field: 'indexedAt' } } } },
      days: { date_histogram: { field: 'indexedAt', calendar_interval: 'day' } },
    };
    fc.assert(
      fc.property(query, (bool) => {
        const text = JSON.stringify({ size: 0, query: { bool }, aggs });
        expect(answers(quick, text).aggregations).toEqual(answers(plain, text).aggregations);
      }),
      { numRuns: 50, seed: 2 },
    );
  });
});

describe('a short cut', () => {
  it('writes times as JavaScript does', () => {
    const time = fc.oneof(
      fc.integer({ min: -1e14, max: 1e14 }),
      fc.double({ min: -1e6, max: 2e12, noNaN: true }),
      fc.constantFrom(0, -1, DAY - 1, DAY, -DAY, 253402300800000, -62198755200000),
    );
    fc.assert(
      fc.property(time, (at) => {
        expect(isoTime(at)).toBe(new Date(at).toISOString());
      }),
      { numRuns: 1_000, seed: 3 },
    );
  });

  it('computes the checksum of a file from that of its head', () => {
    const bytes = fc.uint8Array({ maxLength: 3_000 });
    fc.assert(
      fc.property(bytes, bytes, (head, tail) => {
        const unpacked = gunzipSync(gzipWithTail(head, sharedTail(tail)));
        expect(unpacked.equals(Buffer.concat([head, tail]))).toBe(true);
      }),
      { numRuns: 100, seed: 4 },
    );
  });
});

/** The plain hits, sorted, if both ways show the same fileIds in the same order. */
function withinTies(fast: readonly string[], slow: readonly string[]): string[] {
  const keys = (hits: readonly string[]): unknown[] => hits.map((hit) => JSON.parse(hit).sort);
  expect(keys(fast)).toEqual(keys(slow));
  const ids = new Set(slow.map((hit) => JSON.parse(hit)._id));
  const missing = fast.filter((hit) => !ids.has(JSON.parse(hit)._id));
  return missing.length === 0 ? slow.toSorted() : fast.toSorted();
}
