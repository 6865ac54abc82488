import { describe, expect, test } from 'vitest';
import type { FileHit } from '../../src/file.ts';
import { autoTransform } from '../../src/transform/auto/auto.ts';
import { documentTransform } from '../../src/transform/document.ts';
import { mappingTransform } from '../../src/transform/mapping/mapping.ts';
import { withoutNan } from '../../src/transform/nan.ts';
import { type ReadingOptions, reading } from '../../src/transform/reading.ts';
import { topLevelTexts } from '../../src/transform/top-level.ts';
import type { Transform } from '../../src/transform/transform.ts';
import { userTransform } from '../../src/transform/user/user.ts';
import { hitOf } from '../hits.ts';
import { fc } from '../property.ts';

const NO_IDS = { ids: undefined, idsType: undefined };
const tables = { peaks: { columns: { value: 'value as float64', raw: 'value as string' } } };
const TRANSFORMS: readonly (readonly [string, Transform])[] = [
  ['whole documents', documentTransform('docs')],
  ['auto', autoTransform({ fallbackName: 'docs', uuids: false, keepDocument: 'docs' })],
  ['a mapping', mappingTransform(tables, { keepDocument: 'docs' })],
  [
    'a transform of the user’s',
    userTransform(
      {
        tables: { rows: { value: 'json', text: 'string' } },
        rows: (_file, document, text) => ({ rows: [{ value: document.value, text }] }),
      },
      { fingerprint: 'x', url: 'file:///x', keepDocument: 'docs' },
    ),
  ],
];

/** All cells that a file becomes, as text. */
async function cells(
  transform: Transform,
  content: string | Buffer,
  options: ReadingOptions,
  hit: Partial<FileHit> = NO_IDS,
): Promise<string> {
  const file = hitOf('f', hit);
  const signal = new AbortController().signal;
  const given = Buffer.from(content);
  const { tables: made } = await reading(transform, options).extract(file, given, signal);
  return made.flatMap(({ rows }) => [...rows].flat().map((cell) => JSON.stringify(cell))).join(' ');
}

const CONTENT =
  '{"value":NaN,"n":"NaN, \\"Infinity","l":[-Infinity , Infinity],"exact":12345678901234567890.10}';

describe.each(TRANSFORMS)('%s', (name, transform) => {
  test('fails by default, and says why and where', async () => {
    const error = cells(transform, CONTENT, {});
    await expect(error).rejects.toMatchObject({
      code: 'DOCUMENT_INVALID',
      where: 'At byte 9, line 1: "NaN".',
    });
    await expect(error).rejects.toThrow(/it holds NaN, .*the setting nan/);
  });

  test('has null in their place, and all else to the letter', async () => {
    const said = await cells(transform, CONTENT, { nan: 'null' });
    const whole = CONTENT.replace(':NaN', ':null').replace(
      '[-Infinity , Infinity]',
      '[null , null]',
    );
    expect(said).toContain(JSON.stringify(whole));
    if (name !== 'whole documents') expect(said).toContain('null ');
  });

  test('has texts in their place', async () => {
    const said = await cells(transform, CONTENT, { nan: 'text' });
    const whole = CONTENT.replace(':NaN', ':"NaN"').replace(
      '[-Infinity , Infinity]',
      '["-Infinity" , "Infinity"]',
    );
    expect(said).toContain(JSON.stringify(whole));
    if (name === 'a mapping') expect(said).toContain('"NaN"');
  });

  test('takes a document of the type that TDP names, and no other', async () => {
    const right =
      '{"@idsType":"cell-counter","@idsNamespace":"common","@idsVersion":"v9.0.0","value":1}';
    await expect(cells(transform, right, {}, {})).resolves.toContain('1');
    const wrong = cells(transform, '{"message":"Internal server error"}', {}, {});
    await expect(wrong).rejects.toMatchObject({ code: 'DOCUMENT_INVALID', where: undefined });
    await expect(wrong).rejects.toThrow(/has no "@idsType".*a gateway.*checkIds: false/);
    await cells(transform, '{"message":"Internal server error"}', { checkIds: false }, {});
  });

  test('keeps its fingerprint and what it declares', () => {
    const { extract: _, ...kept } = reading(transform, { nan: 'text', checkIds: false });
    const { extract: __, ...own } = transform;
    expect(kept).toEqual(own);
  });
});

describe('of the type that TDP names', () => {
  const [, document] = TRANSFORMS[0] ?? [];
  const judged = (content: string, hit: Partial<FileHit> = {}): Promise<string> =>
    document === undefined ? Promise.reject(new Error('none')) : cells(document, content, {}, hit);

  test.each([
    ['{"@idsType":"cell-counter"}', {}],
    [' \n{"a":{"@idsType":"x"},"b":["}",{}],"c":"\\"","@idsType" : "cell-counter"}', {}],
    ['\uFEFF{"\\u0040idsType":"cell\\u002dcounter"}', {}],
    ['{"@idsType":"cell-counter","@idsNamespace":"common"}', {}],
    ['{"@idsType":"cell-counter","@idsNamespace":"other"}', { ids: undefined }],
    ['{"@idsType":"cell-counter"}', { idsType: undefined }],
    ['{"@idsType":"cell-counter","@idsVersion":"v1.0.0"}', {}],
    ['{"@idsType":"a:b/\\n"}', { ids: 'common/a:b/\n:v1.0.0', idsType: undefined }],
    ['{"message":"no"}', { ids: 'none', idsType: undefined }],
    ['{"message":"no"}', NO_IDS],
    ['[]', NO_IDS],
  ])('%s is taken', async (content, hit) => {
    await expect(judged(content, hit)).resolves.toBeTypeOf('string');
  });

  test.each([
    ['{"@idsType":"plate-reader"}', {}, 'its "@idsType" is another'],
    ['{"@idsType":"Cell-Counter"}', {}, 'its "@idsType" is another'],
    ['{"@idsType":"plate-reader"}', { idsType: undefined }, 'its "@idsType" is another'],
    ['{"@idsType":"cell-counter","@idsNamespace":"Common"}', {}, 'its "@idsNamespace" is another'],
    ['{"@idsType":7}', {}, 'it has no "@idsType"'],
    ['{"a":{"@idsType":"cell-counter"}}', {}, 'it has no "@idsType"'],
    ['{"a":"\\"@idsType\\":\\"cell-counter\\""}', {}, 'it has no "@idsType"'],
    ['[{"@idsType":"cell-counter"}]', {}, 'it has no "@idsType"'],
    ['{}', {}, 'it has no "@idsType"'],
    ['"text"', {}, 'it has no "@idsType"'],
  ])('%s is not', async (content, hit, why) => {
    const error = judged(content, hit);
    await expect(error).rejects.toMatchObject({ code: 'DOCUMENT_INVALID' });
    await expect(error).rejects.toThrow(why);
    await expect(error).rejects.not.toThrow('plate-reader');
  });

  test('what is no JSON is told as that', async () => {
    for (const content of ['{"a":1', '', '{"a":{"b":}', '<html>'])
      await expect(judged(content)).rejects.toThrow('cannot become a document');
  });
});

test('the top level is read as JSON.parse reads it', () => {
  const names = ['a', '@b'];
  const documents = fc.dictionary(fc.constantFrom('a', '@b', 'c', ''), fc.jsonValue());
  fc.assert(
    fc.property(documents, fc.constantFrom(0, 1), (document, indent) => {
      const found = topLevelTexts(Buffer.from(JSON.stringify(document, null, indent)), names);
      const expected = names.filter((name) => typeof document[name] === 'string');
      expect([...found.keys()].sort()).toEqual(expected.sort());
      for (const name of expected) expect(found.get(name)).toBe(document[name]);
    }),
  );
});

describe('NaN is replaced', () => {
  const numbers = fc.constantFrom('NaN', 'Infinity', '-Infinity');
  const nested = fc.letrec<{ value: string }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      numbers,
      fc.constantFrom('1', 'null', '-0', '1.10', '12345678901234567890'),
      fc.string().map((text) => JSON.stringify(`${text}NaN"\\`)),
      fc.constantFrom('"[NaN,"', '": Infinity ,"', '"\\\\"', '"\\",-Infinity]"'),
      fc.array(tie('value')).map((items) => `[${items.join(' , ')}]`),
      fc
        .array(fc.tuple(fc.constantFrom('"NaN"', '"-Infinity"', '"a\\""'), tie('value')))
        .map((pairs) => `{${pairs.map((pair) => pair.join(' :\n')).join(',')}}`),
    ),
  })).value;

  test('wherever it is a value, and nowhere else', () => {
    let replaced = 0;
    fc.assert(
      fc.property(nested, fc.constantFrom('', '\uFEFF', ' \n'), (text, before) => {
        for (const policy of ['null', 'text'] as const) {
          const result = withoutNan(Buffer.from(before + text), policy).toString('utf8');
          // Strings are taken out, so that what is left can be replaced blindly.
          const expected = (before + text).replace(
            /"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g,
            (one) => (one.startsWith('"') ? one : policy === 'null' ? 'null' : `"${one}"`),
          );
          expect(result).toBe(expected);
          expect(() => JSON.parse(result.replace(/^\uFEFF/, ''))).not.toThrow();
          if (result !== before + text) replaced += 1;
        }
      }),
      { numRuns: 500 },
    );
    expect(replaced).toBeGreaterThan(100);
  });

  test.each([
    ['{NaN:1}', 1, '"NaN"'],
    ['{"a":1,NaN:2}', 7, '"NaN"'],
    ['[NaNs]', 1, 'a letter'],
    ['[1NaN]', 2, '"NaN"'],
    ['[-NaN]', 1, '"-NaN"'],
    ['[--Infinity]', 1, '"-"'],
    ['[nan]', 1, 'a letter'],
    ['[NaN,\n,Infinity]', 6, '","'],
    ['[-Infinity,+1]', 11, '"+"'],
  ])('not where there is another fault: %s', async (content, at, stands) => {
    for (const nan of ['null', 'text'] as const) {
      const [, transform] = TRANSFORMS[0] ?? [];
      if (transform === undefined) throw new Error('none');
      const error = cells(transform, content, { nan });
      await expect(error).rejects.toMatchObject({
        where: expect.stringMatching(new RegExp(`^At byte ${at}, line \\d: `)),
      });
      await expect(error).rejects.toThrow(`: ${stands}.`);
    }
  });

  test('and content without it is not copied', () => {
    for (const text of ['{"a":1}', '{"a":"NaN"}', '"Infinity"']) {
      const content = Buffer.from(text);
      expect(withoutNan(content, 'null')).toBe(content);
    }
  });
});
