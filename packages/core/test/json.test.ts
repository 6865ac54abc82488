import { isStorableText } from '@tdp-sync/sink';
import { expect, test } from 'vitest';
import { storableJson } from '../src/json.ts';
import { fc } from './property.ts';

/** JSON texts with every kind of escape in them. */
const texts = fc.array(
  fc.oneof(
    fc.constantFrom('\\u0000', '\\ud83d', '\\ude00', '\\uD83D\\uDE00', '\\\\', '\\\\u0000', '\\n'),
    fc.constantFrom('u0000', '0000', '"', '\\u0041', 'x'),
  ),
  { maxLength: 12 },
);

test('what databases refuse is replaced, everything else stays', () => {
  fc.assert(
    fc.property(texts, (parts) => {
      const inner = parts.map((part) => (part === '"' ? '\\"' : part)).join('');
      const json = `{"${inner}k":["${inner}",1.50,12345678901234567890]}`;
      const cleaned = storableJson(json);
      expect(cleaned).toContain('1.50,12345678901234567890');
      const meant = String(JSON.parse(`"${inner}"`))
        .toWellFormed()
        .replaceAll('\0', '\uFFFD');
      const [[key, [value]]] = Object.entries(JSON.parse(cleaned)) as [[string, [string]]];
      expect(value).toBe(meant);
      expect(key).toBe(`${meant}k`);
      expect(isStorableText(value) && isStorableText(key)).toBe(true);
    }),
    { numRuns: 2000 },
  );
});

test('a text without such escapes is the same text', () => {
  const json = '{"a":"\\\\n \\u00e4 \\"","b":[1e400]}';
  expect(storableJson(json)).toBe(json);
});
