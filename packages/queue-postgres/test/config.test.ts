import { describe, expect, test } from 'vitest';
import { configSchema } from '../src/config.ts';
import { readSettings } from '../src/settings.ts';
import { addressOf } from '../src/url.ts';

const URL_ = 'postgres://tdp:S3cret-4711@db.example.org/queue';

describe('the config', () => {
  test('has a schema by default', () => {
    expect(configSchema.parse({ url: URL_ })).toEqual({ url: URL_, schema: 'tdp_sync_queue' });
  });

  test.each([
    ['mysql://tdp:S3cret-4711@db/queue', /must be postgres:/],
    ['postgres://', /must be postgres:/],
    ['postgres://tdp:S3cret-4711@db', /with all of user, host and database/],
    ['postgres://db.example.org/queue', /with all of user, host and database/],
    ['postgres://tdp:S3cret-4711@db/%E0%A4%A', /must be postgres:/],
    [`${URL_}?ssl=true`, /has the parameter "ssl"; known are host, sslmode, sslrootcert/],
    [`${URL_}?sslmode=prefer`, /none of disable, require, verify-ca, verify-full/],
  ])('%s is refused without a word of its password', (url, message) => {
    const { error } = configSchema.safeParse({ url });
    expect(error?.issues.map(({ path }) => path)).toEqual([['url']]);
    expect(error?.issues[0]?.message).toMatch(message);
    expect(JSON.stringify(error?.issues)).not.toContain('S3cret');
  });

  test.each(['pg_queue', 'Queue', 'a"b', 'x'.repeat(51), '', '1st'])(
    'the schema %j is refused',
    (schema) => {
      expect(configSchema.safeParse({ url: URL_, schema }).success).toBe(false);
    },
  );

  test('what is not known is refused', () => {
    expect(configSchema.safeParse({ url: URL_, host: 'db' }).success).toBe(false);
  });
});

describe('a URL', () => {
  test('is read with all that may be written in another way', () => {
    expect(addressOf('postgresql://t%40p:s%2F@[::1]:6543/my%20queue?sslrootcert=ca.pem')).toEqual({
      ...{ host: '::1', port: 6543, database: 'my queue', user: 't@p', password: 's/' },
      ...{ sslMode: 'disable', caFile: 'ca.pem' },
    });
    expect(addressOf('postgres://tdp@socket/queue?host=/run/postgresql')).toMatchObject({
      ...{ host: '/run/postgresql', port: 5432, password: undefined, sslMode: 'disable' },
    });
  });

  test.each([
    ['db.example.org', 'verify-full'],
    ['10.0.0.1', 'verify-full'],
    ['localhost', 'disable'],
    ['127.0.0.2', 'disable'],
    ['127.0.0.1.example.org', 'verify-full'],
  ])('of %s is encrypted by default as %s', (host, mode) => {
    expect(addressOf(`postgres://tdp@${host}/queue`).sslMode).toBe(mode);
  });
});

describe('the settings of the driver', () => {
  const read = (parameters: string) =>
    readSettings({ url: `${URL_}${parameters}`, schema: 'queue' }, import.meta.dirname);

  test('check who the server is unless they are told otherwise', async () => {
    const ssl = async (parameters: string) => (await read(parameters)).client.ssl;
    expect(await ssl('')).toEqual({ rejectUnauthorized: true });
    expect(await ssl('?sslmode=verify-ca')).toMatchObject({ rejectUnauthorized: true });
    expect(await ssl('?sslmode=verify-ca')).toHaveProperty('checkServerIdentity');
    expect(await ssl('?sslmode=require')).toEqual({ rejectUnauthorized: false });
    expect(await ssl('?sslmode=disable')).toBe(false);
    const named = '?sslmode=require&sslrootcert=config.test.ts';
    expect(await ssl(named)).toMatchObject({
      ...{ rejectUnauthorized: true, ca: expect.stringContaining('the settings of the driver') },
    });
  });

  test('name the place without user and password', async () => {
    const { origin } = await read('');
    expect(origin).toEqual({
      ...{ place: 'db.example.org:5432/queue', database: 'queue', schema: 'queue' },
    });
  });
});
