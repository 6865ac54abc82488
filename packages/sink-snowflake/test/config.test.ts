import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loginOf } from '../src/authentication.ts';
import { configSchema, milliseconds } from '../src/config.ts';
import { readSettings } from '../src/settings.ts';

const PLACE = { account: 'myorg-lab', user: 'TDP_SYNC', database: 'LAB' };
const KEY = { ...PLACE, privateKeyFile: './rsa_key.p8' };
const SECRET = 'Secret-4711';

function problemsOf(config: unknown): readonly string[] {
  const { error } = configSchema.safeParse(config);
  return (error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);
}

describe('config', () => {
  test('needs an account, a user, a database and a key', () => {
    expect(configSchema.parse(KEY)).toMatchObject({
      authentication: 'key-pair',
      schema: 'TDP',
      identifiers: 'upper',
      timestamps: 'tz',
      valueLimit: '128MB',
      transient: false,
    });
    expect(problemsOf({ user: 'a', database: 'b', privateKeyFile: 'k' })).toEqual([
      'account: is missing',
    ]);
    expect(problemsOf(PLACE)).toEqual([
      'privateKey: is missing for authentication: key-pair; or give privateKeyFile',
    ]);
  });

  test.each([
    ['oauth', { token: SECRET }],
    ['oauth', { tokenFile: 'token' }],
    ['token', { token: SECRET }],
    ['workload-identity', { workloadIdentityProvider: 'AWS' }],
    ['workload-identity', { workloadIdentityProvider: 'OIDC', tokenFile: 'token' }],
    ['password', { password: SECRET }],
    [
      'oauth-client-credentials',
      {
        oauthClientId: 'id',
        oauthClientSecret: SECRET,
        oauthTokenUrl: 'https://idp.example.com/token',
      },
    ],
  ])('%s needs what it says, and nothing else', (authentication, given) => {
    expect(problemsOf({ ...PLACE, authentication, ...given })).toEqual([]);
    expect(problemsOf({ ...PLACE, authentication }).length).toBeGreaterThan(0);
    const strange = { ...PLACE, authentication, ...given, privateKey: SECRET };
    expect(problemsOf(strange)).toEqual([
      `privateKey: has no use with authentication: ${authentication}`,
    ]);
  });

  test('no problem repeats a secret', () => {
    const both = { ...KEY, privateKey: SECRET, password: SECRET, url: `https://u:${SECRET}@host` };
    const problems = problemsOf(both);
    expect(problems).toHaveLength(3);
    expect(problems.join()).not.toContain(SECRET);
  });

  test('only what is on this computer may be reached without encryption', () => {
    expect(problemsOf({ ...KEY, url: 'http://127.0.0.1:8000' })).toEqual([]);
    expect(problemsOf({ ...KEY, url: 'http://lab.example.com' })).toEqual([
      'url: must begin with https://: it is not on this computer',
    ]);
    expect(problemsOf({ ...KEY, account: 'myorg-lab.snowflakecomputing.com/' })).toHaveLength(1);
  });

  test('durations', () => {
    expect(['15s', '10m', '2h'].map(milliseconds)).toEqual([15_000, 600_000, 7_200_000]);
    expect(problemsOf({ ...KEY, requestTimeout: '5 minutes' })).toHaveLength(1);
  });
});

describe('what each session is told', () => {
  test('does not depend on what user and account have set', () => {
    const { prepare } = readSettings(configSchema.parse({ ...KEY, queryTag: "it's" }), '/');
    expect(prepare).toMatchInlineSnapshot(
      `"ALTER SESSION SET TRANSACTION_ABORT_ON_ERROR = TRUE, AUTOCOMMIT = TRUE, LOCK_TIMEOUT = 900, ABORT_DETACHED_QUERY = TRUE, STATEMENT_TIMEOUT_IN_SECONDS = 1800, QUERY_TAG = 'it''s', TIMEZONE = 'UTC', QUOTED_IDENTIFIERS_IGNORE_CASE = FALSE, STRICT_JSON_OUTPUT = TRUE, USE_CACHED_RESULT = TRUE"`,
    );
  });
});

describe('login', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tdp-sync-snowflake-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const pem = (passphrase?: string) => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
    const encrypted = passphrase === undefined ? {} : { cipher: 'aes-256-cbc', passphrase };
    return privateKey.export({ type: 'pkcs8', format: 'pem', ...encrypted }).toString();
  };
  const login = (config: object) => loginOf(configSchema.parse({ ...PLACE, ...config }), folder);

  test('a key from a file is read anew each time, so that it can be replaced', async () => {
    const [first, second] = [pem(), pem()];
    await writeFile(join(folder, 'key.p8'), first);
    const config = { privateKeyFile: './key.p8' };
    expect(await login(config)).toEqual({ authenticator: 'SNOWFLAKE_JWT', privateKey: first });
    await writeFile(join(folder, 'key.p8'), second);
    expect(await login(config)).toMatchObject({ privateKey: second });
  });

  test('a key may be encrypted, and on one line', async () => {
    const key = pem(SECRET);
    const { privateKey } = await login({ privateKey: key, privateKeyPassphrase: SECRET });
    expect(privateKey).toMatch(/^-----BEGIN PRIVATE KEY-----/);
    const plain = pem();
    expect(await login({ privateKey: plain.replaceAll('\n', '\\n') })).toMatchObject({
      privateKey: plain,
    });
  });

  test.each([
    ['is none', { privateKey: `no key ${SECRET}` }],
    ['has another passphrase', { privateKey: pem('other'), privateKeyPassphrase: SECRET }],
    ['is encrypted', { privateKey: pem(SECRET) }],
  ])('a key that %s is refused without being told', async (_, config) => {
    const error: unknown = await login(config).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'SINK_PERMISSION' });
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain(SECRET);
  });

  test('a token comes from a file, which may end with a line break', async () => {
    await writeFile(join(folder, 'token'), `${SECRET}\n`);
    const config = { authentication: 'token', tokenFile: 'token' };
    expect(await login(config)).toEqual({
      authenticator: 'PROGRAMMATIC_ACCESS_TOKEN',
      token: SECRET,
    });
    const missing = login({ authentication: 'oauth', tokenFile: 'gone' });
    await expect(missing).rejects.toMatchObject({ code: 'SINK_UNAVAILABLE' });
  });

  test('the others are what the driver calls them', async () => {
    const client = {
      authentication: 'oauth-client-credentials',
      oauthClientId: 'id',
      oauthClientSecret: SECRET,
      oauthTokenUrl: 'https://idp.example.com/token',
    };
    expect(await login(client)).toEqual({
      authenticator: 'OAUTH_CLIENT_CREDENTIALS',
      oauthClientId: 'id',
      oauthClientSecret: SECRET,
      oauthTokenRequestUrl: 'https://idp.example.com/token',
    });
    const workload = { authentication: 'workload-identity', workloadIdentityProvider: 'AWS' };
    expect(await login(workload)).toEqual({
      authenticator: 'WORKLOAD_IDENTITY',
      workloadIdentityProvider: 'AWS',
    });
    expect(await login({ authentication: 'password', password: SECRET })).toEqual({
      authenticator: 'SNOWFLAKE',
      password: SECRET,
    });
    expect(await login({ authentication: 'oauth', token: SECRET })).toEqual({
      authenticator: 'OAUTH',
      token: SECRET,
    });
  });
});
