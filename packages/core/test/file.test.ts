import { expect, test } from 'vitest';
import { describeFile, fileKey } from '../src/file.ts';
import { fc } from './property.ts';

test('the id is 32 hex digits of the S3 key, whatever the version', () => {
  // printf 'bucket\norg/source/IDS/a.json' | sha256sum
  const key = fileKey({ bucket: 'bucket', path: 'org/source/IDS/a.json', fileId: 'v1' });
  expect(key).toBe('7919d993154760f8be0541276fb21758');
  expect(fileKey({ bucket: 'bucket', path: 'org/source/IDS/a.json', fileId: 'v2' })).toBe(key);
});

test('other places have other ids', () => {
  const places = fc.record({
    bucket: fc.option(fc.string({ maxLength: 5 }), { nil: undefined }),
    path: fc.string({ maxLength: 5 }),
    fileId: fc.uuid(),
  });
  fc.assert(
    fc.property(places, places, (a, b) => {
      expect(fileKey(a)).toMatch(/^[0-9a-f]{32}$/);
      const same = (a.bucket ?? '') === (b.bucket ?? '') && a.path === b.path;
      const ambiguous = `${a.bucket}${b.bucket}`.includes('\n');
      if (!ambiguous) expect(fileKey(a) === fileKey(b)).toBe(same);
    }),
  );
});

test('without an S3 key the fileId is the id', () => {
  const file = { bucket: 'b', path: undefined, fileId: 'f1' };
  expect(fileKey(file)).not.toBe(fileKey({ ...file, fileId: 'f2' }));
  expect(fileKey(file)).toBe(fileKey({ ...file, bucket: undefined }));
});

test('a message names the path where there is one', () => {
  expect(describeFile({ filePath: '/a', path: 'o/s/RAW/a', fileId: 'f' })).toBe('/a (fileId f)');
  expect(describeFile({ filePath: undefined, path: 'o/a', fileId: 'f' })).toBe('o/a (fileId f)');
  expect(describeFile({ filePath: undefined, path: undefined, fileId: 'f' })).toBe('file f');
});
