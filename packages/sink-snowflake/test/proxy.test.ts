import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stamp } from './child/loads.ts';
import { proxied } from './proxied.ts';
import type { Front } from './server/front.ts';
import { configOf, hasServer, startFront, title } from './server.ts';
import { Writer } from './writer.ts';

const HOSTS = 'DNS:lab.snowflake.test,DNS:stage.snowflake.test';

let front: Front;
let folder: string;
beforeAll(async () => {
  if (!hasServer) return;
  front = await startFront();
  folder = await mkdtemp(join(tmpdir(), 'tdp-sync-proxy-'));
  const ca = '-subj /CN=ca -keyout ca.key -out ca.pem';
  const own = `-subj /CN=own -addext subjectAltName=${HOSTS} -CA ca.pem -CAkey ca.key -keyout key.pem -out cert.pem`;
  for (const one of [ca, own]) {
    const made = `req -x509 -newkey rsa:2048 -nodes -days 2 ${one}`;
    execFileSync('openssl', made.split(' '), { cwd: folder, stdio: 'ignore' });
  }
});
afterAll(async () => {
  await front?.[Symbol.asyncDispose]();
  if (folder !== undefined) await rm(folder, { recursive: true });
});

describe.skipIf(!hasServer)(title('a proxy'), () => {
  test('of HTTPS_PROXY, with a password, is the way for statements and for files', async () => {
    const read = (name: string) => readFile(join(folder, name), 'utf8');
    const cert = (await read('cert.pem')) + (await read('ca.pem'));
    await using there = await proxied(front, { key: await read('key.pem'), cert });
    const config = { ...configOf(front), url: there.url };
    await using writer = await Writer.start(
      { config },
      {
        HTTPS_PROXY: `http://lab:a%40b@${there.proxy}`,
        NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem'),
      },
    );
    expect(await writer.load()).toBe(stamp(1));
    const hosts = ['lab.snowflake.test:443', 'stage.snowflake.test:443'];
    expect([...there.asked]).toEqual(hosts.map((host) => `lab:a@b ${host}`));
  });
});
