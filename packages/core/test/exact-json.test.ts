import { expect, test } from 'vitest';
import { ExactNumber, parseExactly } from '../src/exact-json.ts';
import { fc } from './property.ts';

test.each([
  ...['9007199254740993', '-9223372036854775808', '12345678901234567890.5', '1e400', '1e309'],
  ...['-1e-400', '12.3000000000000001', '0.1000000000000000055511151231257827'],
])('%s keeps its digits', (text) => {
  expect(parseExactly(`[${text}]`)).toEqual([new ExactNumber(text)]);
  expect(JSON.stringify(parseExactly(`{"a":[${text}]}`))).toBe(`{"a":[${text}]}`);
});

test.each(['0', '-0', '1.50', '0.30000000000000004', '1E5', '5e-324', '1.7976931348623157e308'])(
  '%s is a number like any other',
  (text) => {
    expect(parseExactly(`[${text}]`)).toEqual([Number(text)]);
  },
);

test('digits in texts and keys are none of its business', () => {
  const json = '{"12345678901234567890":"12345678901234567890 \\" 1e999","\\\\":1}';
  expect(parseExactly(json)).toEqual(JSON.parse(json));
});

test('it reads what JSON.parse reads, and nothing else', () => {
  fc.assert(
    fc.property(fc.json(), (json) => {
      expect(parseExactly(json)).toEqual(JSON.parse(json));
    }),
  );
  const broken = fc.string().filter((text) => {
    try {
      JSON.parse(text);
      return false;
    } catch {
      return true;
    }
  });
  fc.assert(
    fc.property(broken, (text) => {
      expect(() => parseExactly(text)).toThrow(SyntaxError);
    }),
  );
});

test('no digit of any number is lost', () => {
  const digits = fc.stringMatching(/^-?(0|[1-9]\d{0,40})(\.\d{1,40})?([eE][+-]?\d{1,3})?$/);
  fc.assert(
    fc.property(digits, (text) => {
      const [value] = parseExactly(`[${text}]`) as [number | ExactNumber];
      const read = value instanceof ExactNumber ? value.text : String(value);
      expect(exactly(read)).toEqual(exactly(text));
    }),
    { numRuns: 2000 },
  );
});

test('a very long number takes no more than a moment', () => {
  const long = `0.1${'0'.repeat(200_000)}1`;
  expect(parseExactly(`[${long}]`)).toEqual([new ExactNumber(long)]);
});

/** The number as an integer and the power of ten that it counts. */
function exactly(text: string): unknown {
  const [mantissa = '', exponent = '0'] = text.toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  let integer = BigInt(`${whole}${fraction}`);
  let power = Number(exponent) - fraction.length + 0;
  if (integer === 0n) return { integer, power: 0 };
  for (; integer % 10n === 0n; power += 1) integer /= 10n;
  return { integer, power };
}

test('a number that was kept is written as it was', () => {
  expect(String(parseExactly('12345678901234567890'))).toBe('12345678901234567890');
});
