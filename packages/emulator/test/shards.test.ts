import { describe, expect, it } from 'vitest';
import type { Emulator, EmulatorOptions } from '../src/index.ts';
import { lab, names, parsed, post, put } from './support.ts';

/** Two indices: in one `count` is a number, in the other a text, and each has a field that the other has not. */
function sample(switches: EmulatorOptions['switches'] = {}): Emulator {
  const { emulator } = lab({ switches });
  const ids = { numbers: 'common/numbers:v1.0.0', texts: 'common/texts:v1.0.0' };
  put(emulator, 'one', { ids: ids.numbers, data: { count: 1, left: 'a' } });
  put(emulator, 'two', { ids: ids.numbers, data: { count: 2, left: 'b' } });
  put(emulator, 'three', { ids: ids.texts, data: { count: 'many', right: 'c' } });
  return emulator;
}

describe('indices', () => {
  it('have fields of their own, and fail alone', () => {
    const emulator = sample();
    const found = parsed(post(emulator, { query: { term: { 'data.count': 'many' } } }));
    expect(found._shards).toMatchObject({ total: 2, successful: 1, failed: 1 });
    expect(found._shards.failures[0]).toMatchObject({
      index: 'example-lab_ids_numbers_v1.0.0',
      reason: { type: 'query_shard_exception', caused_by: { type: 'number_format_exception' } },
    });
    expect(found.hits.total).toBe(1);
    expect(names(emulator, { range: { 'data.count': { gte: 2 } } })).toEqual(['three', 'two']);
    expect(parsed(post(emulator, { sort: ['data.left'] })).hits.total).toBe(2);
  });

  it('refuse what all of them refuse', () => {
    const { message } = parsed(post(sample(), { sort: ['data.nope'] }));
    expect(message).toContain('No mapping found for [data.nope] in order to sort on');
  });

  it('count apart, so that counts of terms are approximate', () => {
    const { emulator } = lab();
    for (let number = 0; number < 24; number++) {
      // In either index eleven values come more often than the one that is commonest in both.
      for (const ids of ['common/a:v1.0.0', 'common/b:v1.0.0']) {
        for (let copy = 0; copy < (number < 12 ? 2 : 1); copy++) {
          const data = { word: number < 12 ? `${ids}-${number}` : 'both' };
          const many = number < 12 || number === 12;
          if (many) put(emulator, `${ids.slice(7, 8)}-${number}-${copy}`, { ids, data });
        }
      }
    }
    const aggs = { words: { terms: { field: 'data.word', size: 1 } } };
    const { words } = parsed(post(emulator, { size: 0, aggs })).aggregations;
    expect(words).toMatchObject({ doc_count_error_upper_bound: 4, sum_other_doc_count: 48 });
    const { words: exact } = parsed(
      post(emulator, { size: 0, aggs: { words: { terms: { field: 'data.word', size: 30 } } } }),
    ).aggregations;
    expect(exact.doc_count_error_upper_bound).toBe(0);
  });

  it('may be one, in which every field is known and nothing is approximate', () => {
    const emulator = sample({ shards: 'one' });
    const found = parsed(post(emulator, { query: { term: { 'data.count': 'many' } } }));
    expect(found).toMatchObject({ _shards: { total: 1, failed: 0 }, hits: { total: 1 } });
    expect(parsed(post(emulator, { sort: ['data.left'] })).hits.total).toBe(3);
    expect(names(emulator, { term: { _index: 'example-lab_ids_texts*' } })).toEqual(['three']);
    const raw = parsed(post(emulator, {}, '?index=ids_texts_v1.0.0'));
    expect(raw.hits.total).toBe(1);
  });
});

describe('a query that finds nothing in an index', () => {
  it('is not looked into any further there', () => {
    const must = [{ term: { 'data.right': 'c' } }, { term: { 'data.count': 'many' } }];
    const found = parsed(post(sample(), { query: { bool: { must } } }));
    expect(found).toMatchObject({ _shards: { total: 2, failed: 0 }, hits: { total: 1 } });
  });
});

describe('a sum of times', () => {
  it('may be beyond all times', () => {
    const { emulator, clock } = lab();
    emulator.lake.addBulk({ count: 6_000, indexedFrom: clock.time - 1000, indexedTo: clock.time });
    const aggs = { sum: { sum: { field: 'indexedAt' } } };
    const { sum } = parsed(post(emulator, { size: 0, aggs })).aggregations;
    expect(sum.value).toBeGreaterThan(8.64e15);
  });
});
