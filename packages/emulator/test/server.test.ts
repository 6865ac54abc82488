import { describe, expect, it } from 'vitest';
import { type RunningEmulator, startEmulator } from '../src/index.ts';
import { put, START } from './support.ts';

function ask(emulator: RunningEmulator, path: string, init: RequestInit = {}): Promise<Response> {
  const headers = { 'ts-auth-token': emulator.token, 'x-org-slug': emulator.org };
  return fetch(`${emulator.url}${path}`, { headers, ...init });
}

async function presigned(emulator: RunningEmulator, fileId: string): Promise<string> {
  const answer = await ask(emulator, `/v1/datalake/retrieve?fileId=${fileId}&getPresigned=true`);
  const { url } = (await answer.json()) as { url: string };
  return url;
}

describe('over HTTP', () => {
  it('searches, retrieves, and downloads from another host and port', async () => {
    await using emulator = await startEmulator();
    const file = put(emulator, 'a', { data: { n: 1 } });
    const body = JSON.stringify({ query: { term: { fileId: file.fileId } }, _source: ['fileId'] });
    const found = await ask(emulator, '/v1/datalake/searchEql', { method: 'POST', body });
    expect(found.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(await found.json()).toMatchObject({ hits: { total: 1 } });
    const url = await presigned(emulator, file.fileId);
    expect(new URL(url).origin).toBe(emulator.storageUrl);
    expect(new URL(url).host).not.toBe(new URL(emulator.url).host);
    const download = await fetch(url);
    expect(download.headers.get('content-encoding')).toBe('gzip');
    expect(await download.json()).toMatchObject({ n: 1 });
    expect(emulator.authFile()).toEqual({
      api_url: `${emulator.url}/v1/`,
      auth_token: emulator.token,
      org: emulator.org,
    });
  });

  it('answers 500 to what it fails at, and goes on', async () => {
    await using emulator = await startEmulator();
    const { fileId } = put(emulator, 'a');
    Object.defineProperty(emulator.lake, 'get', {
      value: () => {
        throw new TypeError('no lake');
      },
      configurable: true,
    });
    const path = `/v1/datalake/retrieve?fileId=${fileId}`;
    const failed = await ask(emulator, path);
    expect(failed.status).toBe(500);
    expect(await failed.text()).toMatch(/a mistake of its own: TypeError: no lake/);
    Reflect.deleteProperty(emulator.lake, 'get');
    expect((await ask(emulator, path)).status).toBe(200);
  });

  it('serves no storage at the API and no API at the storage', async () => {
    await using emulator = await startEmulator();
    const url = await presigned(emulator, put(emulator, 'a').fileId);
    expect((await fetch(url.replace(emulator.storageUrl, emulator.url))).status).toBe(404);
    expect((await fetch(`${emulator.storageUrl}/v1/users/me`)).status).toBe(403);
  });

  it('sends the time of its own clock, with the skew asked for', async () => {
    await using emulator = await startEmulator({
      now: () => START,
      switches: { clockSkewMs: -90_000 },
    });
    const response = await ask(emulator, '/v1/users/me', {});
    expect(response.headers.get('date')).toBe(new Date(START - 90_000).toUTCString());
  });

  it('echoes the request id', async () => {
    await using emulator = await startEmulator({ keepLog: true });
    const headers = {
      'ts-auth-token': emulator.token,
      'x-org-slug': emulator.org,
      'ts-request-id': 'r-1',
    };
    const response = await ask(emulator, '/v1/users/me', { headers });
    expect(response.headers.get('ts-request-id')).toBe('r-1');
    expect(emulator.stats.log[0]?.requestId).toBe('r-1');
  });

  it('resets, truncates, stalls and hangs', async () => {
    await using emulator = await startEmulator();
    const file = emulator.lake.put({
      path: '/r.bin',
      category: 'RAW',
      content: 'x'.repeat(100_000),
    });
    const url = await presigned(emulator, file.fileId);
    emulator.faults.next('storage', { kind: 'reset' });
    await expect(fetch(url)).rejects.toThrow('fetch failed');

    emulator.faults.next('storage', { kind: 'truncate', afterBytes: 50_000 });
    const cut = await fetch(url);
    expect(cut.headers.get('content-length')).toBe('100000');
    await expect(cut.arrayBuffer()).rejects.toThrow('terminated');

    emulator.faults.next('storage', { kind: 'truncate', afterBytes: 0 });
    const empty = await fetch(url);
    expect(empty.status).toBe(200);
    await expect(empty.arrayBuffer()).rejects.toThrow('terminated');

    emulator.faults.next('storage', { kind: 'stall', afterBytes: 10 });
    const stalled = await fetch(url, { signal: AbortSignal.timeout(300) });
    expect(stalled.status).toBe(200);
    await expect(stalled.arrayBuffer()).rejects.toThrow('timeout');

    emulator.faults.next('storage', { kind: 'hang' });
    await expect(fetch(url, { signal: AbortSignal.timeout(300) })).rejects.toThrow('timeout');

    expect((await (await fetch(url)).arrayBuffer()).byteLength).toBe(100_000);
  });

  it('refuses more at a time than allowed', async () => {
    await using emulator = await startEmulator({ latencyMs: 100 });
    emulator.faults.limit({ maxConcurrent: 2, status: 503 });
    const statuses = await Promise.all(
      Array.from({ length: 5 }, async () => (await ask(emulator, '/v1/users/me')).status),
    );
    expect(statuses.filter((status) => status === 200)).toHaveLength(2);
    expect(emulator.stats.maxInFlight).toBe(5);
  });

  it('takes its time', async () => {
    await using emulator = await startEmulator({ latencyMs: 80 });
    const begin = performance.now();
    await ask(emulator, '/v1/users/me');
    expect(performance.now() - begin).toBeGreaterThan(75);
  });

  it('closes with requests in the air', async () => {
    const emulator = await startEmulator();
    emulator.faults.next('any', { kind: 'hang' });
    const hanging = expect(ask(emulator, '/v1/users/me')).rejects.toThrow('fetch failed');
    while (emulator.stats.inFlight === 0) await new Promise((resolve) => setImmediate(resolve));
    await emulator[Symbol.asyncDispose]();
    await hanging;
  });

  it('says when the port is taken', async () => {
    await using emulator = await startEmulator();
    const port = Number(new URL(emulator.url).port);
    await expect(startEmulator({ port })).rejects.toThrow('EADDRINUSE');
  });
});
