import { expect, test } from 'vitest';
import { isJson } from '../../src/transform/json-syntax.ts';
import { fc } from '../property.ts';

/** What a text is broken with: all that has a meaning in JSON, and some that has none. */
const pieces = fc.constantFrom(
  ...[
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"',
    '\\',
    '\\u',
    '\\u00e',
    '\\x',
    '/',
    ' ',
    '\n',
    '\t',
    '\v',
    '\0',
    '\u00a0',
    '\uFEFF',
  ],
  ...[
    '0',
    '01',
    '-',
    '+',
    '.',
    'e',
    'E+',
    '1e5',
    '1.',
    '.5',
    'true',
    'nul',
    'NaN',
    'é',
    '\u{1f9ea}',
    "'",
    'a',
  ],
);
const edits = fc.array(
  fc.record({ at: fc.nat(), cut: fc.nat(3), piece: fc.option(pieces, { nil: '' }) }),
  {
    maxLength: 3,
  },
);
const spaced = fc
  .tuple(fc.json({ maxDepth: 4 }), fc.constantFrom('', ' ', '\t', '\r\n'))
  .map(([json, space]) => json.replaceAll(/[{}[\],:]/g, (mark) => `${space}${mark}${space}`));

test('what JSON.parse takes is JSON, and nothing else is', () => {
  const taken = { valid: 0, invalid: 0 };
  fc.assert(
    fc.property(fc.oneof(fc.json(), spaced), edits, (json, changes) => {
      let text = json;
      for (const { at, cut, piece } of changes) {
        const place = at % (text.length + 1);
        text = text.slice(0, place) + piece + text.slice(place + cut);
      }
      // Half of a pair has no bytes of its own.
      text = text.toWellFormed();
      const valid = isParsed(text);
      taken[valid ? 'valid' : 'invalid'] += 1;
      expect(isJson(Buffer.from(text)), JSON.stringify(text)).toBe(valid);
    }),
    { numRuns: 5000 },
  );
  expect(Math.min(taken.valid, taken.invalid)).toBeGreaterThan(1000);
});

test.each([
  ['', false],
  [' ', false],
  ['{}', true],
  [' [ ] ', true],
  ['[1,]', false],
  ['{"a":1,}', false],
  ['{"a"}', false],
  ['{1:2}', false],
  ['{"a":1 "b":2}', false],
  ['[1}', false],
  ['{"a":1]', false],
  ['[', false],
  ['{}{}', false],
  ['1 2', false],
  ['"', false],
  ['"\\', false],
  ['"\\u12', false],
  ['"\\u12g4"', false],
  ['"\\uABcd\\/\\b"', true],
  ['"\n"', false],
  ['-', false],
  ['-0', true],
  ['00', false],
  ['-01', false],
  ['1.0e-07', true],
  ['1.', false],
  ['1e', false],
  ['1e+', false],
  ['tru', false],
  ['truest', false],
  ['null', true],
])('%j', (text, expected) => {
  expect(isParsed(text)).toBe(expected);
  expect(isJson(Buffer.from(text))).toBe(expected);
});

test('depth is no matter', () => {
  const deep = 100_000;
  expect(isJson(Buffer.from('['.repeat(deep) + ']'.repeat(deep)))).toBe(true);
  expect(isJson(Buffer.from(`${'{"a":'.repeat(deep)}1${'}'.repeat(deep - 1)}`))).toBe(false);
});

test('it may begin later', () => {
  expect(isJson(Buffer.from('xx{}'), 2)).toBe(true);
  expect(isJson(Buffer.from('xx{}'))).toBe(false);
});

function isParsed(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
