import { expect, test } from 'vitest';
import type { Presence } from '../../../src/source/source.ts';
import { connect, failureOf } from './local-client.ts';
import { json, serve } from './local-server.ts';

/** Asks for a file whose record, and whose versions, are answered like this: a status or a body. */
async function presenceWhen(record: unknown, versions: unknown = 500): Promise<Presence> {
  await using tdp = await serve((request, response) => {
    const answer = request.url?.endsWith('/versions') ? versions : record;
    if (typeof answer === 'number') json(response, { message: 'as told' }, answer);
    else json(response, answer);
  });
  await using local = connect(tdp.url);
  return await local.client.presence('f 1');
}

test.each([
  ['a record', { fileId: 'f 1', deleted: false, outdated: false }, undefined, 'present'],
  ['a record of before the flags', { fileId: 'f 1' }, undefined, 'present'],
  ['a deleted record', { deleted: true, outdated: true }, undefined, 'gone'],
  ['no record', 404, undefined, 'gone'],
  ['a record that is gone', 410, undefined, 'gone'],
  ['a record that may not be read', 403, undefined, 'unknown'],
  ['a refused question', 400, undefined, 'unknown'],
  [
    'a superseded record with a current version',
    { outdated: true },
    [{ outdated: true }, {}],
    'superseded',
  ],
  [
    'a superseded record whose newest is deleted',
    { outdated: true },
    [{ outdated: true }, { deleted: true }],
    'gone',
  ],
  ['a superseded record without the newest', { outdated: true }, [{ outdated: true }], 'gone'],
  ['a superseded record and no versions', { outdated: true }, 404, 'unknown'],
  ['a superseded record and no list', { outdated: true }, {}, 'unknown'],
] as const)('%s', async (_what, record, versions, presence) => {
  expect(await presenceWhen(record, versions)).toBe(presence);
});

test('a failing TDP is not taken for an answer', async () => {
  expect(await failureOf(presenceWhen(503))).toMatchObject({ code: 'SOURCE_UNAVAILABLE' });
  expect(await failureOf(presenceWhen({ outdated: true }, 502))).toMatchObject({
    code: 'SOURCE_UNAVAILABLE',
  });
});

test.each([
  ['a service user', { email: 'a@b', type: 'service-user', id: '1' }, 'a@b (service-user)'],
  ['a user without an address', { id: '1' }, '1'],
  ['nothing of use', { email: 5 }, undefined],
  ['a TDP that does not tell', 404, undefined],
  ['a token that may not ask', 403, undefined],
] as const)('the token is %s', async (_what, answer, who) => {
  await using tdp = await serve((request, response) => {
    expect(request.url).toBe('/v1/users/me');
    if (typeof answer === 'number') json(response, { message: 'as told', email: 'no@one' }, answer);
    else json(response, answer);
  });
  await using local = connect(tdp.url);
  expect(await local.client.whoami()).toBe(who);
});
