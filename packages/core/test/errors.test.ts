import { expect, test } from 'vitest';
import { redacted, SyncError } from '../src/errors.ts';

const redact = (text: string): string => text.replaceAll('secret', '[redacted]');

test('a message ends with where in the file, which stands by itself as well', () => {
  const error = new SyncError('DOCUMENT_INVALID', 'It is no JSON.', { where: 'At byte 1.' });
  expect(error).toMatchObject({ reason: 'It is no JSON.', where: 'At byte 1.' });
  expect(error.message).toBe('It is no JSON. At byte 1.');
  expect(new SyncError('DOCUMENT_INVALID', 'It is no JSON.').message).toBe('It is no JSON.');
});

test('a redacted error is the same in all else, and holds no secret anywhere', () => {
  const cause = new Error('why');
  const options = { retryable: true, status: 403, retryAfterMs: 7, storageCode: 'AccessDenied' };
  const error = new SyncError('ACCESS_DENIED', 'no secret', {
    ...options,
    cause,
    where: 'a secret',
  });
  const clean = redacted(error, redact);
  expect(clean).toMatchObject({ code: 'ACCESS_DENIED', cause, ...options });
  expect([clean.reason, clean.where]).toEqual(['no [redacted]', 'a [redacted]']);
  expect(clean.message).toBe('no [redacted] a [redacted]');
  const innocent = new SyncError('ACCESS_DENIED', 'no', { where: 'there' });
  expect(redacted(innocent, redact)).toBe(innocent);
});
