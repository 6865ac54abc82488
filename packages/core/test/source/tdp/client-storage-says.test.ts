import { describe, expect, test } from 'vitest';
import { redacted, type SyncError } from '../../../src/errors.ts';
import { hitOf } from '../../hits.ts';
import { connect, everythingIn, failureOf, SIGNATURE, TOKEN } from './local-client.ts';
import { json, serve } from './local-server.ts';

/** What a file fails with when the storage answers so to its presigned URL. */
async function failure(status: number, body: string): Promise<SyncError> {
  await using s3 = await serve((_request, response) => void response.writeHead(status).end(body));
  await using tdp = await serve((_request, response) =>
    json(response, { url: `${s3.url}/bucket/f1?${SIGNATURE}` }),
  );
  const redact = (text: string): string => text.replaceAll('opaque', '[redacted]');
  await using local = connect(tdp.url, { retry: { attempts: 1 }, redact });
  return (await failureOf(local.client.retrieve(hitOf('f1')))) as SyncError;
}

const xml = (code: string, message: string, more = ''): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message>${more}<RequestId>R47</RequestId></Error>`;

describe('what the storage says of a refusal is told in its own code', () => {
  test.each([
    [403, xml('AccessDenied', 'Request has expired'), '403 (AccessDenied: Request has expired)'],
    [
      403,
      xml('InvalidObjectState', 'The operation is not valid for the object&apos;s storage class'),
      "403 (InvalidObjectState: The operation is not valid for the object's storage class)",
    ],
    [
      400,
      xml('KMS.DisabledException', 'arn:aws:kms:eu-west-1:47110815:key/5ec2e7 is disabled.'),
      '400 (KMS.DisabledException)',
    ],
    [
      503,
      xml('SlowDown', 'Please reduce your request rate.'),
      '503 (SlowDown: Please reduce your request rate)',
    ],
    // As Azure has it: a byte order mark before it, and its request in the message.
    [
      403,
      `\uFEFF${xml('AuthenticationFailed', 'Failed.\nRequestId:5ec2e7')}`,
      '403 (AuthenticationFailed)',
    ],
    [403, '<Error xmlns="http://s3/"><Code> AccessDenied </Code></Error>', '403 (AccessDenied)'],
  ])('%i %s', async (status, body, told) => {
    const error = await failure(status, body);
    expect(error.message).toBe(`The storage answered ${told} to a presigned URL of TDP.`);
    expect(error).toMatchObject({ code: 'SOURCE_UNAVAILABLE', status });
    expect(error.storageCode).toBe(/\(([\w.]+)/.exec(told)?.[1]);
  });

  test.each([
    [false, 'AccessDenied', 'Access Denied'],
    [true, 'AccessDenied', 'Request has expired'],
    [false, 'InvalidObjectState', 'No'],
    [false, 'KMS.DisabledException', 'No'],
    [true, 'SlowDown', 'No'],
    [true, 'SignatureDoesNotMatch', 'No'],
  ])('a new URL is asked for (%s) after %s: %s', async (retryable, code, message) => {
    expect(await failure(403, xml(code, message))).toMatchObject({ retryable });
  });

  test.each([404, 410])('%i, where it says that there is none', async (status) => {
    const error = await failure(
      status,
      xml('NoSuchKey', 'The specified key does not exist.', '<Key>k</Key>'),
    );
    expect(error).toMatchObject({ code: 'FILE_NOT_FOUND', storageCode: 'NoSuchKey', status });
    expect(error.message).toMatch(
      new RegExp(
        `The storage says: ${status} \\(NoSuchKey: The specified key does not exist\\)\\.$`,
      ),
    );
  });

  test('and stays on an error whose message is redacted', async () => {
    const error = await failure(403, xml('AccessDenied', 'no'));
    expect(redacted(error, (text) => text.replace('403', '4')).storageCode).toBe('AccessDenied');
  });
});

describe('nothing else that it says is told', () => {
  test.each([
    ['a page of a proxy', '<html><body>AccessDenied</body></html>'],
    ['no XML at all', 'AccessDenied'],
    ['JSON', JSON.stringify({ Error: { Code: 'AccessDenied' } })],
    ['a code that is an address', xml(`http://s3/k?${SIGNATURE}`, 'no')],
    ['a code with digits', xml('5ec2e7', 'no')],
    ['a code that is very long', xml('A'.repeat(41), 'no')],
    ['a code outside of an error', '<Code>AccessDenied</Code>'],
    ['an error beyond what is looked at', ' '.repeat(20_000) + xml('AccessDenied', 'no')],
    ['nothing', ''],
  ])('%s', async (_name, body) => {
    const error = await failure(403, body);
    expect(error.message).toBe('The storage answered 403 to a presigned URL of TDP.');
    expect(error.storageCode).toBeUndefined();
  });

  test.each([
    ['an address', `See https://s3/k?${SIGNATURE}`],
    ['a token', `for ${TOKEN}`],
    ['what is known as a secret', 'for opaque words'],
    ['a key', 'no object lab/2024/private.json'],
    ['one very long word', `for ${'q'.repeat(25)}`],
    ['an escape', 'for &#x1b;[2J'],
    ['lines', 'no\nFORGED'],
    ['much', 'word '.repeat(100)],
  ])('%s in its sentence', async (_name, sentence) => {
    const error = await failure(403, xml('AccessDenied', sentence));
    expect(error.message).toBe(
      'The storage answered 403 (AccessDenied) to a presigned URL of TDP.',
    );
    expect(everythingIn(error)).not.toMatch(/X-Amz|eyJ|opaque|FORGED/);
  });

  test('a long run of words that end badly is judged at once', async () => {
    const started = performance.now();
    await failure(403, xml('AccessDenied', `${'a'.repeat(399)}!`));
    await failure(403, xml('AccessDenied', `${'a '.repeat(199)}!`));
    expect(performance.now() - started).toBeLessThan(5000);
  });
});
