import { describe, expect, it } from 'vitest';
import type { Emulator, Fault } from '../src/index.ts';
import { get, lab, parsed, post, put } from './support.ts';

const me = (emulator: Emulator): number => get(emulator, '/v1/users/me').status;

describe('faults', () => {
  it('come once, several times, or at the n-th request', () => {
    const { emulator } = lab();
    emulator.faults.next('other', { kind: '500' });
    emulator.faults.next('other', { kind: '503' }, 2);
    emulator.faults.nth('other', 5, { kind: '502' });
    expect(Array.from({ length: 6 }, () => me(emulator))).toEqual([500, 503, 503, 200, 200, 200]);
    emulator.faults.clear();
    emulator.faults.nth('other', 3, { kind: '502' });
    expect(Array.from({ length: 4 }, () => me(emulator))).toEqual([200, 200, 502, 200]);
  });

  it('hit one endpoint, or the requests that a test picks', () => {
    const { emulator } = lab();
    const [a, b] = [put(emulator, 'a'), put(emulator, 'b')];
    emulator.faults.next('storage', { kind: '500' });
    expect(me(emulator)).toBe(200);
    const stop = emulator.faults.when('retrieve', ({ url }) => url.includes(a.fileId), {
      kind: '504',
    });
    const retrieve = (id: string): number =>
      get(emulator, `/v1/datalake/retrieve?fileId=${id}`).status;
    expect([retrieve(a.fileId), retrieve(b.fileId), retrieve(a.fileId)]).toEqual([504, 200, 504]);
    stop();
    expect(retrieve(a.fileId)).toBe(200);
  });

  it('come by chance, the same for the same seed', () => {
    const run = (seed: number): number[] => {
      const { emulator } = lab({ seed });
      emulator.faults.random('any', { kind: '503' }, 0.3);
      return Array.from({ length: 200 }, () => me(emulator));
    };
    expect(run(1)).toEqual(run(1));
    expect(run(1)).not.toEqual(run(2));
    const failed = run(1).filter((status) => status === 503).length;
    expect(failed).toBeGreaterThan(40);
    expect(failed).toBeLessThan(80);
  });

  it('carry Retry-After, unless switched off', () => {
    const fault: Fault = { kind: '429', retryAfterSeconds: 7 };
    const { emulator } = lab();
    emulator.faults.next('any', fault);
    const response = get(emulator, '/v1/users/me');
    expect(response.headers['retry-after']).toBe('7');
    expect(parsed(response)).toMatchObject({ statusCode: 429, error: 'Too Many Requests' });
    const silent = lab({ switches: { retryAfter: false } }).emulator;
    silent.faults.next('any', fault);
    expect(get(silent, '/v1/users/me').headers).not.toHaveProperty('retry-after');
  });

  it('that only a search can have pass by other requests, whatever the target', () => {
    const { emulator } = lab();
    const { fileId } = put(emulator, 'a');
    emulator.faults.next('any', { kind: 'timed_out' });
    emulator.faults.next('any', { kind: 'failed_shards' });
    const url = parsed(get(emulator, `/v1/datalake/retrieve?fileId=${fileId}&getPresigned=true`));
    expect(url).toHaveProperty('url');
    expect(me(emulator)).toBe(200);
    expect(parsed(post(emulator, {}))).toMatchObject({ timed_out: true });
    expect(parsed(post(emulator, {}))).toMatchObject({ _shards: { failed: 1 } });
    expect(parsed(post(emulator, {}))).toMatchObject({ timed_out: false, _shards: { failed: 0 } });
  });

  it('make a search answer in part, with status 200', () => {
    const { emulator } = lab();
    for (const name of ['a', 'b', 'c', 'd']) put(emulator, name);
    emulator.faults.next('search', { kind: 'timed_out' });
    expect(parsed(post(emulator, {}))).toMatchObject({ timed_out: true, hits: { total: 4 } });
    emulator.faults.next('search', { kind: 'failed_shards' });
    const partial = parsed(post(emulator, {}));
    expect(partial._shards).toMatchObject({ total: 2, successful: 1, failed: 1 });
    expect(partial.hits.hits).toHaveLength(2);
  });

  it('are told to the connection', () => {
    const { emulator } = lab();
    const connection = (fault: Fault): unknown => {
      emulator.faults.next('any', fault);
      return get(emulator, '/v1/users/me').connection;
    };
    expect(connection({ kind: 'reset' })).toBe('reset');
    expect(connection({ kind: 'hang' })).toBe('hang');
    expect(connection({ kind: 'truncate', afterBytes: 3 })).toEqual({ truncateAfterBytes: 3 });
    expect(connection({ kind: 'stall', afterBytes: 4 })).toEqual({ hangAfterBytes: 4 });
    const trickle = { kind: 'trickle', afterBytes: 5 } as const;
    expect(connection(trickle)).toEqual({ trickleAfterBytes: 5, everyMs: 1000 });
    expect(connection({ ...trickle, everyMs: 7 })).toEqual({ trickleAfterBytes: 5, everyMs: 7 });
    emulator.faults.next('any', { kind: 'slow', delayMs: 1_234 });
    expect(get(emulator, '/v1/users/me').delayMs).toBe(1_234);
    emulator.faults.next('any', { kind: 'html' });
    const html = get(emulator, '/v1/users/me');
    expect([html.status, html.headers['content-type']]).toEqual([200, 'text/html']);
  });

  it('of the storage are in XML', () => {
    const { emulator } = lab();
    const { url } = parsed(
      get(emulator, `/v1/datalake/retrieve?fileId=${put(emulator, 'a').fileId}&getPresigned=true`),
    );
    emulator.faults.next('storage', { kind: '503' });
    const response = get(emulator, url, {});
    expect(response.status).toBe(503);
    expect(Buffer.from(response.body).toString()).toContain('<Code>SlowDown</Code>');
  });
});

describe('limits', () => {
  it('let so many requests pass per second', () => {
    const { emulator, clock } = lab();
    emulator.faults.limit({ requestsPerSecond: 2, retryAfterSeconds: 3 });
    expect([me(emulator), me(emulator), me(emulator)]).toEqual([200, 200, 429]);
    expect(get(emulator, '/v1/users/me').headers['retry-after']).toBe('3');
    clock.pass(500);
    expect([me(emulator), me(emulator)]).toEqual([200, 429]);
    clock.pass(60_000);
    expect([me(emulator), me(emulator), me(emulator)]).toEqual([200, 200, 429]);
    emulator.faults.clear();
    expect(me(emulator)).toBe(200);
  });
});

describe('latency', () => {
  it('is the same for all, or for each endpoint', () => {
    expect(get(lab({ latencyMs: 5 }).emulator, '/v1/users/me').delayMs).toBe(5);
    const { emulator } = lab({ latencyMs: { search: 9 } });
    expect(get(emulator, '/v1/users/me').delayMs).toBeUndefined();
    expect(post(emulator, {}).delayMs).toBe(9);
  });
});

describe('stats', () => {
  it('count and log, without the values of headers', () => {
    const { emulator } = lab({ keepLog: true });
    const file = put(emulator, 'a');
    post(emulator, {});
    const { url } = parsed(
      get(emulator, `/v1/datalake/retrieve?fileId=${file.fileId}&getPresigned=true`),
    );
    get(emulator, url, {});
    get(emulator, '/v1/fileinfo/file/x');
    const { stats } = emulator;
    expect(stats).toMatchObject({
      searches: 1,
      retrieves: 1,
      downloads: 1,
      fileinfo: 1,
      leakedCredentials: 0,
    });
    expect(stats.downloadedBytes).toBe(file.facts.size);
    expect([...stats.byStatus]).toEqual([
      [200, 3],
      [404, 1],
    ]);
    expect(stats.log.map(({ endpoint, status }) => [endpoint, status])).toEqual([
      ['search', 200],
      ['retrieve', 200],
      ['storage', 200],
      ['fileinfo', 404],
    ]);
    expect(JSON.stringify(stats.log)).not.toContain(emulator.token);
    stats.reset();
    expect(stats).toMatchObject({ searches: 0, bytes: 0, log: [] });
  });
});
