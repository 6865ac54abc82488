import { MemoryDatabase, memorySink } from '@tdp-sync/sink/memory';
import { expect, test } from 'vitest';
import { formatOrder, type Stage } from '../../src/position/order.ts';
import { indexedInAny } from '../../src/source/query.ts';
import type { Bucket } from '../../src/source/source.ts';
import { TdpClient } from '../../src/source/tdp/client.ts';
import { histogramRequest, readHistogram } from '../../src/source/tdp/search.ts';
import type { Window } from '../../src/source/window.ts';
import { type Damage, damages } from '../../src/verify/damage.ts';
import { LedgerTimes, MetKeys } from '../../src/verify/ledger.ts';

const bucket = {
  key: 3_600_000,
  doc_count: 2,
  oldest: { value: 3_600_001 },
  newest: { value: 3_700_000 },
  sum: { value: 7_300_001 },
};

function answer(changes: Record<string, unknown> = {}, buckets: readonly unknown[] = [bucket]) {
  return {
    timed_out: false,
    _shards: { total: 2, failed: 0 },
    hits: { total: 2, hits: [] },
    aggregations: { stamps: { value: 2 }, times: { buckets } },
    ...changes,
  };
}

test('buckets are read as they stand', () => {
  expect(readHistogram(answer())).toEqual([
    { fromMs: 3_600_000, count: 2, oldestMs: 3_600_001, newestMs: 3_700_000, sumMs: 7_300_001 },
  ]);
});

test.each([
  ['timed out', answer({ timed_out: true })],
  ['a failed shard', answer({ _shards: { total: 2, failed: 1 } })],
  ['no aggregations', answer({ aggregations: undefined })],
  ['a bucket left out', answer({}, [])],
  ['a bucket without its count', answer({}, [{ ...bucket, doc_count: undefined }])],
  ['a bucket without its times', answer({}, [{ ...bucket, oldest: { value: null } }])],
])('%s proves nothing', (_title, given) => {
  expect(() => readHistogram(given)).toThrow(
    expect.objectContaining({ code: 'PAGE_INVALID', retryable: true }),
  );
});

test('only what Elasticsearch 6 knows is asked for', () => {
  const query = { filter: [{ term: { a: 1 } }], indexed: { fromMs: 0, toMs: 1000 } };
  expect(JSON.parse(histogramRequest(query, 90_000, 'interval'))).toEqual({
    size: 0,
    query: {
      bool: {
        filter: [
          { term: { a: 1 } },
          {
            range: {
              indexedAt: { gte: '1970-01-01T00:00:00.000Z', lt: '1970-01-01T00:00:01.000Z' },
            },
          },
        ],
      },
    },
    aggs: {
      stamps: { value_count: { field: 'indexedAt' } },
      times: {
        date_histogram: { field: 'indexedAt', interval: '90000ms', min_doc_count: 1 },
        aggs: {
          oldest: { min: { field: 'indexedAt' } },
          newest: { max: { field: 'indexedAt' } },
          sum: { sum: { field: 'indexedAt' } },
        },
      },
    },
  });
});

test('an engine that refuses the old name of the interval is asked by the new one from then on', async () => {
  const asked: string[] = [];
  const client = new TdpClient({
    url: 'https://tdp.invalid',
    credentials: async () => ({ token: 't', org: 'o' }),
    transport: async ({ body = '' }) => {
      const isOld = body.includes('"interval"');
      asked.push(isOld ? 'old' : 'new');
      return isOld
        ? { status: 400, headers: {}, body: Buffer.from('{"message":"unknown field [interval]"}') }
        : { status: 200, headers: {}, body: Buffer.from(JSON.stringify(answer())) };
    },
  });
  await client.histogram({ filter: [] }, 1000);
  await client.histogram({ filter: [] }, 1000);
  expect(asked).toEqual(['old', 'new', 'new']);
});

async function ledgerOf(times: readonly number[], stage: Stage = { is: 'loaded' }) {
  const sink = await memorySink.open({ database: new MemoryDatabase() }, { baseDir: '/' });
  await using load = await sink.begin({ sync: 's', tables: [], since: undefined });
  const order = { createdAtMs: 0, fileId: 'x', mapping: 0, epoch: 0, edits: 0, layout: 1 };
  await load.stage(
    times.map((indexedAtMs, index) => ({
      id: index.toString(16).padStart(32, '0'),
      status: 'loaded',
      rows: new Map(),
      order: formatOrder({
        ...order,
        ...{ indexedAtMs, stage, attributes: '0'.repeat(10), loadedFileId: 'x' },
      }),
    })),
  );
  await load.commit('{}');
  return LedgerTimes.read(sink, 's');
}

test('the ledger counts as the histogram does, for any window and interval', async () => {
  let state = 7;
  const below = (limit: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % limit;
  };
  for (let round = 0; round < 40; round += 1) {
    const base = 1_700_000_000_000;
    const times = Array.from({ length: below(300) }, () => base + below(5000));
    const held = await ledgerOf(times);
    const fromMs = base + below(5000);
    const window = { fromMs, toMs: fromMs + below(5000) };
    const inside = times.filter((time) => time >= window.fromMs && time < window.toMs);
    const intervalMs = 1 + below(900);
    expect(held.size).toBe(times.length);
    expect(held.count(window)).toBe(inside.length);
    expect(held.oldestMs(window) ?? Infinity).toBe(Math.min(...inside));
    const expected = Map.groupBy(inside, (time) => Math.floor(time / intervalMs) * intervalMs);
    const found = held.histogram(window, intervalMs);
    expect([...found.keys()]).toEqual([...expected.keys()].sort((a, b) => a - b));
    for (const [start, stretch] of found) {
      const own = expected.get(start) ?? [];
      expect(stretch).toEqual({
        count: own.length,
        oldestMs: Math.min(...own),
        newestMs: Math.max(...own),
        sumMs: own.reduce((sum, time) => sum + BigInt(time), 0n),
      });
    }
  }
});

test.each(['unmatched', 'deleted'] as const)('a %s file is not expected in TDP', async (is) => {
  expect((await ledgerOf([1, 2, 3], { is })).size).toBe(0);
});

test('times that only their sum tells apart are found among any number of files', async () => {
  const base = 1_700_000_000_000;
  for (const count of [100, 6000]) {
    const times = Array.from({ length: count }, (_, index) => base + index * 7);
    const held = await ledgerOf(times);
    const shownTimes = times.with(50, base + 351);
    const sought = async (theirs: readonly number[]): Promise<readonly unknown[]> => {
      const shown = async (window: Window, intervalMs: number): Promise<readonly Bucket[]> => {
        const inside = theirs.filter((time) => time >= window.fromMs && time < window.toMs);
        const parts = Map.groupBy(inside, (time) => Math.floor(time / intervalMs) * intervalMs);
        return [...parts].map(([fromMs, own]) => ({
          fromMs,
          count: own.length,
          oldestMs: Math.min(...own),
          newestMs: Math.max(...own),
          // As doubles are added that lose their last digits.
          sumMs: own.reduce((sum, time) => sum + time, 0) + (own.length > 5300 ? 64 : 0),
        }));
      };
      // As long as if the sync had run for years, so that all falls into one stretch.
      const window = { fromMs: base - 1e12, toMs: base + 1e12 };
      const found: Damage[] = [];
      for await (const damage of damages(window, { held, full: false, shown })) found.push(damage);
      return found;
    };
    expect(await sought(times)).toEqual([]);
    const found = await sought(shownTimes);
    expect(found).not.toEqual([]);
  }
});

test('keys that were met are known again, and no others', () => {
  const met = new MetKeys();
  const key = (index: number): string =>
    ((BigInt(index) * 0x9e37_79b9_7f4a_7c15n) % 2n ** 64n).toString(16).padStart(16, '0') +
    '0'.repeat(16);
  for (let index = 0; index < 5000; index += 1) met.add(key(index));
  for (let index = 0; index < 10_000; index += 1) expect(met.has(key(index))).toBe(index < 5000);
  met.add(key(7000));
  expect(met.has(key(7000))).toBe(true);
});

test('stretches that touch become one clause', () => {
  const clause = indexedInAny([
    { fromMs: 0, toMs: 1 },
    { fromMs: 1, toMs: 2 },
    { fromMs: 5, toMs: 9 },
  ]);
  const at = (ms: number): string => `1970-01-01T00:00:00.00${ms}Z`;
  expect(clause).toEqual({
    bool: {
      should: [
        { range: { indexedAt: { gte: at(0), lt: at(2) } } },
        { range: { indexedAt: { gte: at(5), lt: at(9) } } },
      ],
      minimum_should_match: 1,
    },
  });
});
