import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { clauseText } from '../src/config/clause-text.ts';
import { fromQuery } from '../src/config/query.ts';
import { parseYaml } from '../src/config/yaml.ts';

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
    ['what is there', { exists: { field: 'a' } }, [{ exists: { field: 'a' } }]],
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

describe('a bool selects the same files as before', () => {
  const READER = { term: { idsType: 'plate-reader' } };
  const SHOULD = 'should: beside must and filter it only changes the score.';
  const LEAST = (least: number) => ({ bool: { should: [READER], minimum_should_match: least } });

  it.each([0, '0', null])('with none asked for (%j), the score aside', (least) => {
    const bool = { must: [IDS], should: [READER], minimum_should_match: least };
    expect(of({ query: { bool } })).toEqual({ filter: [IDS], since: undefined, left: [SHOULD] });
  });

  it.each(['50%', '0%', '-100%', -1, '2<75%', 1.5])(
    'with %j asked for, which depends on how many there are',
    (least) => {
      const bool = { must: [IDS], should: [READER], minimum_should_match: least };
      expect(of({ query: { bool } })).toEqual({ filter: [{ bool }], since: undefined, left: [] });
    },
  );

  it.each([
    ['where nothing else is required', { must: [], filter: null, should: [READER] }, [LEAST(1)]],
    ['where none is asked for of what is alone', { ...LEAST(0).bool }, [LEAST(1)]],
    [
      'beside what must not be',
      { should: READER, must_not: [IDS] },
      [{ bool: { must_not: [IDS] } }, { bool: { should: READER, minimum_should_match: 1 } }],
    ],
    ['with no choice', { must: IDS, should: [] }, [IDS]],
    [
      'with one of no choice',
      { must: IDS, should: [], minimum_should_match: 1 },
      [{ bool: { must: IDS, should: [], minimum_should_match: 1 } }],
    ],
    [
      'with options of its own',
      { mustNot: [IDS], adjust_pure_negative: false },
      [{ bool: { mustNot: [IDS], adjust_pure_negative: false } }],
    ],
  ])('%s', (_what, bool, filter) => {
    expect(of({ query: { bool } })).toEqual({ filter, since: undefined, left: [] });
  });

  it('but for what only the notebook knows', () => {
    const text = '{"query": {"bool": {"must_not": [{"term": {"a": 1}}, {"term": {"b": x}}]}}}';
    const found = fromQuery(text);
    expect(found?.filter).toEqual([{ bool: { must_not: { term: { a: 1 } } } }]);
    expect(found?.left).toEqual([expect.stringMatching(/"x" is known to the notebook only/)]);
  });
});

describe('a range of times of indexing', () => {
  it.each([
    ['a day of its zone', { gte: '2026-08-20', time_zone: '+09:00' }, '2026-08-19T15:00:00.000Z'],
    [
      'a time with a zone of its own',
      { gte: '2026-08-20T00:00Z', time_zone: '+0900' },
      '2026-08-20T00:00:00.000Z',
    ],
    ['after a day', { gt: '2026-08-20' }, '2026-08-21T00:00:00.000Z'],
    ['after a minute', { gt: '2026-08-20T08:00' }, '2026-08-20T08:01:00.000Z'],
    ['after a second', { gt: '2026-08-20T08:00:00' }, '2026-08-20T08:00:01.000Z'],
    ['after a moment', { gt: '2026-08-20T08:00:00.5' }, '2026-08-20T08:00:00.501Z'],
    ['after a number', { gt: 1704096000000 }, '2024-01-01T08:00:00.001Z'],
  ])('from %s', (_what, indexedAt, since) => {
    const found = of({ query: { range: { indexedAt } } });
    expect(found).toEqual({ filter: [], since, left: [] });
  });

  it.each([
    [{ gte: '2026-08-20', time_zone: 'Europe/Berlin' }],
    [{ gte: '20.08.2026', format: 'dd.MM.yyyy' }],
    [{ from: '2026-08-20', include_lower: false }],
    [{ gte: '2026-08-20', gt: '2026-08-21' }],
    [{ gte: '2026-08-20||/M' }],
    [{ gte: '2026-08' }],
    [{ gte: '2026-02-30' }],
    [{ gte: 2026 }],
    [{ gte: 9e15 }],
  ])('stays in the filter where "since" may be another moment: %j', (indexedAt) => {
    const found = of({ query: { range: { indexedAt: { ...indexedAt, boost: 2 } } } });
    expect(found).toEqual({ filter: [{ range: { indexedAt } }], since: undefined, left: [] });
  });

  it.each([
    ['2026-08-20', '2026-08-10T00:00:00Z'],
    ['2026-08-10T00:00:00Z', '2026-08-20'],
  ])('counts with another: from %s and from %s', (...starts) => {
    const must = starts.map((gte) => ({ range: { indexedAt: { gte } } }));
    expect(of({ query: { bool: { must } } })?.since).toBe('2026-08-20');
  });

  it('from what only the notebook knows is told of', () => {
    for (const range of ['{"gte": "2026-08-20", "time_zone": tz}', '{"gte": "2026-08-20", **tz}']) {
      const found = fromQuery(`{"query": {"range": {"indexedAt": ${range}}}}`);
      expect(found?.filter).toEqual([]);
      expect(found?.since).toBeUndefined();
      expect(found?.left).toEqual([expect.stringMatching(/^indexedAt from (\*\*)?tz: "since"/)]);
    }
  });
});

it.each([
  ['statistics', '{"size": 0, "aggs": {"a": {"terms": {"field": "idsType"}}}}'],
  ['statistics of some', '{"aggregations": {"a": {"filter": {"term": {"category": "IDS"}}}}}'],
  ['statistics of a part', 'aggs = {"a": {"filter": {"nested": {"query": {"term": {}}}}}}'],
  ['one of them', 'agg = {"terms": {"field": "idsType"}}'],
  ['one of a nested field', 'agg = {"nested": {"path": "labels"}}'],
  ['another language', '{"query": "{ users { id } }"}'],
  ['options', 'options = {"match": True, "range": 3}'],
])('takes %s for no search', (_what, text) => {
  expect(fromQuery(text)).toBeUndefined();
});

it('reads a clause that stands by itself', () => {
  for (const clause of [IDS, { exists: { field: 'a' } }, { nested: { path: 'a', query: IDS } }])
    expect(of(clause)).toEqual({ filter: [clause], since: undefined, left: [] });
});

it('tells of a long expression by its beginning, in one line', () => {
  const [left = ''] = fromQuery(`{"query": find(\n${'x, '.repeat(500)})}`)?.left ?? [];
  expect(left).toMatch(/^the clause: "find\( x, x, .*…" is known/);
  expect(left.length).toBeLessThan(250);
});

it('takes no part of a search for the search', () => {
  const must = `must = [${JSON.stringify(IDS)}, {"term": {"a": 1}}]`;
  const found = fromQuery(`${must}\nbody = {"query": {"bool": {"must": must}}}`);
  expect(found?.filter).toEqual([]);
  expect(found?.left).toEqual([
    expect.stringMatching(/^the clause: "must" is known to the/),
    expect.stringMatching(/^2 clauses beside the search, which the notebook may put into it/),
  ]);
  const appended = fromQuery('{"query": {"match_all": {}}}\nmust.append({"term": {"a": 1}})');
  expect(appended?.left).toEqual([expect.stringMatching(/^a clause beside the search/)]);
  const clauses = fromQuery(must);
  expect(clauses?.filter).toEqual([IDS]);
  expect(clauses?.left).toEqual([
    expect.stringMatching(/^another clause in the same text, and no search/),
  ]);
});

it.each([
  'types[0]',
  'f"{a}-b"',
  '"x" + y',
  '"x" "y"',
  'get("a", "b")',
  'datetime(2024, 1, 1).isoformat()',
  '"a" if {"b": 1} else \'}\'',
  "'\\a'",
  "r'\\d'",
])('names the expression %s, which only the notebook knows', (expression) => {
  const found = fromQuery(`q = {"query": {"bool": {"must": [{"term": {"a": ${expression}}}]}}}`);
  expect(found?.filter).toEqual([]);
  expect(found?.left).toEqual([
    expect.stringContaining(`the clause on a: "${expression}" is known to the notebook only`),
  ]);
});

it.each([
  ['a list and more', '{"query": {"bool": {"must": [{"term": {"a": 1}}] + more}}}', '\\+ more" is'],
  ['a field', '{"query": {"term": {field: "IDS"}}}', '"field" is'],
  ['what is added', '{"query": {"bool": {**more}}}', '"\\*\\*more" is'],
  ['what is added beside', '{"query": {"match_all": {}}, **more}', 'is added: "\\*\\*more" is'],
])('names %s that only the notebook knows', (_what, text, said) => {
  const found = fromQuery(text);
  expect(found?.filter).toEqual([]);
  expect(found?.left).toEqual([expect.stringMatching(said)]);
});

it.each([
  [String.raw`{'query': {'term': {'a': 'it\'s\n\\d\d \u00e4"'}}}`, 'it\'s\n\\d\\d ä"'],
  [String.raw`{"query": {"term": {"a": "it's\n\\d \/ \u00e4"}}}`, "it's\n\\d / ä"],
  ['{"query": {"term": {"a": "#, }"}},}', '#, }'],
  ['{"query": {"term": {"a": 1,#}\n}}}', 1],
  ['{"query": {"term": {"a": -1.5e3}}}', -1500],
  ['{query: {term: {a: "x"}}}', 'x'],
  [`curl -H 'a: {b' -d '{"query": {"term": {"a": "x"}}}' http://tdp`, 'x'],
  [`curl -d "{\\"query\\": {\\"term\\": {\\"a\\": \\"x\\"}}}" http://tdp`, 'x'],
  [
    `curl -d '{\n  "post_filter": {"match_all": {}},\n  "query": {"term": {"a": "x"}}\n}' http://tdp`,
    'x',
  ],
])('reads %s', (text, a) => {
  expect(fromQuery(text)).toEqual({ filter: [{ term: { a } }], since: undefined, left: [] });
});

it.each([
  ['a brace is missing', '\n{"query": {"term": {"a": 1}', 2],
  ['brackets cross', '{"query": [{"term": {"a": 1}]}}', 1],
  ['a variable of the shell', 'curl -d "{\\"query\\": {\\"term\\": {\\"a\\": \\"$A\\"}}}"', 1],
  [
    'shell and Python differ',
    String.raw`curl -d '{"query": {"wildcard": {"a": "\\*"}}}' http://tdp`,
    1,
  ],
  ['it is endless', `{"query": ${'{"bool":'.repeat(50_000)}`, 1],
])('says of a search where %s that it cannot be read', (_what, text, line) => {
  expect(() => fromQuery(text)).toThrow(`The search that begins in line ${line} (`);
  const found = fromQuery(`{"query": {"term": {"b": 1}}}\n${text}`);
  expect(found?.filter).toEqual([{ term: { b: 1 } }]);
  expect(found?.left).toEqual([expect.stringMatching(/cannot be read.*another one\.$/)]);
});

it.each([
  'line one of a text\nline two of the same, and so long that it is broken',
  'a\n\nb',
  'a\r\nb: # c\n  - d',
  ' \n',
  '\u2028\u0085 \t',
  'x'.repeat(2000),
])('writes %j so that it is read as the same', (text) => {
  const clause = { match_phrase: { [text]: text, more: [text, { text }] } };
  const written = `filter:\n      - ${clauseText(clause)}\nsync: 1\n`;
  expect(parseYaml(written, 'tdp-sync.yaml').value).toEqual({ filter: [clause], sync: 1 });
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
      expect.stringMatching(/^"must" stands twice: both count here/),
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
