import { describe, expect, it } from 'vitest';
import type { Emulator } from '../src/index.ts';
import { lab, names, parsed, post, put, START } from './support.ts';

function sample(): Emulator {
  const { emulator } = lab();
  put(emulator, 'apple', {
    source: { type: 'empower', name: 'Empower QC-1' },
    labels: [
      { name: 'project', value: 'red' },
      { name: 'site', value: 'north' },
    ],
    metadata: { operator: 'A. One' },
    tags: ['x', 'y'],
    data: {
      title: 'Quick brown Fox',
      count: 3,
      nested: { deep: true },
      results: [
        { a: 1, b: 2 },
        { a: 3, b: 4 },
      ],
    },
  });
  put(emulator, 'banana', {
    source: { type: 'vi-cell', name: 'Counter' },
    labels: [
      { name: 'project', value: 'blue' },
      { name: 'site', value: 'red' },
    ],
    data: { title: 'lazy dog', count: 10 },
  });
  emulator.lake.put({ path: '/Cherry.txt', category: 'RAW', content: 'raw text', tags: ['y'] });
  return emulator;
}

const all = ['Cherry', 'apple', 'banana'];

const cases: [name: string, query: object, found: string[]][] = [
  ['match_all', { match_all: {} }, all],
  ['match_none', { match_none: {} }, []],
  ['term on a keyword', { term: { 'source.type': 'empower' } }, ['apple']],
  ['term in long form', { term: { category: { value: 'RAW', boost: 2 } } }, ['Cherry']],
  ['term is exact', { term: { category: 'raw' } }, []],
  [
    'term regardless of case',
    { term: { category: { value: 'raw', case_insensitive: true } } },
    ['Cherry'],
  ],
  ['term on a list', { term: { tags: 'x' } }, ['apple']],
  ['term on metadata', { term: { 'metadata.operator': 'A. One' } }, ['apple']],
  ['term on a word of text', { term: { 'data.title.text': 'fox' } }, ['apple']],
  ['term on text is not analyzed', { term: { 'data.title.text': 'Fox' } }, []],
  ['term on a number', { term: { 'data.count': '3' } }, ['apple']],
  ['term on a boolean', { term: { 'data.nested.deep': true } }, ['apple']],
  ['term on outdated', { term: { outdated: false } }, all],
  ['terms', { terms: { 'source.type': ['empower', 'vi-cell'] } }, ['apple', 'banana']],
  ['terms on another field', { terms: { tags: ['y', 'z'] } }, ['Cherry', 'apple']],
  ['terms without values', { terms: { fileId: [] } }, []],
  ['match on a keyword is exact', { match: { 'data.title': 'quick' } }, []],
  ['match on text: any word', { match: { 'data.title.text': 'QUICK cat' } }, ['apple']],
  [
    'match on text: all words',
    { match: { 'data.title.text': { query: 'quick cat', operator: 'and' } } },
    [],
  ],
  ['match_phrase', { match_phrase: { 'data.title.text': 'brown fox' } }, ['apple']],
  ['match_phrase keeps the order', { match_phrase: { 'data.title.text': 'fox brown' } }, []],
  ['range on a number', { range: { 'data.count': { gt: 3, lte: 10 } } }, ['banana']],
  ['range on a keyword', { range: { filePath: { gte: '/a', lt: '/b' } } }, ['apple']],
  [
    'range with from and to',
    { range: { 'data.count': { from: 3, to: 10, include_upper: false } } },
    ['apple'],
  ],
  ['exists', { exists: { field: 'metadata.operator' } }, ['apple']],
  ['exists on an object', { exists: { field: 'metadata' } }, ['apple']],
  ['exists on a nested array finds nothing', { exists: { field: 'labels' } }, []],
  ['prefix', { prefix: { 'source.name': 'Empower' } }, ['apple']],
  ['wildcard', { wildcard: { filePath: '/*an?na.json' } }, ['banana']],
  [
    'wildcard regardless of case',
    { wildcard: { filePath: { value: '/CHERRY*', case_insensitive: true } } },
    ['Cherry'],
  ],
  ['a plain term does not reach labels', { term: { 'labels.value': 'red' } }, []],
  ['a plain term does not reach arrays of objects', { term: { 'data.results.a': 1 } }, []],
  [
    'nested joins name and value',
    {
      nested: {
        path: 'labels',
        query: {
          bool: {
            must: [{ term: { 'labels.name': 'project' } }, { term: { 'labels.value': 'red' } }],
          },
        },
      },
    },
    ['apple'],
  ],
  [
    'nested on data',
    { nested: { path: 'data.results', query: { term: { 'data.results.a': 3 } } } },
    ['apple'],
  ],
  [
    'nested does not mix objects',
    {
      nested: {
        path: 'data.results',
        query: {
          bool: { filter: [{ term: { 'data.results.a': 1 } }, { term: { 'data.results.b': 4 } }] },
        },
      },
    },
    [],
  ],
  [
    'fields outside do not exist inside nested',
    { nested: { path: 'labels', query: { term: { category: 'IDS' } } } },
    [],
  ],
  ['bool with nothing', { bool: {} }, all],
  [
    'bool filter as one object',
    { bool: { filter: { term: { category: 'IDS' } } } },
    ['apple', 'banana'],
  ],
  ['bool must_not', { bool: { must_not: [{ term: { category: 'IDS' } }] } }, ['Cherry']],
  [
    'bool should alone needs one',
    { bool: { should: [{ term: { tags: 'x' } }, { term: { category: 'RAW' } }] } },
    ['Cherry', 'apple'],
  ],
  [
    'bool should beside filter needs none',
    { bool: { filter: [{ match_all: {} }], should: [{ term: { tags: 'x' } }] } },
    all,
  ],
  [
    'bool minimum_should_match',
    {
      bool: {
        should: [{ term: { tags: 'x' } }, { term: { tags: 'y' } }, { term: { category: 'IDS' } }],
        minimum_should_match: 2,
      },
    },
    ['apple'],
  ],
  [
    'bool minimum_should_match as a share',
    {
      bool: {
        should: [{ term: { tags: 'y' } }, { term: { category: 'RAW' } }],
        minimum_should_match: '100%',
      },
    },
    ['Cherry'],
  ],
  ['constant_score', { constant_score: { filter: { term: { tags: 'x' } } } }, ['apple']],
  [
    'simple_query_string: or',
    { simple_query_string: { query: 'fox dog', fields: ['data.title.text'] } },
    ['apple', 'banana'],
  ],
  [
    'simple_query_string: and',
    {
      simple_query_string: {
        query: 'fox dog',
        fields: ['data.title.text'],
        default_operator: 'and',
      },
    },
    [],
  ],
  [
    'simple_query_string: +',
    { simple_query_string: { query: 'quick+fox', fields: ['data.title.text'] } },
    ['apple'],
  ],
  [
    'simple_query_string: |',
    {
      simple_query_string: {
        query: 'cat | dog',
        fields: ['data.title.text'],
        default_operator: 'and',
      },
    },
    ['banana'],
  ],
  [
    'simple_query_string: phrase',
    { simple_query_string: { query: '"brown fox"', fields: ['data.title.text'] } },
    ['apple'],
  ],
  [
    'simple_query_string: prefix',
    { simple_query_string: { query: 'la*', fields: ['data.title.text'] } },
    ['banana'],
  ],
  [
    'simple_query_string: not',
    {
      simple_query_string: {
        query: 'dog -lazy',
        fields: ['data.title.text'],
        default_operator: 'and',
      },
    },
    [],
  ],
  [
    'simple_query_string: or-not matches whatever lacks the word',
    { simple_query_string: { query: 'dog -fox', fields: ['data.title.text'] } },
    ['Cherry', 'banana'],
  ],
  [
    'simple_query_string: parentheses',
    { simple_query_string: { query: 'quick + (dog | fox)', fields: ['data.title.text'] } },
    ['apple'],
  ],
  ['simple_query_string: all fields', { simple_query_string: { query: 'counter' } }, ['banana']],
  [
    'simple_query_string: field pattern',
    { simple_query_string: { query: 'empower', fields: ['source.*'] } },
    ['apple'],
  ],
];

describe('queries', () => {
  const emulator = sample();
  it.each(cases)('%s', (_name, query, found) => {
    expect(names(emulator, query)).toEqual(found);
  });

  it('finds by _id, which is the S3 version', () => {
    const file = [...emulator.lake.files()].find(({ filePath }) => filePath === '/apple.json');
    expect(names(emulator, { ids: { values: [file?.versionId] } })).toEqual(['apple']);
    expect(names(emulator, { term: { _id: file?.versionId } })).toEqual(['apple']);
  });
});

const refused: [name: string, query: unknown, message: string][] = [
  ['unknown query', { foo: {} }, '[parsing_exception] unknown query [foo]'],
  ['empty query', {}, '[illegal_argument_exception] query malformed, empty clause found'],
  [
    'two clauses in one',
    { term: { a: 1 }, range: {} },
    '[parsing_exception] [term] malformed query, expected [END_OBJECT] but found [FIELD_NAME]',
  ],
  [
    'unknown option of bool',
    { bool: { musts: [] } },
    '[x_content_parse_exception] [bool] unknown field [musts]',
  ],
  [
    'unknown option of range',
    { range: { indexedAt: { after: 1 } } },
    '[parsing_exception] [range] query does not support [after]',
  ],
  [
    'two fields in a term',
    { term: { a: 1, b: 2 } },
    "[parsing_exception] [term] query doesn't support multiple fields, found [a] and [b]",
  ],
  [
    'a list in a term',
    { term: { a: [1] } },
    '[parsing_exception] [term] query does not support array of values',
  ],
  [
    'a date that is none',
    { range: { indexedAt: { gte: 'yesterday' } } },
    '[parse_exception] failed to parse date field [yesterday]',
  ],
  [
    'a day that is none',
    { range: { indexedAt: { gte: '2026-02-30' } } },
    '[parse_exception] failed to parse date field [2026-02-30]',
  ],
  [
    'nested where nothing is',
    { nested: { path: 'source', query: { match_all: {} } } },
    '[query_shard_exception] failed to create query: [nested] nested object under path [source] is not of nested type',
  ],
  [
    'what the emulator cannot',
    { regexp: { a: 'b' } },
    '[emulator_unsupported] the emulator does not do the query [regexp]',
  ],
  [
    'a number that is none',
    { term: { 'file.size': 'big' } },
    '[query_shard_exception] failed to create query: For input string: "big"',
  ],
];

const within: typeof refused = [
  [
    'an unknown query',
    { bool: { filter: [{ bool: { must: [{ foo: {} }] } }] } },
    '[parsing_exception] unknown query [foo]',
  ],
  [
    'what the emulator cannot',
    { bool: { filter: [{ regexp: { a: 'b' } }] } },
    '[emulator_unsupported] the emulator does not do the query [regexp]',
  ],
  [
    'an empty clause',
    { bool: { filter: [{}] } },
    '[x_content_parse_exception] [bool] failed to parse field [filter]: query malformed, empty clause found',
  ],
];

describe('refused queries within others', () => {
  it.each(within)('%s', (_name, query, message) => {
    expect(parsed(post(lab().emulator, { query })).message).toBe(message);
  });

  it('are wrapped as OpenSearch wraps them', () => {
    const { emulator } = lab({ switches: { searchErrors: 'elasticsearch' } });
    const { error } = parsed(post(emulator, { query: { bool: { must: { foo: {} } } } }));
    expect(error).toEqual({
      root_cause: [{ type: 'parsing_exception', reason: 'unknown query [foo]' }],
      type: 'x_content_parse_exception',
      reason: '[bool] failed to parse field [must]',
      caused_by: { type: 'parsing_exception', reason: 'unknown query [foo]' },
    });
  });
});

describe('refused queries', () => {
  it.each(refused)('%s', (_name, query, message) => {
    const response = post(lab().emulator, { query });
    expect(response.status).toBe(400);
    const body = parsed(response);
    expect(body).toMatchObject({ statusCode: 400, error: 'Bad Request' });
    expect(body.message).toContain(message);
  });

  it('has the form of Elasticsearch when asked to', () => {
    const { emulator } = lab({ switches: { searchErrors: 'elasticsearch' } });
    expect(parsed(post(emulator, { query: { foo: {} } }))).toEqual({
      error: {
        root_cause: [{ type: 'parsing_exception', reason: 'unknown query [foo]' }],
        type: 'parsing_exception',
        reason: 'unknown query [foo]',
      },
      status: 400,
    });
    expect(parsed(post(emulator, { from: 9_999, size: 2 })).error).toMatchObject({
      type: 'search_phase_execution_exception',
      reason: 'all shards failed',
    });
  });
});

describe('dates', () => {
  const { emulator } = lab();
  for (const [name, time] of Object.entries({
    before: '2026-06-13T23:59:59.999Z',
    midnight: '2026-06-14T00:00:00.000Z',
    noon: '2026-06-14T12:00:00.500Z',
    last: '2026-06-14T23:59:59.999Z',
    after: '2026-06-15T00:00:00.000Z',
  })) {
    put(emulator, name, { indexedAt: Date.parse(time) });
  }
  const day = ['last', 'midnight', 'noon'];
  const bounds: [name: string, range: object, found: string[]][] = [
    [
      'gte and lt are closed and open',
      { gte: '2026-06-14T00:00:00.000Z', lt: '2026-06-15T00:00:00.000Z' },
      day,
    ],
    ['without a zone it is UTC', { gte: '2026-06-14T00:00:00', lt: '2026-06-15T00:00:00' }, day],
    ['with an offset', { gte: '2026-06-14T02:00:00+02:00', lt: '2026-06-14T20:00:00-04:00' }, day],
    ['milliseconds since 1970', { gte: Date.UTC(2026, 5, 14), lt: Date.UTC(2026, 5, 15) }, day],
    [
      'milliseconds as text',
      { gte: String(Date.UTC(2026, 5, 14)), lt: String(Date.UTC(2026, 5, 15)) },
      day,
    ],
    ['gt a day means after that day', { gt: '2026-06-13' }, ['after', 'last', 'midnight', 'noon']],
    ['gte a day means from its beginning', { gte: '2026-06-14', lt: '2026-06-15' }, day],
    ['lte a day means to its end', { gte: '2026-06-14', lte: '2026-06-14' }, day],
    ['lt a day means before its beginning', { lt: '2026-06-14' }, ['before']],
    [
      'lte a second includes its milliseconds',
      { gte: '2026-06-14T12:00:00', lte: '2026-06-14T12:00:00' },
      ['noon'],
    ],
    [
      'gt a second excludes its milliseconds',
      { gt: '2026-06-14T12:00:00', lt: '2026-06-14T13:00' },
      [],
    ],
    ['lte a month ends with its first day', { gte: '2026-06', lte: '2026-06' }, []],
    ['math on now', { gte: 'now-1d/d', lt: 'now/d' }, day],
    ['math on a date', { gte: '2026-05-14||+1M/d', lte: '2026-06-14||/d' }, day],
    ['rounding up a month', { gt: '2026-05-14||/M', lt: '2026-06-14' }, ['before']],
    [
      'a time zone',
      { gte: '2026-06-14T02:00:00', lt: '2026-06-15T02:00:00', time_zone: '+02:00' },
      day,
    ],
    [
      'a format',
      { gte: '2026-06-14 00:00:00', lt: '2026-06-15', format: 'yyyy-MM-dd HH:mm:ss||yyyy-MM-dd' },
      day,
    ],
    ['a number of four digits is a year', { lt: 2027 }, ['after', 'before', ...day].sort()],
    ['null is no bound', { gte: null, lt: '2026-06-14' }, ['before']],
  ];
  it.each(bounds)('%s', (_name, range, found) => {
    expect(names(emulator, { range: { indexedAt: range } })).toEqual(found);
  });

  it('a term on a day is the whole day', () => {
    expect(names(emulator, { term: { indexedAt: '2026-06-14' } })).toEqual(day);
  });

  it('now is the clock of the emulator', () => {
    const moving = lab();
    put(moving.emulator, 'a', { indexedAt: START });
    const recent = { range: { indexedAt: { gte: 'now-1m' } } };
    expect(names(moving.emulator, recent)).toEqual(['a']);
    moving.clock.pass(61_000);
    expect(names(moving.emulator, recent)).toEqual([]);
  });
});
