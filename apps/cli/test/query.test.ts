import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { fromQuery } from '../src/config/query.ts';

// Where a time without a zone is another than in UTC.
beforeEach(() => vi.stubEnv('TZ', 'Asia/Tokyo'));
afterEach(() => vi.unstubAllEnvs());

const IDS = { term: { category: 'IDS' } };

/** What a body becomes. */
const of = (body: unknown): ReturnType<typeof fromQuery> => fromQuery(JSON.stringify(body));

describe('a body of searchEql', () => {
  it.each([
    ['must as a list', { bool: { must: [IDS, { term: { a: 1 } }] } }, [IDS, { term: { a: 1 } }]],
    ['must as one', { bool: { must: IDS } }, [IDS]],
    [
      'must and filter',
      { bool: { must: IDS, filter: [{ term: { a: 1 } }] } },
      [IDS, { term: { a: 1 } }],
    ],
    ['one within the other', { bool: { must: [{ bool: { filter: [IDS] } }] } }, [IDS]],
    ['a clause alone', IDS, [IDS]],
    ['everything', { match_all: {} }, []],
    ['what must not be', { bool: { must_not: [IDS] } }, [{ bool: { must_not: [IDS] } }]],
    [
      'one of several',
      { bool: { should: [IDS, { term: { a: 1 } }] } },
      [{ bool: { should: [IDS, { term: { a: 1 } }], minimum_should_match: 1 } }],
    ],
    [
      'some of several, beside others',
      { bool: { filter: IDS, should: [{ term: { a: 1 } }], minimum_should_match: 2 } },
      [IDS, { bool: { should: [{ term: { a: 1 } }], minimum_should_match: 2 } }],
    ],
    [
      'another range',
      { range: { createdAt: { gte: 'x' } } },
      [{ range: { createdAt: { gte: 'x' } } }],
    ],
  ])('%s', (_what, query, filter) => {
    expect(of({ query })).toEqual({ filter, since: undefined, left: [] });
  });

  it.each([
    ['2024-01-01', '2024-01-01'],
    ['2024-01-01T08:00:00', '2024-01-01T08:00:00.000Z'],
    ['2024-01-01 08:00:00', '2024-01-01T08:00:00.000Z'],
    ['2024-01-01T08:00:00+02:00', '2024-01-01T06:00:00.000Z'],
    [1704096000000, '2024-01-01T08:00:00.000Z'],
  ])('indexedAt from %s becomes since', (gte, since) => {
    const found = of({ query: { bool: { filter: [IDS, { range: { indexedAt: { gte } } }] } } });
    expect(found).toEqual({ filter: [IDS], since, left: [] });
  });

  it('says what it left out, and why', () => {
    const found = of({
      size: 1000,
      sort: [{ fileId: 'asc' }],
      _source: ['fileId'],
      colour: 'red',
      query: {
        bool: { must: [{ range: { indexedAt: { gte: 'now-7d', lt: 'now' } } }], should: [IDS] },
      },
    });
    expect(found?.filter).toEqual([]);
    expect(found?.left).toEqual([
      expect.stringMatching(/^indexedAt from now-7d: "since" is a fixed date/),
      expect.stringMatching(/^indexedAt up to now: tdp-sync reads up to now/),
      expect.stringMatching(/^should: beside must and filter it only changes the score/),
      expect.stringMatching(/^size: tdp-sync finds by itself/),
      expect.stringMatching(/^sort: .*order of fileId/),
      expect.stringMatching(/^_source: tdp-sync asks for the fields/),
      'colour: a sync has no such thing.',
    ]);
  });
});

it('keeps every digit of a number', () => {
  const found = fromQuery('{"query": {"term": {"runId": 12345678901234567891}}}');
  expect(found?.filter).toEqual([{ term: { runId: '12345678901234567891' } }]);
  expect(fromQuery('{"query": {"term": {"runId": 9007199254740991}}}')?.filter).toEqual([
    { term: { runId: Number.MAX_SAFE_INTEGER } },
  ]);
});

it('takes the first of several searches, and says so', () => {
  const text = `a = {"query": {"term": {"a": 1}}}\nb = {"query": {"term": {"b": 1}}}\n`;
  const found = fromQuery(text);
  expect(found?.filter).toEqual([{ term: { a: 1 } }]);
  expect(found?.left).toEqual([
    expect.stringMatching(/^another search in the same text: only the/),
  ]);
  expect(fromQuery(`${text}c = {"query": {"term": {"c": 1}}}`)?.left).toEqual([
    expect.stringMatching(/^2 other searches/),
  ]);
});

it('says of a clause or query that is a variable that only the notebook knows it', () => {
  for (const text of ['{"query": query}', '{"query": {"bool": {"must": [query]}}}']) {
    const found = fromQuery(text);
    expect(found?.filter).toEqual([]);
    expect(found?.left).toEqual([expect.stringMatching(/^the clause: "query" is known to the/)]);
  }
});

const CELL = `
# all the { IDS files of "today"
headers = {'ts-auth-token': token, "x-org-slug": org}
body = {
    'query': {'bool': {
        'must': {'term': {'category': 'IDS'}},   # and not this }
        'must': [{"term": {"source.type": kind}}, {'term': {'outdated': False}},],
        'filter': [{'range': {'indexedAt': {'gte': '2024-01-01', 'lt': now()}}}],
    }},
    "size": 10,
}
requests.post(url, json=body, headers=headers)
`;

describe('a cell of a notebook', () => {
  it('is read as Python has it, with what only the notebook knows left out', () => {
    const found = fromQuery(CELL);
    expect(found?.filter).toEqual([IDS, { term: { outdated: false } }]);
    expect(found?.since).toBe('2024-01-01');
    expect(found?.left).toEqual([
      expect.stringMatching(/^the clause on source\.type: "kind" .*takes more files/),
      expect.stringMatching(/^indexedAt up to now\(\)/),
      expect.stringMatching(/^size/),
    ]);
  });

  it('may have the body as a text, or as a part of a call', () => {
    const body = JSON.stringify({ query: IDS });
    expect(fromQuery(`data = """${body}"""`)?.filter).toEqual([IDS]);
    expect(fromQuery(`post(url, **{"json": ${body}, "timeout": 5})`)?.filter).toEqual([IDS]);
  });

  it('may be one of a whole notebook', () => {
    const cells = [{ source: ['# a title {\n'] }, { source: CELL.split(/(?<=\n)/) }];
    expect(fromQuery(JSON.stringify({ cells }))?.since).toBe('2024-01-01');
  });

  it.each(['', '{}', '{"query": }', '{"query": null}', 'print("hello")', '{"a": {"b": 1}}', '{'])(
    '%j has none',
    (text) => {
      expect(fromQuery(text)).toBeUndefined();
    },
  );
});
