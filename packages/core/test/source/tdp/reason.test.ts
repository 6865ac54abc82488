import { expect, test } from 'vitest';
import { errorTypes, reasonIn, shardReason } from '../../../src/source/tdp/reason.ts';

/** As OpenSearch 2.19.1 answers. */
const UNKNOWN_QUERY = {
  error: {
    root_cause: [{ type: 'parsing_exception', reason: 'unknown query [termm]', line: 1, col: 40 }],
    type: 'x_content_parse_exception',
    reason: '[1:40] [bool] failed to parse field [filter]',
    caused_by: {
      type: 'parsing_exception',
      reason: 'unknown query [termm]',
      caused_by: {
        type: 'named_object_not_found_exception',
        reason: '[1:40] unknown field [termm]',
      },
    },
  },
  status: 400,
};
const WINDOW = {
  error: {
    root_cause: [
      {
        type: 'illegal_argument_exception',
        reason: 'Result window is too large, from + size must be less than or equal to: [10000]',
      },
    ],
    type: 'search_phase_execution_exception',
    reason: 'all shards failed',
    phase: 'query',
    failed_shards: [
      {
        shard: 0,
        reason: {
          type: 'illegal_argument_exception',
          reason: 'Result window is too large, from + size must be less than or equal to: [10000]',
        },
      },
    ],
  },
  status: 400,
};

test.each([
  [
    'what the wrapper was caused by',
    UNKNOWN_QUERY,
    '[1:40] [bool] failed to parse field [filter]: unknown query [termm]: [1:40] unknown field [termm]',
  ],
  ['not that all shards failed', WINDOW, WINDOW.error.root_cause[0]?.reason],
  [
    'that all shards failed, where nothing else is said',
    { error: { reason: 'all shards failed' } },
    'all shards failed',
  ],
  [
    'the cause of a shard',
    {
      error: {
        reason: 'all shards failed',
        failed_shards: [
          { reason: { reason: 'failed to create query', caused_by: { reason: 'no such field' } } },
        ],
      },
    },
    'failed to create query: no such field',
  ],
  [
    'what TDP says itself',
    { statusCode: 400, error: 'Bad Request', message: 'no [term] registered' },
    'no [term] registered',
  ],
  [
    'an engine in the words of TDP',
    { statusCode: 400, error: 'Bad Request', message: JSON.stringify(WINDOW) },
    WINDOW.error.root_cause[0]?.reason,
  ],
  ['an error that is a text', { error: 'no such organisation' }, 'no such organisation'],
  ['a message within the error', { error: { message: 'not now' } }, 'not now'],
])('the reason is %s', (_name, body, reason) => {
  expect(reasonIn(JSON.stringify(body))).toBe(reason);
});

test.each([
  ['no JSON', '<html>'],
  ['nothing', '{}'],
  ['a list', '[1]'],
  ['empty texts', '{"message":"","error":""}'],
  ['no text', 'null'],
])('there is none in %s', (_name, text) => {
  expect(reasonIn(text)).toBeUndefined();
});

test('a chain without an end is not followed for ever', () => {
  let error: object = { reason: 'deep' };
  for (let depth = 0; depth < 1000; depth += 1) error = { reason: `r${depth}`, caused_by: error };
  expect(reasonIn(JSON.stringify({ error }))?.length).toBeLessThan(200);
  let text = '"x"';
  for (let depth = 0; depth < 12; depth += 1) text = JSON.stringify({ message: text });
  expect(reasonIn(text)).toBeDefined();
});

test('kinds of error are found at every depth', () => {
  expect(errorTypes(JSON.stringify(UNKNOWN_QUERY))).toContain('named_object_not_found_exception');
  expect(errorTypes('oops')).toEqual([]);
});

test('of shards that did not answer the first one is quoted', () => {
  const reason = {
    type: 'query_shard_exception',
    reason: 'failed to create query',
    caused_by: { reason: 'failed to find nested object under path [data.x]' },
  };
  expect(shardReason({ failed: 2, failures: [{ shard: 0, reason }, {}] })).toBe(
    'failed to create query: failed to find nested object under path [data.x]',
  );
  expect(shardReason({ failed: 2 })).toBeUndefined();
});
