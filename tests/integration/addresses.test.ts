import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Between, between } from './between.ts';
import { configText, differences, type World, world } from './world.ts';

let w: World;
let tdp: Between;
beforeEach(async () => {
  w = await world();
  tdp = await between(w.tdp.url);
  await writeFile(
    join(w.dir, 'auth.json'),
    JSON.stringify({ ...w.tdp.authFile(), api_url: tdp.url }),
  );
});
afterEach(async () => {
  await tdp[Symbol.asyncDispose]();
  await w[Symbol.asyncDispose]();
});

const INDEXED = Date.now() - 3 * 3_600_000;

/** A server of this machine that nobody may ask. */
async function bystander(): Promise<{ url: string; asked: string[] } & AsyncDisposable> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.end('{"stolen":true}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe.each([
  'application/json',
  'application/json; charset=utf-8',
  undefined,
  'application/octet-stream',
])('a TDP that gives files themselves, as %s', (type) => {
  it('loads documents that hold addresses as they are, and asks none', async () => {
    await using other = await bystander();
    const addresses = [`${other.url}/secret`, 'http://169.254.169.254/latest/meta-data/'];
    const documents = addresses.flatMap((url) => [
      { url },
      { link: url },
      { url, name: 'S-1' },
      { a: url, b: `${url}2` },
      [url],
    ]);
    const contents = new Map<string, string>();
    for (const [at, content] of documents.entries()) {
      const path = `/doc-${at}.json`;
      const { fileId } = w.tdp.lake.put({ path, category: 'RAW', content, indexedAt: INDEXED });
      contents.set(fileId, JSON.stringify(content));
    }
    tdp.answer(({ url = '' }) => {
      const fileId = /retrieve\?fileId=([^&]+)/.exec(url)?.[1];
      if (fileId === undefined) return undefined;
      const headers = type === undefined ? {} : { 'content-type': type };
      return { status: 200, headers, body: contents.get(fileId) ?? '' };
    });
    await w.config(configText('content: all'));
    expect((await w.cli(['run'])).code).toBe(0);
    const rows = await w.sql('SELECT document::VARCHAR AS d FROM docs ORDER BY d');
    expect(rows.map(({ d }) => d)).toEqual([...contents.values()].sort());
    expect(other.asked).toEqual([]);
  });
});

it('an address in another network is refused, with the reason in the files table', async () => {
  const { fileId } = w.tdp.lake.put({
    ...{ path: '/a.json', category: 'RAW', content: {}, indexedAt: INDEXED },
  });
  tdp.answer(({ url = '' }) =>
    url.includes(`retrieve?fileId=${fileId}`)
      ? { status: 200, body: '{"url":"http://169.254.169.254/a?X-Amz-Signature=5ec2e7"}' }
      : undefined,
  );
  await w.config(configText('content: all'));
  expect((await w.cli(['run'])).code).toBe(6);
  const [row] = await w.sql('SELECT error_code, error FROM docs_files');
  expect(row?.['error_code']).toBe('SOURCE_PROTOCOL');
  expect(row?.['error']).toMatch(/at 169\.254\.169\.254, .*was not asked.*source\.storageHosts/);
  expect(JSON.stringify(row)).not.toContain('X-Amz');
});

it('keys with dots, and with all else that a key may have, come from the storage', async () => {
  for (const path of [
    '/a/../b.json',
    '/a/./c.json',
    '/..',
    '/.',
    '/d e+f%2Fü/#?&=.json',
    '/g//h.json',
  ])
    w.tdp.lake.put({
      path,
      category: 'IDS',
      content: { '@idsType': 'dots', path },
      indexedAt: INDEXED,
    });
  await w.config(configText());
  const { code, stderr } = await w.cli(['run']);
  expect(code, stderr).toBe(0);
  expect(await differences(w)).toEqual([]);
});

describe('a token over plain http', () => {
  it.each([
    ['config', 'http://tdp.invalid', 'run'],
    ['auth file', 'http://10.1.2.3/v1', 'run'],
    ['config', 'HTTP://192.0.2.1:8381', 'serve'],
    ['auth file', 'http://127.0.0.1.example.invalid', 'verify'],
  ])('by the %s to %s is refused before anything is sent', async (named, url, command) => {
    await w.config(configText(undefined, named === 'config' ? `  url: ${url}` : ''));
    const auth = { ...w.tdp.authFile(), api_url: named === 'config' ? 'x' : url };
    await writeFile(join(w.dir, 'auth.json'), JSON.stringify(auth));
    const { code, stdout, stderr } = await w.cli([command]);
    expect(code, stdout + stderr).toBe(2);
    expect(stdout + stderr).toMatch(/source\.allowHttp/);
  });

  it('goes where source.allowHttp says that it may', async () => {
    await w.config(configText(undefined, '  url: http://tdp.invalid\n  allowHttp: true'));
    expect((await w.cli(['run'])).code).toBe(4);
  });

  it.each(['127.0.0.1', 'localhost', '127.1', '[::ffff:127.0.0.1]'])(
    'goes to %s without being asked for',
    async (host) => {
      const { port } = new URL(w.tdp.url);
      await w.config(configText(undefined, `  url: http://${host}:${port}`));
      const { code, stderr } = await w.cli(['run']);
      expect(code, stderr).toBe(0);
    },
  );
});

it('an api_url that is no address is told as that', async () => {
  for (const url of ['api.tetrascience.com', 'https://', 'ftp://x']) {
    const auth = { ...w.tdp.authFile(), api_url: url };
    await writeFile(join(w.dir, 'auth.json'), JSON.stringify(auth));
    const { code, stdout, stderr } = await w.cli(['run']);
    expect(code).toBe(2);
    expect(stdout + stderr).toMatch(/api_url of the auth file is no address/);
  }
});
