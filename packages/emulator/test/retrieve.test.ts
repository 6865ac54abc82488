import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Emulator, EmulatorResponse } from '../src/index.ts';
import { get, headers, lab, parsed, put, START } from './support.ts';

function retrieve(emulator: Emulator, fileId: string, query = ''): EmulatorResponse {
  return get(emulator, `/v1/datalake/retrieve?fileId=${fileId}${query}`);
}

function presign(emulator: Emulator, fileId: string): string {
  return parsed(retrieve(emulator, fileId, '&getPresigned=true')).url;
}

function text(response: EmulatorResponse): string {
  return Buffer.from(response.body).toString();
}

describe('presigned downloads', () => {
  it('give the stored bytes, gzipped for what pipelines made', () => {
    const { emulator } = lab();
    const file = put(emulator, 'a b+ü', { data: { n: 1 } });
    const url = presign(emulator, file.fileId);
    expect(url).toMatch(/^https:\/\/storage\.emulator\.invalid\/tdp-example-lab-datalake\//);
    expect(url).toContain('/a%20b%2B%C3%BC.json?');
    const response = get(emulator, url, {});
    expect(response.status).toBe(200);
    expect(response.headers['content-encoding']).toBe('gzip');
    expect(response.headers['etag']).toBe(`"${file.facts.etag}"`);
    expect(response.body.length).toBe(file.facts.size);
    expect(gunzipSync(response.body)).toEqual(Buffer.from(file.content));
  });

  it.each([10, 1_023, 1_024, 70_000, 200_000])('gunzip to %s bytes', (bytes) => {
    const { emulator } = lab();
    const file = put(emulator, 'a', { content: 'x'.repeat(bytes) });
    expect(gunzipSync(get(emulator, presign(emulator, file.fileId), {}).body)).toHaveLength(bytes);
  });

  it('bulk files are whole, alike in size, and different', () => {
    const { emulator } = lab();
    const files = emulator.lake.addBulk({
      count: 3,
      bytes: 4_000,
      indexedFrom: START - 9,
      indexedTo: START,
    });
    const bodies = files.map((file) =>
      gunzipSync(get(emulator, presign(emulator, file.fileId), {}).body),
    );
    for (const [index, body] of bodies.entries()) {
      expect(body).toEqual(Buffer.from(files[index]?.content ?? []));
      expect(Math.abs(body.length - 4_000)).toBeLessThan(200);
      expect(JSON.parse(body.toString())).toMatchObject({ '@idsType': 'bench-reading' });
    }
    expect(new Set(bodies.map(String)).size).toBe(3);
    expect(new Set(files.map((file) => file.facts.size)).size).toBe(1);
    expect(files[1]?.stored().bytes.length).toBe(files[1]?.facts.size);
  });

  it('RAW is stored as it came, and can be read in parts', () => {
    const { emulator } = lab();
    const file = emulator.lake.put({ path: '/r.txt', category: 'RAW', content: 'hello' });
    const url = presign(emulator, file.fileId);
    const whole = get(emulator, url, {});
    expect(whole.headers).not.toHaveProperty('content-encoding');
    expect(text(whole)).toBe('hello');
    const part = get(emulator, url, { range: 'bytes=1-3' });
    expect([part.status, text(part), part.headers['content-range']]).toEqual([
      206,
      'ell',
      'bytes 1-3/5',
    ]);
    expect(text(get(emulator, url, { range: 'bytes=-2' }))).toBe('lo');
    expect(get(emulator, url, { range: 'bytes=9-' }).status).toBe(416);
  });

  it.each([
    ['as they came', (url: string) => url],
    ['with slashes that are not escaped', (url: string) => url.replaceAll('%2F', '/')],
    [
      'with small letters in escapes',
      (url: string) => url.replace(/%../g, (one) => one.toLowerCase()),
    ],
    ['with more escaped', (url: string) => url.replaceAll('a.json', '%61%2Ejson')],
    [
      'with their parameters in another order',
      (url: string) =>
        url.replace(/\?(.*)/, (_, query: string) => `?${query.split('&').reverse().join('&')}`),
    ],
  ])('are compared decoded, %s', (_name, changed) => {
    const { emulator } = lab();
    for (const path of ['/lab a/a.json', '/x/../a.json', '/ü%2F/./a.json']) {
      const file = emulator.lake.put({ path, category: 'RAW', content: path });
      const url = presign(emulator, file.fileId);
      expect(text(get(emulator, changed(url), {}))).toBe(path);
    }
  });

  it.each([
    ['a key whose dots were resolved', (url: string) => url.replace('/x/..', '')],
    ['another key', (url: string) => url.replace('a.json', 'b.json')],
    ['a parameter more', (url: string) => `${url}&x=1`],
    ['a parameter twice', (url: string) => `${url}&X-Amz-Expires=300`],
    [
      'a longer life',
      (url: string) => url.replaceAll('%2F', '/').replace('Expires=300', 'Expires=900'),
    ],
    ['an escape that is none', (url: string) => url.replaceAll('%2F', '%2')],
    ['an empty signature', (url: string) => url.replace(/Signature=.*/, 'Signature=')],
  ])('refuse %s', (_name, changed) => {
    const { emulator } = lab();
    const file = emulator.lake.put({ path: '/x/../a.json', category: 'RAW', content: 'a' });
    const refused = get(emulator, changed(presign(emulator, file.fileId)), {});
    expect([refused.status, text(refused).includes('SignatureDoesNotMatch')]).toEqual([403, true]);
  });

  it('expire after five minutes', () => {
    const { emulator, clock } = lab();
    const url = presign(emulator, put(emulator, 'a').fileId);
    clock.pass(300_000);
    expect(get(emulator, url, {}).status).toBe(200);
    clock.pass(1_000);
    const late = get(emulator, url, {});
    expect(late.status).toBe(403);
    expect(late.headers['content-type']).toBe('application/xml');
    expect(text(late)).toContain('<Code>AccessDenied</Code><Message>Request has expired</Message>');
  });

  it('expire each in its own time', () => {
    const { emulator, clock } = lab();
    const file = put(emulator, 'a');
    const first = presign(emulator, file.fileId);
    clock.pass(200_000);
    const second = presign(emulator, file.fileId);
    const statuses = (): number[] => [first, second].map((url) => get(emulator, url, {}).status);
    expect(statuses()).toEqual([200, 200]);
    clock.pass(101_000);
    expect(statuses()).toEqual([403, 200]);
    clock.pass(200_000);
    expect(statuses()).toEqual([403, 403]);
  });

  it('open nothing but what was signed', () => {
    const { emulator } = lab();
    const url = presign(emulator, put(emulator, 'a').fileId);
    const other = put(emulator, 'b');
    expect(text(get(emulator, url.replace('a.json', 'b.json'), {}))).toContain(
      'SignatureDoesNotMatch',
    );
    expect(
      get(emulator, url.replace(/versionId=[^&]+/, `versionId=${other.versionId}`), {}).status,
    ).toBe(403);
    expect(get(emulator, url.slice(0, url.indexOf('?')), {}).status).toBe(403);
    const head = emulator.handle({ method: 'HEAD', url, headers: {}, body: new Uint8Array() });
    expect(head.status).toBe(403);
  });

  it('still open an old version, and one deleted since', () => {
    const { emulator } = lab();
    const first = put(emulator, 'a', { data: { v: 1 } });
    const url = presign(emulator, first.fileId);
    put(emulator, 'a', { data: { v: 2 } });
    emulator.lake.delete(first.fileId);
    expect(gunzipSync(get(emulator, url, {}).body).toString()).toContain('"v":1');
  });

  it('refuse a second way of authenticating, and count every leak', () => {
    const { emulator } = lab();
    const url = presign(emulator, put(emulator, 'a').fileId);
    expect(get(emulator, url, {}).status).toBe(200);
    expect(emulator.stats.leakedCredentials).toBe(0);
    expect(get(emulator, url, { authorization: `Bearer ${emulator.token}` }).status).toBe(400);
    expect(get(emulator, url, headers(emulator)).status).toBe(200);
    expect(emulator.stats.leakedCredentials).toBe(2);
  });

  it('may come under another key, by another parameter, or not at all', () => {
    const keyed = lab({ switches: { presignedKey: 'presignedUrl' } }).emulator;
    const answer = parsed(retrieve(keyed, put(keyed, 'a').fileId, '&getPresigned=True'));
    expect(Object.keys(answer)).toEqual(['presignedUrl']);
    const named = lab({ switches: { presignedParameter: 'preSigned' } }).emulator;
    const id = put(named, 'a').fileId;
    expect(parsed(retrieve(named, id, '&preSigned=true'))).toHaveProperty('url');
    expect(parsed(retrieve(named, id, '&getPresigned=true'))).toHaveProperty('@idsType');
    const none = lab({ switches: { presignedParameter: 'none' } }).emulator;
    expect(parsed(retrieve(none, put(none, 'a').fileId, '&getPresigned=true'))).toHaveProperty(
      '@idsType',
    );
  });
});

describe('retrieve', () => {
  it.each([
    ['decoded', undefined, false],
    ['gzip', 'gzip', true],
    ['gzip-no-header', undefined, true],
  ] as const)('answers the bytes %s', (directGzip, encoding, packed) => {
    const { emulator } = lab({ switches: { directGzip } });
    const response = retrieve(emulator, put(emulator, 'a').fileId);
    expect(response.headers['content-encoding']).toBe(encoding);
    const body = packed ? gunzipSync(response.body) : Buffer.from(response.body);
    expect(JSON.parse(body.toString())).toMatchObject({ '@idsType': 'thing' });
  });

  it.each([200, 403, 404, 410] as const)(
    'answers %s for deleted and superseded files',
    (status) => {
      const { emulator } = lab({
        switches: { retrieveDeleted: status, retrieveSuperseded: status },
      });
      const old = put(emulator, 'a');
      put(emulator, 'a');
      const deleted = put(emulator, 'b');
      emulator.lake.delete(deleted.fileId);
      expect(retrieve(emulator, old.fileId, '&getPresigned=true').status).toBe(status);
      expect(retrieve(emulator, deleted.fileId, '&getPresigned=true').status).toBe(status);
    },
  );

  it('knows what it does not know', () => {
    const { emulator } = lab();
    const missing = retrieve(emulator, '00000000-0000-4000-8000-000000000000');
    expect(parsed(missing)).toEqual({
      statusCode: 404,
      error: 'Not Found',
      message: 'File not found: 00000000-0000-4000-8000-000000000000',
    });
    expect(retrieve(emulator, '').status).toBe(400);
    expect(get(emulator, '/v1/nowhere').status).toBe(404);
  });
});

describe('authentication', () => {
  const ask = (emulator: Emulator, given: Record<string, string>): number =>
    get(emulator, '/v1/users/me', given).status;

  it('takes both headers, with and without /v1', () => {
    const { emulator } = lab();
    const org = { 'x-org-slug': emulator.org };
    expect(ask(emulator, { ...org, 'ts-auth-token': emulator.token })).toBe(200);
    expect(ask(emulator, { ...org, authorization: `Bearer ${emulator.token}` })).toBe(200);
    expect(get(emulator, '/users/me').status).toBe(200);
  });

  it('refuses everyone else', () => {
    const { emulator, clock } = lab();
    const org = { 'x-org-slug': emulator.org };
    expect(parsed(get(emulator, '/v1/users/me', org))).toEqual({
      statusCode: 401,
      error: 'Unauthorized',
      message: 'Invalid token',
    });
    expect(ask(emulator, { ...org, 'ts-auth-token': 'x' })).toBe(401);
    expect(ask(emulator, { 'ts-auth-token': emulator.token })).toBe(400);
    expect(ask(emulator, { 'x-org-slug': 'other', 'ts-auth-token': emulator.token })).toBe(403);
    const brief = emulator.issueToken({ expiresAt: START + 60_000 });
    expect(ask(emulator, { ...org, 'ts-auth-token': brief })).toBe(200);
    clock.pass(60_000);
    expect(ask(emulator, { ...org, 'ts-auth-token': brief })).toBe(401);
    emulator.revoke(emulator.token);
    expect(ask(emulator, { ...org, 'ts-auth-token': emulator.token })).toBe(401);
  });

  it('issues tokens that tell when they expire', () => {
    const { emulator } = lab();
    const payload = emulator.issueToken({ expiresAt: START + 60_000 }).split('.')[1] ?? '';
    expect(JSON.parse(Buffer.from(payload, 'base64url').toString())).toMatchObject({
      iat: START / 1000,
      exp: START / 1000 + 60,
    });
  });

  it('accepts tokens of the test', () => {
    expect(
      ask(lab({ tokens: ['abc'] }).emulator, {
        'ts-auth-token': 'abc',
        'x-org-slug': 'example-lab',
      }),
    ).toBe(200);
  });
});

describe('an object that the storage refuses', () => {
  it.each([
    ['AccessDenied', 403],
    ['InvalidObjectState', 403],
    ['KMS.DisabledException', 400],
  ] as const)('is shown, and refused as %s with %i', (code, status) => {
    const { emulator } = lab();
    const { fileId } = put(emulator, 'a');
    emulator.lake.refuse(fileId, code);
    const { url } = parsed(
      get(emulator, `/v1/datalake/retrieve?fileId=${fileId}&getPresigned=true`),
    );
    const answer = get(emulator, url);
    expect(answer.status).toBe(status);
    expect(Buffer.from(answer.body).toString()).toContain(`<Code>${code}</Code>`);
    expect(get(emulator, `/v1/datalake/retrieve?fileId=${fileId}`).status).toBe(403);
    expect([...emulator.lake.files()]).toHaveLength(1);
    emulator.lake.allow(fileId);
    expect(get(emulator, url).status).toBe(200);
  });
});

describe('fileinfo', () => {
  it('tells of a file and its versions, deleted or not', () => {
    const { emulator } = lab();
    const first = put(emulator, 'a', { labels: [{ name: 'n', value: 'v' }] });
    const second = put(emulator, 'a');
    emulator.lake.delete(second.fileId);
    const record = parsed(get(emulator, `/v1/fileinfo/file/${first.fileId}`));
    expect(record).toMatchObject({ fileId: first.fileId, outdated: true, deleted: false });
    expect(record.labels).toEqual([{ id: expect.any(Number), name: 'n', value: 'v' }]);
    expect(record).not.toHaveProperty('data');
    const versions = parsed(get(emulator, `/v1/fileinfo/file/${first.fileId}/versions`));
    expect(versions.map((version: { fileId: string }) => version.fileId)).toEqual([
      second.fileId,
      first.fileId,
    ]);
    expect(versions[0].deleted).toBe(true);
  });

  it('knows no others', () => {
    const { emulator } = lab({ switches: { fileinfoShowsDeleted: false } });
    const file = put(emulator, 'a');
    emulator.lake.delete(file.fileId);
    expect(get(emulator, `/v1/fileinfo/file/${file.fileId}`).status).toBe(404);
    expect(get(emulator, '/v1/fileinfo/file/none').status).toBe(404);
  });
});
