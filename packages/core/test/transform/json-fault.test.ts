import { expect, test } from 'vitest';
import { jsonFault } from '../../src/transform/json-fault.ts';
import { placeIn } from '../../src/transform/place.ts';
import { fc } from '../property.ts';

function told(content: string | Buffer): string | undefined {
  const bytes = Buffer.from(content);
  const fault = jsonFault(bytes);
  return fault && `${fault.reason}. ${placeIn(bytes, fault.at)}`;
}

const NAN = 'which JSON has no number for (the setting nan says what becomes of it)';
test.each<readonly [string | Buffer, string]>([
  ['{"a":NaN}', `it holds NaN, ${NAN}. At byte 5, line 1: "NaN".`],
  ['[1,\n Infinity]', `it holds Infinity, ${NAN}. At byte 5, line 2: "Infinity".`],
  ['[-Infinity]', `it holds -Infinity, ${NAN}. At byte 1, line 1: "-Infinity".`],
  ['[-NaN]', `it holds -NaN, ${NAN}. At byte 1, line 1: "-NaN".`],
  ['{"a":[1,2,],"b":3}', 'a comma stands before a closing bracket. At byte 9, line 1: ",".'],
  ['{"a":1 , \n}', 'a comma stands before a closing bracket. At byte 7, line 1: ",".'],
  ['{"a":+1}', 'a number begins with a plus. At byte 5, line 1: "+".'],
  ['\uFEFF\uFEFF{}', 'it holds a second byte order mark. At byte 3, line 1: U+FEFF.'],
  ['[.5]', 'a number begins with a dot. At byte 1, line 1: ".".'],
  ['[1.]', 'a number has no digits where it must have some. At byte 1, line 1: a digit.'],
  ['[1e+]', 'a number has no digits where it must have some. At byte 1, line 1: a digit.'],
  ['[01]', 'a number begins with a zero. At byte 1, line 1: a digit.'],
  ['[-]', 'a minus stands without a number. At byte 1, line 1: "-".'],
  ['[1,,2]', 'a value is missing. At byte 3, line 1: ",".'],
  ['[,1]', 'a value is missing. At byte 1, line 1: ",".'],
  ['{"a":}', 'a value is missing. At byte 5, line 1: "}".'],
  ['{"a" 1}', 'a colon is missing behind a key. At byte 5, line 1: a digit.'],
  ['[1 2]', 'a comma or a bracket is missing. At byte 3, line 1: a digit.'],
  ['{"a":[1}', 'a comma or a bracket is missing. At byte 7, line 1: "}".'],
  ["{'a':1}", `a key has single quotes. At byte 1, line 1: "'".`],
  ["['a']", `a text has single quotes. At byte 1, line 1: "'".`],
  ['{a:1}', 'a key has no quotes. At byte 1, line 1: a letter.'],
  ['{,}', 'a key is missing. At byte 1, line 1: ",".'],
  ['{“a”:1}', 'a key is missing. At byte 1, line 1: U+201C.'],
  ['[1, // x\n2]', 'it holds a comment. At byte 4, line 1: "/".'],
  ['[True]', 'it holds a word that JSON does not know. At byte 1, line 1: a letter.'],
  ['[nulls]', 'it holds a word that JSON does not know. At byte 1, line 1: a letter.'],
  [
    '["a\nb"]',
    'a line break or another control character stands in a string. At byte 3, line 1: U+000A.',
  ],
  ['["a\\x"]', 'an escape stands in a string that JSON does not know. At byte 3, line 1: "\\".'],
  ['["\\u12g4"]', 'an escape stands in a string that JSON does not know. At byte 2, line 1: "\\".'],
  ['{}\n{}', 'it holds more than one JSON text. At byte 3, line 2: "{".'],
  ['{}}', 'something follows the end of its JSON. At byte 2, line 1: "}".'],
  ['{} \0', 'something follows the end of its JSON. At byte 3, line 1: U+0000.'],
  ['<html>', 'it is a web page or XML and no JSON. At byte 0, line 1: "<".'],
  ['', 'it is empty. At byte 0, line 1: the end.'],
  ['\uFEFF \n', 'it is empty. At byte 5, line 2: the end.'],
  ['{"a":', 'it ends too early. At byte 5, line 1: the end.'],
  ['[tru', 'it ends too early. At byte 4, line 1: the end.'],
  ['[1.', 'it ends too early. At byte 3, line 1: the end.'],
  ['["\\u12', 'it ends too early. At byte 6, line 1: the end.'],
  [
    Buffer.from([0x5b, 0x0a, 0x22, 0xff, 0x22, 0x5d]),
    'it is not UTF-8. At byte 3, line 2: the byte 0xff.',
  ],
  [Buffer.from('["µ"]', 'latin1'), 'it is not UTF-8. At byte 2, line 1: the byte 0xb5.'],
  [
    Buffer.from('\uFEFF{}', 'utf16le'),
    'it is UTF-16 and no JSON. At byte 0, line 1: the byte 0xff.',
  ],
  [Buffer.from('{}', 'utf16le'), 'it is UTF-16 and no JSON. At byte 0, line 1: "{".'],
  [Buffer.from('BZh91AY'), 'it is compressed with bzip2 and no JSON. At byte 0, line 1: a letter.'],
  [
    Buffer.from('PK\x03\x04'),
    'it is a zip archive or an Office file and no JSON. At byte 0, line 1: a letter.',
  ],
])('%j: %s', (content, expected) => {
  expect(told(content)).toBe(expected);
});

const pieces = fc.array(
  fc.constantFrom(
    ...[
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"\\u00',
      '41"',
      '\\"',
      '"',
      '1',
      '-',
      '0',
      '.',
      'e',
      '+',
    ],
    ...['true', 'fal', 'se', 'null', 'NaN', 'Infinity', ' ', '\n', '\uFEFF', 'é', "'", '\0', '/'],
  ),
);
const texts = fc.oneof(
  fc.json(),
  pieces.map((parts) => parts.join('')),
);

function isJson(text: string): boolean {
  try {
    JSON.parse(text.replace(/^\uFEFF/, ''));
    return true;
  } catch {
    return false;
  }
}

test('there is a fault exactly where JSON.parse finds one', () => {
  let valid = 0;
  fc.assert(
    fc.property(texts, (text) => {
      valid += isJson(text) ? 1 : 0;
      expect(told(text) === undefined).toBe(isJson(text));
    }),
    { numRuns: 5000 },
  );
  expect(valid).toBeGreaterThan(500);
});

test('whatever is cut ends too early, and nothing else does', () => {
  fc.assert(
    fc.property(fc.json(), fc.nat(), (json, at) => {
      const cut = json.slice(0, at % (json.length + 1));
      const bytes = Buffer.from(cut);
      if (isJson(cut) || !cut.isWellFormed()) return;
      const fault = jsonFault(bytes);
      expect(fault?.reason).toBe(cut.trim() === '' ? 'it is empty' : 'it ends too early');
      expect(fault?.at).toBe(bytes.length);
    }),
    { numRuns: 2000 },
  );
});

test('what is told holds nothing of the content', () => {
  const secrets = fc.constantFrom('Smith', '4711', 'S-1', 'Ünal');
  fc.assert(
    fc.property(fc.json(), secrets, fc.nat(), (json, secret, at) => {
      const place = at % (json.length + 1);
      const text = json.slice(0, place) + secret + json.slice(place);
      expect(told(text) ?? '').not.toMatch(/Smith|4711|S-1|nal/);
    }),
  );
});

test('a large one is told at once', () => {
  const numbers = `[${'9'.repeat(2_000_000)},${'1,'.repeat(500_000)}]`;
  const started = performance.now();
  expect(told(numbers)).toMatch(/a comma stands before a closing bracket/);
  expect(told(`[${' '.repeat(2_000_000)}x`)).toMatch(/a word/);
  expect(performance.now() - started).toBeLessThan(10_000);
});
