import { checkValue } from '@tdp-sync/sink';
import { expect, test } from 'vitest';
import { documentTransform, parseBoth, parseText } from '../../src/transform/document.ts';
import { hitOf } from '../hits.ts';
import { fc } from '../property.ts';

const DOCUMENT = { name: 'document', type: 'json' } as const;
const FILE = hitOf('a');

/** Texts that are JSON, nearly JSON, or anything else, with the escapes that databases refuse among them. */
const contents = fc.oneof(
  fc.json(),
  fc
    .array(
      fc.constantFrom(
        ...[
          '\\u0000',
          '\\ud83e',
          '\\udDea',
          '\\\\',
          '\\"',
          '\\u00e9',
          'é',
          '\u{1f9ea}',
          '\\',
          '"',
          '\0',
          '\n',
        ],
      ),
    )
    .map((parts) => `{"a":["${parts.join('')}"]}`),
  fc
    .array(fc.constantFrom('{', '}', '[', ']', ',', ':', '"a"', '1', '01', 'NaN', ' ', '\uFEFF'))
    .map((parts) => parts.join('')),
);

test('whatever becomes a document is vouched for with reason: it is JSON that every sink takes', async () => {
  const transform = documentTransform('docs');
  let taken = 0;
  await fc.assert(
    fc.asyncProperty(contents, async (text) => {
      const content = Buffer.from(text);
      const extract = await transform
        .extract(FILE, content, new AbortController().signal)
        .catch(() => undefined);
      if (extract === undefined) return;
      taken += 1;
      const texts = [...(extract.tables[0]?.rows ?? [])].map(([json]) => json);
      expect(texts).toHaveLength(1);
      for (const json of [...texts, parseText(FILE, content).text, parseBoth(FILE, content).text])
        checkValue('docs', DOCUMENT, json);
    }),
  );
  expect(taken).toBeGreaterThan(100);
});

test.each([
  ['broken JSON', Buffer.from('{"a":}')],
  ['two texts', Buffer.from('{} {}')],
  ['bytes that are not UTF-8', Buffer.from([0x22, 0xff, 0x22])],
  ['nothing', Buffer.alloc(0)],
])('%s is no document', async (_, content) => {
  const extract = documentTransform('docs').extract(FILE, content, new AbortController().signal);
  await expect(extract).rejects.toMatchObject({ code: 'DOCUMENT_INVALID' });
});
