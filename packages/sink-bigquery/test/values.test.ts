import { SinkError } from '@tdp-sync/sink';
import { expect, test } from 'vitest';
import { parsableJson } from '../src/json.ts';
import { decode, staged, timestampText } from '../src/values.ts';

test('what is staged of each type', () => {
  expect([
    staged('boolean', true),
    staged('int64', -(2n ** 63n)),
    staged('float64', 5e-324),
    staged('float64', 1e21),
    staged('decimal', '-01.50'),
    staged('string', ''),
    staged('string', '='),
    staged('date', '0001-01-01'),
    staged('timestamp', '9999-12-31T23:59:59.999999Z'),
    staged('json', '{"a":1.50}'),
    staged('string', null),
  ]).toEqual([
    '=true',
    '=-9223372036854775808',
    '=5e-324',
    '=1e+21',
    '=-01.50',
    '=',
    '==',
    '=0001-01-01',
    '=9999-12-31T23:59:59.999999Z',
    '={"a":1.50}',
    '',
  ]);
});

test('a float64 of seventeen digits is the one that was stored', () => {
  expect(decode('float64', '0.10000000000000001')).toBe(0.1);
  expect(decode('float64', '4.9406564584124654e-324')).toBe(5e-324);
});

test.each([
  ['-62135596799999999', '0001-01-01T00:00:00.000001Z'],
  ['253402300799999999', '9999-12-31T23:59:59.999999Z'],
  ['-1', '1969-12-31T23:59:59.999999Z'],
  ['0', '1970-01-01T00:00:00.000000Z'],
])('%s microseconds are %s', (micros, text) => {
  expect(timestampText(micros)).toBe(text);
});

test.each([
  ['{"a":1e400,"b":"1e400","c":[-1e999,1e2]}', '{"a":"1e400","b":"1e400","c":["-1e999",1e2]}'],
  [`[${'9'.repeat(310)}]`, `["${'9'.repeat(310)}"]`],
  ['{"a\\"1e400":"x\\\\",  "b": 1e308}', '{"a\\"1e400":"x\\\\",  "b": 1e308}'],
  ['1E0400', '"1E0400"'],
  ['1e-400', '1e-400'],
])('no number is larger than BigQuery takes: %s', (given, expected) => {
  expect(parsableJson(given)).toBe(expected);
  expect(() => JSON.parse(parsableJson(given))).not.toThrow();
});

test('json is at most 500 levels deep', () => {
  const nested = (depth: number) => `${'['.repeat(depth)}"]]"${']'.repeat(depth)}`;
  expect(parsableJson(nested(500))).toBe(nested(500));
  expect(() => parsableJson(nested(501))).toThrow(SinkError);
  const wide = `[${'[],'.repeat(600)}"${'['.repeat(600)}"]`;
  expect(parsableJson(wide)).toBe(wide);
});
