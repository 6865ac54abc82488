import { expect, test } from 'vitest';
import { parseExactly } from '../../src/exact-json.ts';
import { convert } from '../../src/transform/convert.ts';

/** As docs/mapping.md says it. */
test.each([
  ['1.10', '1.1'],
  ['10.0', '10'],
  ['1E+29', '1e+29'],
  ['1e+29', '1e+29'],
  ['1e3', '1000'],
  ['-0', '0'],
  ['12345678901234567890', '12345678901234567890'],
  ['1e400', '1e400'],
  ['0.12345678901234567891', '0.12345678901234567891'],
])('in string and JSON columns %s is %s', (written, spelt) => {
  const value = parseExactly(written);
  for (const type of ['string', 'json'] as const) expect(convert(value, type)).toBe(spelt);
  expect(convert(parseExactly(`[${written}]`), 'json')).toBe(`[${spelt}]`);
});

test('of a key that comes twice the last one counts', () => {
  expect(parseExactly('{"a":1,"a":2}')).toEqual({ a: 2 });
  expect(parseExactly('{"a":12345678901234567890,"a":2}')).toEqual({ a: 2 });
});
