import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { postgresSink } from '../src/adapter.ts';
import { configSchema, type PostgresInput } from '../src/config.ts';
import type { PostgresServer } from './server/postgres.ts';
import { canStart, connect, createDatabase, ownServer, title } from './server.ts';

describe.skipIf(!canStart)(title('TLS', canStart), () => {
  let folder: string;
  /** Its certificate is of `127.0.0.1`, and of nothing else. */
  let server: PostgresServer;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tdp-sync-tls-'));
    const [key, certificate] = ['key.pem', 'ca.pem'].map((name) => join(folder, name)) as [
      string,
      string,
    ];
    const made =
      'req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1';
    execFileSync('openssl', [...made.split(' '), '-keyout', key, '-out', certificate], {
      stdio: 'ignore',
    });
    server = await ownServer({
      settings: { ssl: 'on', ssl_key_file: 'key.pem', ssl_cert_file: 'ca.pem' },
      files: [key, certificate],
    });
    await createDatabase(server, 'lab');
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  function open(more: PostgresInput, url = server.url('lab')) {
    return postgresSink.open(configSchema.parse({ url, ...more }), { baseDir: folder });
  }

  /** Under another name than the certificate's. */
  function byName(): string {
    const url = new URL(server.url('lab'));
    url.hostname = 'localhost';
    return url.href;
  }

  test.each<[string, PostgresInput, boolean]>([
    ['nothing is said: this computer', {}, false],
    ['disable', { ssl: 'disable' }, false],
    ['require', { ssl: 'require' }, true],
    ['require, and who may vouch', { ssl: 'require', caFile: './ca.pem' }, true],
    ['verify-ca', { ssl: 'verify-ca', caFile: './ca.pem' }, true],
    ['verify-full', { ssl: 'verify-full', caFile: './ca.pem' }, true],
  ])('%s', async (_what, more, isEncrypted) => {
    await using _sink = await open(more);
    expect(await encrypted()).toEqual(isEncrypted);
  });

  test('another name is for verify-full only to refuse', async () => {
    await using _sink = await open({ ssl: 'verify-ca', caFile: './ca.pem' }, byName());
    expect(await encrypted()).toBe(true);
    const refused = {
      code: 'SINK_UNAVAILABLE',
      message: expect.stringMatching(/cannot be checked, or of another name/),
    };
    await expect(open({ ssl: 'verify-full', caFile: './ca.pem' }, byName())).rejects.toMatchObject(
      refused,
    );
    await expect(
      open({ caFile: './ca.pem' }, `${byName()}?sslmode=verify-full`),
    ).rejects.toMatchObject(refused);
  });

  test('who nobody vouches for is refused, and so is what is no file', async () => {
    const refused = {
      code: 'SINK_UNAVAILABLE',
      retryable: false,
      message: expect.stringMatching(/"caFile"/),
    };
    for (const ssl of ['verify-ca', 'verify-full'] as const) {
      await expect(open({ ssl })).rejects.toMatchObject(refused);
    }
    await expect(open({ ssl: 'verify-full', caFile: './missing.pem' })).rejects.toMatchObject({
      code: 'SINK_UNAVAILABLE',
      message: expect.stringMatching(/caFile cannot be read/),
    });
  });

  /** Whether all sessions of tdp-sync are. */
  async function encrypted(): Promise<unknown> {
    await using admin = await connect(server.url('lab'));
    const { rows } = await admin.client.query(
      "SELECT bool_and(s.ssl) AS ssl FROM pg_stat_ssl AS s JOIN pg_stat_activity AS a USING (pid) WHERE a.application_name = 'tdp-sync'",
    );
    return rows[0]?.ssl;
  }
});
