import { expect, test } from 'vitest';
import type { Credentials } from '../../../src/source/tdp/credentials.ts';
import { tokenExpiryMs } from '../../../src/source/tdp/credentials.ts';
import { connect, everythingIn, failureOf, TOKEN } from './local-client.ts';
import { json, type LocalServer, serve } from './local-server.ts';

const QUERY = { filter: [] };

/** A TDP that takes one token only. */
function guarded(good: () => string): Promise<LocalServer> {
  return serve((request, response) => {
    if (request.headers['ts-auth-token'] === good()) json(response, { hits: { hits: [] } });
    else json(response, { message: `Invalid token ${TOKEN}` }, 401);
  });
}

/** Gives one after the other, and the last one again. */
function reader(...tokens: readonly string[]): {
  read: () => Promise<Credentials>;
  reads: () => number;
} {
  let reads = 0;
  const read = async (): Promise<Credentials> => {
    const token = tokens[Math.min(reads, tokens.length - 1)] ?? '';
    reads += 1;
    return { token, org: 'acme' };
  };
  return { read, reads: () => reads };
}

test('after 401 the credentials are read again, and the same request succeeds', async () => {
  await using server = await guarded(() => 'new');
  const { read, reads } = reader('old', 'new');
  await using local = connect(server.url, { credentials: read });
  expect(await local.client.page(QUERY, undefined, 1)).toEqual([]);
  expect(await local.client.page(QUERY, undefined, 1)).toEqual([]);
  expect(reads()).toBe(2);
  expect(server.received.map(({ headers }) => headers['ts-auth-token'])).toEqual([
    ...['old', 'new', 'new'],
  ]);
  expect(local.slept).toEqual([]);
});

test('many requests that are refused at once share one reading', async () => {
  await using server = await guarded(() => 'new');
  const { read, reads } = reader('old', 'new');
  await using local = connect(server.url, { credentials: read });
  await Promise.all(Array.from({ length: 16 }, () => local.client.page(QUERY, undefined, 1)));
  expect(reads()).toBe(2);
});

test.each([
  ['the same token', [TOKEN]],
  ['another that is refused too', ['old', TOKEN]],
])('%s ends it with one clear message, and no further try', async (_name, tokens) => {
  await using server = await guarded(() => 'never');
  const { read, reads } = reader(...tokens);
  await using local = connect(server.url, { credentials: read });
  const error = await failureOf(local.client.page(QUERY, undefined, 1));
  expect(error).toMatchObject({ code: 'AUTH_REJECTED', retryable: false, status: 401 });
  expect(error.message).toMatch(/refused the token \(401\).*Put a new one/);
  expect(everythingIn(error)).not.toContain(TOKEN);
  expect(reads()).toBe(2);
  expect(server.received).toHaveLength(tokens.length);
});

test('16 requests with a dead token read the file twice, not 17 times', async () => {
  await using server = await guarded(() => 'never');
  const { read, reads } = reader(TOKEN);
  await using local = connect(server.url, { credentials: read });
  const all = Array.from({ length: 16 }, () => local.client.page(QUERY, undefined, 1));
  for (const result of await Promise.allSettled(all))
    expect(result).toMatchObject({ status: 'rejected', reason: { code: 'AUTH_REJECTED' } });
  expect(reads()).toBe(2);
});

test('a run later, a renewed token is found', async () => {
  let good = 'first';
  let token = 'first';
  await using server = await guarded(() => good);
  await using local = connect(server.url, { credentials: async () => ({ token, org: 'acme' }) });
  await local.client.page(QUERY, undefined, 1);
  good = 'second';
  expect(await failureOf(local.client.page(QUERY, undefined, 1))).toMatchObject({ status: 401 });
  token = 'second';
  expect(await local.client.page(QUERY, undefined, 1)).toEqual([]);
});

test('a failed reading is not kept', async () => {
  await using server = await guarded(() => 'good');
  let reads = 0;
  const credentials = async (): Promise<Credentials> => {
    reads += 1;
    if (reads === 1) throw new Error('the file is being written');
    return { token: 'good', org: 'acme' };
  };
  await using local = connect(server.url, { credentials });
  expect((await failureOf(local.client.page(QUERY, undefined, 1))).message).toContain('written');
  expect(await local.client.page(QUERY, undefined, 1)).toEqual([]);
});

test.each([
  { token: 'a\n', org: 'acme' },
  { token: 'a', org: '' },
  { token: 'tök', org: 'acme' },
])('credentials that no header can hold are refused before anything is sent', async (bad) => {
  await using server = await guarded(() => 'good');
  await using local = connect(server.url, { credentials: async () => bad });
  const error = await failureOf(local.client.page(QUERY, undefined, 1));
  expect(error).toMatchObject({ code: 'CREDENTIALS_UNREADABLE' });
  expect(server.received).toEqual([]);
});

test('the expiry of a token is read from its claim, where there is one', () => {
  const jwt = (claims: unknown): string =>
    `x.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.y`;
  expect(tokenExpiryMs(jwt({ exp: 1_700_000_000 }))).toBe(1_700_000_000_000);
  for (const token of [jwt({}), jwt({ exp: 'soon' }), jwt(null), 'x.y.z', 'opaque', ''])
    expect(tokenExpiryMs(token)).toBeUndefined();
});
