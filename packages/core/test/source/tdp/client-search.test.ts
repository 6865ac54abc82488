import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { pages } from '../../../src/source/pages.ts';
import { apiBase } from '../../../src/source/tdp/api.ts';
import { surveyRequest } from '../../../src/source/tdp/search.ts';
import { connect, failureOf, TOKEN } from './local-client.ts';
import { type Answer, json, serve } from './local-server.ts';

const QUERY = { filter: [{ term: { category: 'IDS' } }] };
const page = (...ids: readonly string[]): unknown => ({
  hits: { total: ids.length, hits: ids.map((fileId) => ({ _source: { fileId } })) },
});

/** Answers by the number of the try. */
const inTurn =
  (...answers: readonly Answer[]): Answer =>
  (request, response, count) =>
    answers[Math.min(count, answers.length) - 1]?.(request, response, count);
const good: Answer = (_, response) => json(response, page('a'));
const status =
  (code: number, headers: Record<string, string> = {}, body = ''): Answer =>
  (_, response) =>
    void response.writeHead(code, headers).end(body);

test('a search is a POST with credentials, and each request has its own id', async () => {
  await using server = await serve(good);
  await using local = connect(server.url);
  const hits = await local.client.page(QUERY, 'Z', 7);
  await local.client.page(QUERY, 'Z', 7);
  expect(hits.map(({ fileId }) => fileId)).toEqual(['a']);
  const [first, second] = server.received;
  expect(first).toMatchObject({ method: 'POST', url: '/v1/datalake/searchEql' });
  expect(first?.headers).toMatchObject({
    ...{ 'ts-auth-token': TOKEN, 'x-org-slug': 'acme', 'content-type': 'application/json' },
    'ts-request-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
  });
  expect(first?.headers['ts-request-id']).not.toBe(second?.headers['ts-request-id']);
  expect(JSON.parse(first?.body ?? '')).toMatchObject({ size: 7, search_after: ['Z'] });
});

test.each([
  'https://api.tetrascience.com',
  'https://api.tetrascience.com/',
  'https://api.tetrascience.com/v1',
  'https://api.tetrascience.com/v1/',
  'https://api.tetrascience.com//v1//',
])('%s is an address of the API', (url) => {
  expect(apiBase(url)).toBe('https://api.tetrascience.com/v1/');
});

test("a survey takes the time from TDP's Date, and fails without one", async () => {
  const answer = { ...(page() as object), aggregations: { files: { value: 3 } } };
  await using server = await serve(
    inTurn(
      (_, response) => {
        response.setHeader('date', 'Sun, 22 Nov 2026 10:00:00 GMT');
        json(response, answer);
      },
      (_, response) => {
        response.sendDate = false;
        json(response, answer);
      },
    ),
  );
  await using local = connect(server.url);
  const survey = await local.client.survey(QUERY);
  expect(survey).toMatchObject({ count: 3, nowMs: Date.UTC(2026, 10, 22, 10) });
  const error = await failureOf(local.client.survey(QUERY));
  expect(error).toMatchObject({ code: 'SOURCE_PROTOCOL', retryable: false });
  expect(error.message).toContain('Date');
});

test.each(['Mon, 01 Jan 12026 00:00:00 GMT', 'Tue, 06 Nov 1900 08:49:37 GMT', 'yesterday'])(
  'a Date of %s is none: no position could be told by it',
  async (date) => {
    await using server = await serve((_, response) => {
      response.setHeader('date', date);
      json(response, { hits: { total: 0, hits: [] }, aggregations: { files: { value: 0 } } });
    });
    await using local = connect(server.url);
    expect(await failureOf(local.client.survey(QUERY))).toMatchObject({ code: 'SOURCE_PROTOCOL' });
  },
);

test.each([500, 502, 503, 504, 408, 425, 429])('%i passes', async (code) => {
  await using server = await serve(inTurn(status(code), status(code), good));
  await using local = connect(server.url);
  expect(await local.client.page(QUERY, undefined, 1)).toHaveLength(1);
  expect(local.slept).toEqual([375, 750]);
});

test('429 with Retry-After is waited for as it says, in seconds or by date', async () => {
  const date = 'Sun, 22 Nov 2026 10:00:00 GMT';
  const until = { date, 'retry-after': 'Sun, 22 Nov 2026 10:00:09 GMT' };
  await using server = await serve(
    inTurn(status(429, { 'retry-after': '7' }), status(503, until), good),
  );
  await using local = connect(server.url);
  await local.client.page(QUERY, undefined, 1);
  expect(local.slept).toEqual([7250, 9250]);
  const told = local.exchanges.map(({ outcome, retry }) => retry?.delayMs ?? outcome);
  expect(told).toEqual(['overload', 7250, 'overload', 9250, 'ok']);
});

test('an illness that stays is an error after the last try, with what TDP says', async () => {
  await using server = await serve(status(503, {}, '{"message":"index is read-only"}'));
  await using local = connect(server.url);
  const error = await failureOf(local.client.page(QUERY, undefined, 1));
  expect(error).toMatchObject({ code: 'SOURCE_UNAVAILABLE', retryable: true, status: 503 });
  expect(error.message).toContain('index is read-only');
  expect(server.received).toHaveLength(3);
});

test('a web page, half a JSON and a partial page are tried again', async () => {
  await using server = await serve(
    inTurn(
      status(200, { 'content-type': 'text/html' }, '<html>Login</html>'),
      status(200, { 'content-type': 'application/json' }, '{"hits": {"hits": ['),
      (_, response) => json(response, { ...(page('a') as object), timed_out: true }),
      good,
    ),
  );
  await using local = connect(server.url, { retry: { attempts: 4 } });
  expect(await local.client.page(QUERY, undefined, 1)).toHaveLength(1);
  expect(server.received).toHaveLength(4);
});

test('shards that fail are quoted, and what to set in the filter is named', async () => {
  const reason = {
    reason: 'all shards failed',
    caused_by: { reason: '[nested] failed to find nested object under path [data.x]' },
  };
  const shards = { total: 3, failed: 1, failures: [{ shard: 0, reason }] };
  await using server = await serve((_, response) =>
    json(response, { ...(page('a') as object), _shards: shards }),
  );
  await using local = connect(server.url);
  const error = await failureOf(local.client.page(QUERY, undefined, 1));
  expect(error).toMatchObject({ code: 'PAGE_INVALID' });
  expect(error.message).toMatch(
    /1 shards failed. TDP says: .*path \[data\.x\] .*"ignore_unmapped": true/,
  );
});

test('a page that is too large for the engine is asked for in smaller ones, however its reason is wrapped', async () => {
  const reason = 'Result window is too large, from + size must be less than or equal to: [400]';
  const wrapped = {
    root_cause: [{ type: 'illegal_argument_exception', reason }],
    ...{ type: 'search_phase_execution_exception', reason: 'all shards failed' },
  };
  const sizes: number[] = [];
  await using server = await serve((request, response, count) => {
    const { size } = JSON.parse(request.body) as { size: number };
    sizes.push(size);
    if (size > 400) status(400, {}, JSON.stringify({ error: wrapped }))(request, response, count);
    else json(response, { hits: { total: 0, hits: [] } });
  });
  await using local = connect(server.url);
  for await (const _ of pages(local.client, QUERY, undefined)) throw new Error('there are no hits');
  expect(sizes).toEqual([1000, 500, 250]);
});

test('a query that the engine answers with 500 is refused, not an illness for ever', async () => {
  const error = {
    root_cause: [
      { type: 'illegal_state_exception', reason: "Can't get text on a START_ARRAY at 1:50" },
    ],
    ...{ type: 'illegal_state_exception', reason: "Can't get text on a START_ARRAY at 1:50" },
  };
  await using server = await serve(status(500, {}, JSON.stringify({ error, status: 500 })));
  await using local = connect(server.url);
  const failure = await failureOf(local.client.page(QUERY, undefined, 1));
  expect(failure).toMatchObject({ code: 'QUERY_REJECTED', status: 500 });
  expect(failure.message).toMatch(/START_ARRAY.*"filter"/);
  expect(server.received).toHaveLength(3);
});

test.each([
  [true, true, 1],
  [true, false, 1],
  [false, true, 0],
])(
  'of 500 to a filter alone (%s, answers otherwise: %s) the message says so',
  async (isFiltered, answers, more) => {
    const filter = isFiltered ? [{ match: { category: ['RAW'] } }] : [];
    await using server = await serve((request, response, count) => {
      if (answers && request.body === surveyRequest({ filter: [] })) json(response, page('a'));
      else status(500, {}, '{"message":"Internal server error"}')(request, response, count);
    });
    await using local = connect(server.url);
    const failure = await failureOf(local.client.page({ filter }, undefined, 1));
    expect(failure).toMatchObject({ code: 'SOURCE_UNAVAILABLE', status: 500 });
    expect(failure.message.includes('it may be the filter')).toBe(isFiltered && answers);
    expect(server.received).toHaveLength(3 + more);
  },
);

test('the reason is found however long the answer is', async () => {
  const body = { padding: 'x'.repeat(100_000), message: 'no [termm] registered' };
  await using server = await serve(status(400, {}, JSON.stringify(body)));
  await using local = connect(server.url);
  const error = await failureOf(local.client.page(QUERY, undefined, 1));
  expect(error.message).toContain('TDP says: no [termm] registered');
});

test('a web page that stays is named for what it is', async () => {
  await using server = await serve(status(200, { 'content-type': 'text/html' }, '<html>Hi</html>'));
  await using local = connect(server.url);
  const error = await failureOf(local.client.page(QUERY, undefined, 1));
  expect(error.code).toBe('SOURCE_PROTOCOL');
  expect(error.message).toMatch(/not JSON \(text\/html\).*source\.url/);
});

test.each([
  [{ statusCode: 400, error: 'Bad Request', message: 'no [term] registered' }, 'no [term]'],
  [{ error: { reason: 'all shards failed' } }, 'all shards failed'],
])('400 is a refused query, with the words of TDP', async (body, words) => {
  const gzipped = gzipSync(JSON.stringify(body));
  const headers = { 'content-encoding': 'gzip' };
  await using server = await serve((_, response) => {
    response.writeHead(400, headers).end(gzipped);
  });
  await using local = connect(server.url);
  const error = await failureOf(local.client.page(QUERY, undefined, 1));
  expect(error).toMatchObject({ code: 'QUERY_REJECTED', retryable: false });
  expect(error.message).toContain(words);
  expect(error.message).toContain('"filter"');
  expect(server.received).toHaveLength(1);
});

test.each([
  { message: '[emulator_unsupported] the emulator does not do the query [regexp]' },
  {
    error: {
      type: 'emulator_unsupported',
      reason: 'the emulator does not do the query [regexp]',
      root_cause: [{ type: 'emulator_unsupported' }],
    },
  },
])('what only the emulator cannot is not said to be refused by TDP', async (body) => {
  await using server = await serve((_, response) => {
    response.writeHead(400).end(JSON.stringify(body));
  });
  await using local = connect(server.url);
  const error = await failureOf(local.client.page(QUERY, undefined, 1));
  expect(error).toMatchObject({ code: 'QUERY_REJECTED', retryable: false });
  expect(error.message).toContain('The emulator of TDP cannot answer the query (400)');
  expect(error.message).toContain('does not do the query [regexp]');
  expect(error.message).not.toContain('TDP refused');
});

test.each([
  [403, 'ACCESS_DENIED'],
  [404, 'SOURCE_PROTOCOL'],
  [302, 'SOURCE_PROTOCOL'],
  [418, 'SOURCE_PROTOCOL'],
])('%i is %s, at once', async (code, expected) => {
  await using server = await serve(status(code, { location: 'https://elsewhere.example/' }));
  await using local = connect(server.url);
  const error = await failureOf(local.client.page(QUERY, undefined, 1));
  expect(error).toMatchObject({ code: expected, retryable: false, status: code });
  expect(server.received).toHaveLength(1);
});

test('a compressed answer is read, one that is cut short is tried again', async () => {
  const body = gzipSync(JSON.stringify(page('a', 'b')));
  await using server = await serve(
    inTurn(
      (_, response) => void response.end(body.subarray(0, body.length - 12)),
      (_, response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end(body),
    ),
  );
  await using local = connect(server.url);
  expect(await local.client.page(QUERY, undefined, 2)).toHaveLength(2);
  expect(server.received).toHaveLength(2);
});

/** More than any page has, by its header: nobody has to send it. */
const tooLarge: Answer = (_, response) => {
  response.writeHead(200, { 'content-length': 33 * 1024 * 1024 }).write('{');
};
/** As much, and its header says nothing of it. */
const bomb: Answer = (_, response) => {
  response.end(gzipSync(Buffer.alloc(33 * 1024 * 1024, ' ')));
};

test.each([
  ['by its header', tooLarge],
  ['when it is unpacked', bomb],
])(
  'an answer that is too large %s is not asked for again as it is, and names what may help',
  async (_when, answer) => {
    await using server = await serve(answer);
    await using local = connect(server.url);
    const error = await failureOf(local.client.page(QUERY, undefined, 1));
    expect(error).toMatchObject({ code: 'PAGE_INVALID', retryable: false });
    expect(error.message).toMatch(/^A search answer has more than 33554432 bytes\..*source\.url/);
    expect(error.message).not.toContain('maxFileBytes');
    expect(server.received).toHaveLength(1);
  },
);

test('pages fall until they are small enough, though a few hits are as large as many', async () => {
  const ids = Array.from({ length: 7 }, (_, at) => `f${at}`);
  await using server = await serve((request, response, count) => {
    const { size, search_after: [after = ''] = [] } = JSON.parse(request.body);
    if (size > 3) tooLarge(request, response, count);
    else json(response, page(...ids.filter((id) => id > after).slice(0, size)));
  });
  await using local = connect(server.url);
  const found: string[] = [];
  for await (const hits of pages(local.client, QUERY, undefined))
    found.push(...hits.map(({ fileId }) => fileId));
  expect(found).toEqual(ids);
  expect(local.slept).toEqual([]);
});

test('a record of a file that is too large names no setting for the content of files', async () => {
  await using server = await serve((_, response) => {
    response.writeHead(200, { 'content-length': 17 * 1024 * 1024 }).write('{');
  });
  await using local = connect(server.url);
  const error = await failureOf(local.client.presence('f'));
  expect(error).toMatchObject({ code: 'SOURCE_PROTOCOL', retryable: false });
  expect(error.message).toMatch(/^The record of a file has more than 16777216 bytes.*source\.url/);
});
