import { describe, expect, test } from 'vitest';
import { mappingTransform } from '../../../src/transform/mapping/mapping.ts';
import { Unfit } from '../../../src/transform/transform.ts';
import { hitOf } from '../../hits.ts';
import { cellOf } from './files.ts';

describe('attributes of the file', () => {
  const file = hitOf('f1', {
    size: 9_007_199_254_740_991,
    labels: [
      { name: 'project', value: 'alpha' },
      { name: 'project', value: 'beta\0' },
      { name: 'run no', value: '7' },
      { name: 'empty', value: null },
      'no label',
    ],
    metadata: { operator: 'Ada', runs: 3 },
    tags: ['a'],
  });
  const cell = (column: string): Promise<unknown> => cellOf(column, {}, file);

  test.each([
    ['meta.source_name', 'Source'],
    ['meta.size', 9007199254740991n],
    ['meta.size as string', '9007199254740991'],
    ['meta.size as float64', 9007199254740991],
    ['meta.created_at', '2026-01-01T00:00:00.000000Z'],
    ['meta.created_at as string', '2026-01-01T00:00:00.000000Z'],
    ['meta.tags', '["a"]'],
    ['meta.labels.project', 'alpha, beta\uFFFD'],
    ['meta.labels."run no"', '7'],
    ['meta.labels."run no" as int64', 7n],
    ['meta.labels.project as int64', new Unfit('alpha, beta\uFFFD')],
    ['meta.labels.empty', null],
    ['meta.labels.none', null],
    ['meta.metadata.operator', 'Ada'],
    ['meta.metadata.runs as int64', 3n],
    ['meta.metadata.toString', null],
  ])('%s', async (column, expected) => expect(await cell(column)).toEqual(expected));

  test.each([
    ['meta.tags', 'json'],
    ['meta.size', 'int64'],
    ['meta.indexed_at', 'timestamp'],
    ['meta.file_id', 'string'],
    ['meta.labels.project', 'string'],
    ['#', 'int64'],
    ['number', 'string'],
  ])('%s is %s by itself', (column, type) => {
    const { declared } = mappingTransform({ t: { rows: 'a[]', columns: { c: column } } });
    expect(declared[0]?.columns[0]?.type).toBe(type);
  });

  test('a key of the document may be called meta', async () => {
    expect(await cellOf('"meta".size', { meta: { size: 1 } }, file)).toBe('1');
    expect(await cellOf('$.meta.size', { meta: { size: 1 } }, file)).toBe('1');
  });

  test('a file without any has nulls', async () => {
    const bare = hitOf('f1', { labels: undefined, metadata: null, size: undefined });
    expect(await cellOf('meta.labels.project', {}, bare)).toBeNull();
    expect(await cellOf('meta.metadata.x', {}, bare)).toBeNull();
    expect(await cellOf('meta.size', {}, bare)).toBeNull();
  });

  test('it is known whether a mapping asks for any', () => {
    const reads = (column: string): boolean =>
      mappingTransform({ t: { columns: { c: column } } }).readsAttributes;
    expect(reads('meta.size')).toBe(true);
    expect(reads('$.meta.size')).toBe(false);
    expect(reads('"meta".size')).toBe(false);
  });
});
