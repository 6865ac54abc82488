import { describe, expect, test } from 'vitest';
import type { TdpClient } from '../../../src/source/tdp/client.ts';
import { hitOf } from '../../hits.ts';
import { connect, everythingIn, failureOf, SIGNATURE, TOKEN } from './local-client.ts';
import { serve } from './local-server.ts';

/** Nothing about it looks like a token. */
const SECRET = 'opaque service token, no. 4711';
const redact = (text: string): string => text.replaceAll(SECRET, '[redacted]');
const QUERY = { filter: [] };

/** What a request fails with when everything is answered so. */
async function failure(
  status: number,
  body: string,
  ask: (client: TdpClient) => Promise<unknown> = (client) => client.page(QUERY, undefined, 1),
  headers: Readonly<Record<string, string>> = {},
): Promise<string> {
  await using server = await serve((_request, response) => {
    response.writeHead(status, headers).end(body);
  });
  await using local = connect(server.url, { redact, retry: { attempts: 2 } });
  const error = await failureOf(ask(local.client));
  const retried = local.exchanges.map(({ retry }) => retry?.error.message).join(' ');
  return `${error.message} ${retried} ${error.stack}`;
}

describe('a secret that a server echoes is in no message', () => {
  test.each([400, 403, 404, 418, 429, 500, 503])('%d to a search', async (status) => {
    const said = await failure(status, JSON.stringify({ message: `wrong: ${SECRET}!` }));
    expect(said).toContain('wrong: [redacted]!');
    expect(said).not.toContain(SECRET);
  });

  test.each([403, 500])('%d to a retrieval', async (status) => {
    const ask = (client: TdpClient): Promise<unknown> => client.retrieve(hitOf('f'));
    const said = await failure(status, `<html><b>wrong</b> ${SECRET}</html>`, ask);
    expect(said).toContain('wrong [redacted]');
    expect(said).not.toContain(SECRET);
  });

  test('wherever the message is cut, no part of it is left', async () => {
    for (let before = 480; before <= 500; before += 1) {
      const said = await failure(
        403,
        JSON.stringify({ message: `${'x'.repeat(before)}${SECRET}` }),
      );
      expect(said).not.toContain('opaque');
    }
    for (let before = 16_360; before <= 16_384; before += 3) {
      const said = await failure(403, `<p ${'x'.repeat(before - 4)}>${SECRET}`);
      expect(said).not.toContain('opaque');
    }
  });

  test('in the type of a page that is no JSON', async () => {
    const said = await failure(200, '<html>', undefined, { 'content-type': `text/${SECRET}` });
    expect(said).toContain('is not JSON (text/[redacted])');
    expect(said).not.toContain(SECRET);
  });
});

describe('what looks like a secret is in no message, known or not', () => {
  const url = `https://bucket.s3.amazonaws.com/key?X-Amz-Credential=AKIA&${SIGNATURE}`;
  test.each([
    ['a token', TOKEN],
    ['a token that was cut', TOKEN.slice(0, 19)],
    ['a token of another kind', 'Bearer abc123.def-456'],
    ['user and password', 'Authorization: Basic dXNlcjpwYXNz'],
    ['a presigned URL', url],
    ['a presigned URL within JSON', JSON.stringify(url).replaceAll('/', '\\/')],
    ['a presigned URL within a URL', encodeURIComponent(url)],
    ['a part of a presigned URL', `/key?X-Amz-Credential=AKIA&${SIGNATURE}`],
    ['a part of a part', `X-Amz-Security-Token=abc123.def-456 ${SIGNATURE}`],
    ['one of another cloud', 'blob?sv=2024&sig=5ec2e7%3D Signature=abc123.def-456'],
  ])('%s', async (_what, text) => {
    for (const body of [text, JSON.stringify({ message: `not ${text} here` })]) {
      const said = await failure(403, body);
      for (const part of ['eyJhb', 'abc123', 'dXNlcjp', '5ec2e7', 'AKIA'])
        expect(said).not.toContain(part);
    }
  });
});

test('the content of a file and the hits of a search stay as they are', async () => {
  await using server = await serve((request, response) => {
    const hits = { hits: { hits: [{ _source: { fileId: 'f', filePath: SECRET } }] } };
    response.end(request.method === 'POST' ? JSON.stringify(hits) : JSON.stringify([SECRET]));
  });
  await using local = connect(server.url, { redact, download: 'direct' });
  expect((await local.client.page(QUERY, undefined, 1))[0]?.filePath).toBe(SECRET);
  expect(String(await local.client.retrieve(hitOf('f')))).toBe(JSON.stringify([SECRET]));
  expect(everythingIn(local.exchanges)).not.toContain(SECRET);
});
