import { checkRow, checkValue } from '@tdp-sync/sink';
import { expect, test } from 'vitest';
import { attributesOf, hitOfAttributes } from '../../src/attributes.ts';
import { SyncError } from '../../src/errors.ts';
import type { FileHit } from '../../src/file.ts';
import {
  defaultFailureBudget,
  OutageDetector,
  retryDelayOfFileMs,
} from '../../src/source/failures.ts';
import { readHit } from '../../src/source/tdp/hit.ts';
import { filesRow, filesTable } from '../../src/tables/files-table.ts';
import { documentTransform, jsonText } from '../../src/transform/document.ts';
import { hitOf } from '../hits.ts';
import { fc } from '../property.ts';
import { everythingIn } from '../source/tdp/local-client.ts';

test('whatever TDP says of a file, its row fits the table', () => {
  const any = fc.anything({ withNullPrototype: false });
  const text = fc.oneof(fc.string({ unit: 'binary' }), fc.constant('2026-01-01T00:00:00Z'));
  const sources = fc.record({
    ...{ fileId: fc.uuid(), filePath: text, category: text, ids: text, createdAt: text },
    ...{ indexedAt: text, traceId: fc.oneof(any, text), deleted: any },
    file: fc.record({ path: text, bucket: text, size: fc.oneof(fc.double(), fc.nat(), any) }),
    ...{ labels: fc.jsonValue(), metadata: fc.dictionary(text, text), tags: fc.array(text) },
  });
  fc.assert(
    fc.property(sources, fc.integer({ min: 0, max: 4e12 }), (source, syncedAtMs) => {
      const hit = readHit(source);
      if (hit === undefined) throw new Error('no hit');
      const row = filesRow(hit, { status: 'loaded', loadedFileId: hit.fileId, syncedAtMs });
      // A copy: of the row itself checkRow would look at nothing but its length.
      checkRow(filesTable('lab'), [...row]);
    }),
  );
});

test('the namespace is what stands before the slash', () => {
  const at = filesTable('lab').columns.findIndex(({ name }) => name === 'ids_namespace');
  const namespace = (ids: string | undefined): unknown =>
    filesRow(hitOf('f', { ids }), { status: 'loaded', loadedFileId: 'f', syncedAtMs: 0 })[at];
  expect(namespace('common/cell-counter:v8.0.0')).toBe('common');
  for (const ids of ['/x:v1', 'x:v1', '', undefined]) expect(namespace(ids)).toBeNull();
});

const FILE: FileHit = hitOf('f1');

test('a document is kept to the letter, but for a byte order mark', async () => {
  const json = ' {"b":1.50,"a":[1e400,12345678901234567890]} ';
  expect(jsonText(FILE, Buffer.from(`\uFEFF${json}`))).toBe(json);
  const { declared, extract } = documentTransform('lab');
  const { tables } = await extract(FILE, Buffer.from('{"a":"\\u0000"}'), AbortSignal.timeout(1000));
  const [row] = tables[0]?.rows ?? [];
  const [column] = declared[0]?.columns ?? [];
  if (column === undefined) throw new Error('no column');
  checkValue('lab', column, row?.[0]);
});

test('what the files table says of a file gives its attributes again', () => {
  const text = fc.option(fc.string({ unit: 'binary' }), { nil: undefined });
  const time = fc.option(
    fc.date({ noInvalidDate: true, min: new Date(0) }).map((date) => date.toISOString()),
    { nil: undefined },
  );
  const hits = fc.record({
    ...{ fileId: fc.uuid(), path: text, bucket: text, filePath: text, category: text },
    ids: fc.constantFrom(undefined, 'common/cell-counter:v8.0.0', 'private-a/b:v1.0.0'),
    ...{ idsType: text, idsVersion: text, sourceName: text, traceId: text, rawFileId: text },
    size: fc.option(fc.nat(), { nil: undefined }),
    labels: fc.option(fc.json().map((json): unknown => JSON.parse(json))),
    ...{ createdAt: time, indexedAt: time },
  });
  fc.assert(
    fc.property(hits, (given) => {
      const row = attributesOf({ ...hitOf(given.fileId), ...given });
      expect(attributesOf(hitOfAttributes(row))).toEqual(row);
    }),
  );
});

test.each([
  ['no UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), /not UTF-8/],
  [
    'broken JSON',
    Buffer.from('{"patient":"Smith",}'),
    /a comma stands before a closing bracket\. At byte 18, line 1: ","\./,
  ],
  ['half a JSON', Buffer.from('{"patient":"Smith"'), /./],
  ['nothing', Buffer.alloc(0), /./],
  ['two documents', Buffer.from('{}{}'), /./],
])('%s is an invalid document, and its content is not in the error', (_name, content, reason) => {
  let error: unknown;
  try {
    jsonText(FILE, content);
  } catch (caught) {
    error = caught;
  }
  expect(error).toMatchObject({ code: 'DOCUMENT_INVALID', retryable: false });
  expect((error as Error).message).toMatch(reason);
  expect((error as Error).message).toContain('/f1.json (fileId f1)');
  expect(everythingIn(error)).not.toMatch(/patient|Smith/);
});

test('the wait of a failed file grows from five minutes to a day', () => {
  expect([1, 2, 3].map(retryDelayOfFileMs)).toEqual([300_000, 900_000, 2_700_000]);
  for (const attempts of [7, 100, 4999]) expect(retryDelayOfFileMs(attempts)).toBe(86_400_000);
});

test('an outage is many in a row, or a large share; what TDP answers properly is none', () => {
  const ill = new SyncError('SOURCE_UNAVAILABLE', 'x');
  const gone = new SyncError('FILE_NOT_FOUND', 'x');
  const seen = (retrievals: readonly ('succeeded' | SyncError)[]): number => {
    const detector = new OutageDetector(defaultFailureBudget);
    for (const [index, retrieval] of retrievals.entries()) {
      const failure =
        retrieval instanceof Error ? { file: hitOf('f'), error: retrieval } : retrieval;
      if (!detector.observe(failure)) continue;
      expect(detector.outage(0)).toMatchObject({ code: 'SOURCE_OUTAGE', cause: ill });
      return index + 1;
    }
    return 0;
  };
  const times = (
    count: number,
    ...parts: readonly ('succeeded' | SyncError)[]
  ): readonly ('succeeded' | SyncError)[] => Array.from({ length: count }, () => parts).flat();
  expect(seen(times(20, ill))).toBe(10);
  expect(seen(times(50, gone))).toBe(0);
  expect(seen(times(50, 'succeeded', ill))).toBe(0);
  expect(seen(times(50, ill, ill, 'succeeded'))).toBe(20);
});
