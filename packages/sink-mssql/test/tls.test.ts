import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { document, failure, healthy, isCommit, open, TARGET } from './tds/lab.ts';
import type { Request } from './tds/request.ts';
import { type Answer, type FakeServer, fakeServer } from './tds/server.ts';

describe('TDS 8: TLS from the first byte', () => {
  let folder: string;
  let tls: { readonly key: Buffer; readonly cert: Buffer };
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tdp-sync-tds8-'));
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const made =
      'req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1';
    execFileSync('openssl', [...made.split(' '), '-keyout', key, '-out', cert], {
      stdio: 'ignore',
    });
    tls = { key: await readFile(key), cert: await readFile(cert) };
  });
  afterAll(() => rm(folder, { recursive: true }));

  function started(special: (request: Request) => Answer | undefined): Promise<FakeServer> {
    return fakeServer({ tls, answer: (request) => special(request) ?? healthy(request) });
  }

  test('a certificate that nobody vouches for is refused', async () => {
    await using server = await started(() => undefined);
    const error = await failure(open(server, { encrypt: 'strict' }));
    expect(error).toMatchObject({ code: 'SINK_UNAVAILABLE', retryable: false });
    expect(error.message).toContain('certificate');
    expect(server.sessions.flat()).toEqual([]);
  });

  test('a load, once the certificate is trusted', async () => {
    setDefaultCACertificates([...getCACertificates('default'), tls.cert.toString()]);

    await using server = await started(() => undefined);
    await using sink = await open(server, { encrypt: 'strict' });
    await using load = await sink.begin(TARGET);
    await load.stage([document(1), document(2)]);
    expect(await load.commit('s2')).toEqual({ applied: 1, leftAlone: 1 });
  });

  test.each(['reset', 'end'] as const)(
    'a connection closed under the commit (%s) may pass',
    async (cut) => {
      await using server = await started((request) => (isCommit(request) ? { cut } : undefined));
      await using sink = await open(server, { encrypt: 'strict' });
      await using load = await sink.begin(TARGET);
      await load.stage([document(1)]);
      const error = await failure(load.commit('s2'));
      expect(error).toMatchObject({ code: 'SINK_UNAVAILABLE', retryable: true });
    },
  );
});
