import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { version } from '../../apps/cli/src/version.ts';
import { type Serving, serveConfig, serving, TOKEN, until } from './serving.ts';
import { differences, type World, world } from './world.ts';

const QUICK = 'every: 300ms, settle: 100ms, sweep: never, verify: never';
const IDLE = 'every: 1h, settle: 100ms, sweep: never, verify: never';

let w: World;
let s: Serving | undefined;
beforeEach(async () => {
  w = await world();
});
afterEach(async () => {
  await s?.[Symbol.asyncDispose]();
  s = undefined;
  await w[Symbol.asyncDispose]();
});

let made = 0;
/** Files that were indexed just now. */
function addNew(count: number): void {
  for (let at = 0; at < count; at += 1) {
    made += 1;
    w.tdp.lake.put({
      path: `/new/IDS/file-${made}.json`,
      category: 'IDS',
      content: JSON.stringify({ made }),
      // TDP's clock tells whole seconds.
      indexedAt: Date.now() - 1500,
    });
  }
}

/** Has it run until it has loaded so many. A run in the second of the one before has no window of its own. */
async function runUntil(t: Serving, loaded: number): Promise<void> {
  await until(async () => {
    expect(await t.post('/syncs/docs/run')).toBe(202);
    return (await t.metric('tdp_sync_files_total', { outcome: 'loaded' })) === loaded;
  });
}

async function start(
  syncs: Readonly<Record<string, string>>,
  serve?: string,
  environment?: NodeJS.ProcessEnv,
): Promise<Serving> {
  await w.config(serveConfig(syncs, serve));
  s = await serving(w, environment);
  return s;
}

describe('cadence', () => {
  it('brings in what there is and what comes, sweeps, verifies, and leaves the file to readers between', async () => {
    w.addFiles(20);
    const t = await start({ docs: 'every: 300ms, settle: 100ms, sweep: 1s, verify: 1s' });
    await t.rest();
    addNew(5);
    await until(async () => (await t.metric('tdp_sync_files_total', { outcome: 'loaded' })) >= 25);
    await until(async () => {
      const found = await t.sync();
      // One that came between a file of old and its run may have told of it.
      return found.lastSweep !== null && found.lastVerify?.differences === 0;
    });
    expect(await until(() => differences(w).catch(() => undefined))).toEqual([]);
    expect((await t.get('/progressz')).status).toBe(200);
  });

  it('goes on where it was after SIGTERM, and after SIGKILL', async () => {
    w.addFiles(400);
    await w.config(serveConfig({ docs: `${QUICK}, batch: { documents: 20 }` }));
    w.tdp.faults.random('storage', { kind: 'slow', delayMs: 60 }, 1);
    let t = await serving(w);
    s = t;
    await until(async () => (await t.metric('tdp_sync_files_total', { outcome: 'loaded' })) > 0);
    t.signal('SIGTERM');
    expect(await t.ended).toEqual({ code: 143, signal: null });
    expect(t.output()).toMatch(/"msg":"stopped"/);
    const held = await w.sql('SELECT count(*)::INT AS n FROM docs');
    expect(held[0]?.['n']).toBeGreaterThan(0);
    expect(held[0]?.['n']).toBeLessThan(400);
    t = await serving(w);
    s = t;
    await until(async () => (await t.metric('tdp_sync_files_total', { outcome: 'loaded' })) > 0);
    await t[Symbol.asyncDispose]();
    w.tdp.faults.clear();
    s = await serving(w);
    await until(async () => (await s?.sync())?.state === 'up-to-date');
    expect(await until(() => differences(w).catch(() => undefined))).toEqual([]);
  });

  it('ends in time although TDP does not answer, and at once with a second signal', async () => {
    w.addFiles(3);
    w.tdp.faults.random('storage', { kind: 'hang' }, 1);
    const t = await start({ docs: QUICK }, 'drain: 500ms');
    await until(
      async () => (await t.metric('tdp_sync_requests_in_flight', { kind: 'retrieve' })) > 0,
    );
    t.signal('SIGINT');
    expect(await t.ended).toEqual({ code: 130, signal: null });
    expect(t.log().at(-1)).toMatchObject({ msg: 'stopped' });
    expect(t.output()).not.toMatch(/did not end in time/);
    s = await start({ docs: QUICK }, 'drain: 60s');
    const second = s;
    await until(
      async () => (await second.metric('tdp_sync_requests_in_flight', { kind: 'retrieve' })) > 0,
    );
    second.signal('SIGTERM');
    await until(async () => (await second.get('/readyz')).status === 503);
    second.signal('SIGTERM');
    expect((await second.ended).code).toBe(143);
  });
});

describe('control', () => {
  it('is not there without a token', async () => {
    const t = await start({ docs: IDLE }, 'patience: 3');
    expect(await t.post('/syncs/docs/run')).toBe(404);
    expect((await t.status()).control).toBe(false);
  });

  it('takes the right token only', async () => {
    const t = await start({ docs: IDLE });
    for (const wrong of ['', 'wrong', `${TOKEN}x`, TOKEN.slice(0, -1), TOKEN.slice(0, 5)])
      expect(await t.post('/syncs/docs/run', wrong)).toBe(401);
    expect(await t.post('/syncs/dogs/run')).toBe(404);
    expect(await t.post('/syncs/docs/explode')).toBe(404);
    expect((await t.get('/syncs/docs/run')).status).toBe(405);
    expect((await fetch(`${t.url}/metrics`, { method: 'POST' })).status).toBe(405);
    expect(await t.post('/syncs/docs/run')).toBe(202);
  });

  it('runs, pauses and resumes', async () => {
    const t = await start({ docs: IDLE });
    await until(async () => (await t.metric('tdp_sync_jobs_total', { outcome: 'complete' })) === 1);
    addNew(3);
    await runUntil(t, 3);
    expect(await t.post('/syncs/docs/pause')).toBe(202);
    expect(await t.sync()).toMatchObject({ state: 'paused', nextRunAt: null });
    expect(await t.metric('tdp_sync_paused')).toBe(1);
    expect(await t.post('/syncs/docs/run')).toBe(409);
    expect(await t.post('/syncs/docs/resume')).toBe(202);
    addNew(2);
    await runUntil(t, 5);
    const said = t.log().flatMap(({ sync, msg }) => (sync === 'docs' ? [String(msg)] : []));
    const asked = said.filter((msg) => /asked for|paused|resumed/.test(msg));
    expect(asked.indexOf('run asked for')).toBe(0);
    const from = asked.findIndex((msg) => msg.startsWith('paused'));
    expect(asked.slice(from, from + 3)).toEqual([
      expect.stringMatching(/^paused(; asked for and not begun: run)?$/),
      'run asked for, and not taken: paused',
      'resumed',
    ]);
  });

  it('tries failed files again, all or one', async () => {
    w.addFiles(4);
    w.tdp.faults.next('retrieve', { kind: '404' }, 2);
    const t = await start({ docs: IDLE });
    const { failedFiles } = await until(async () => {
      const found = await t.sync();
      return found.failing === 2 && found;
    });
    expect(failedFiles[0]?.errorCode).toBe('FILE_NOT_FOUND');
    await t.post(`/syncs/docs/retry?file=${failedFiles[0]?.fileId}`);
    await until(async () => (await t.sync()).failing === 1);
    await t.post('/syncs/docs/retry');
    const done = await until(async () => {
      const found = await t.sync();
      return found.failing === 0 && found;
    });
    expect(done.runs.map(({ kind }) => kind)).toEqual(['retry', 'retry', 'run']);
    expect(await differences(w)).toEqual([]);
  });
});

describe('probes', () => {
  const WATCHED = 'every: 300ms, settle: 100ms, sweep: never, verify: never';

  it('/progressz fails while TDP is down, and recovers; /livez and /readyz do not mind', async () => {
    w.addFiles(3);
    const t = await start({ docs: WATCHED });
    await t.rest();
    w.tdp.faults.random('any', { kind: '403' }, 1);
    await until(async () => (await t.get('/progressz')).status === 503);
    expect((await t.get('/progressz')).text).toMatch(/docs: no progress since/);
    expect((await t.get('/livez')).status).toBe(200);
    expect((await t.get('/readyz')).status).toBe(200);
    expect(await t.metric('tdp_sync_progress')).toBe(0);
    expect((await t.sync()).state).toBe('failing');
    w.tdp.faults.clear();
    await until(async () => (await t.get('/progressz')).status === 200);
    await t.rest();
  });

  it('/progressz fails while the watermark stands still although TDP has newer files and nothing says error', async () => {
    w.addFiles(3);
    const t = await start({ docs: WATCHED });
    await t.rest();
    // Every page hangs: no run ends, none fails.
    addNew(3);
    w.tdp.faults.when(
      'search',
      ({ body }) =>
        !Buffer.from(body ?? '')
          .toString()
          .includes('"size":0'),
      { kind: 'hang' },
    );
    await until(async () => (await t.get('/progressz')).status === 503);
    expect((await t.sync()).error).toBeNull();
    w.tdp.faults.clear();
  });

  it('/readyz fails while somebody else holds the database, and recovers', async () => {
    w.addFiles(3);
    const t = await start({ docs: IDLE });
    await t.rest();
    const file = join(w.dir, 'lab.duckdb');
    const instance = await DuckDBInstance.create(file);
    try {
      await t.post('/syncs/docs/run');
      await until(async () => (await t.get('/readyz')).status === 503);
      expect((await t.get('/readyz')).text).toMatch(/SINK_LOCKED/);
      expect((await t.get('/livez')).status).toBe(200);
      expect(await t.metric('tdp_sync_sink_up')).toBe(0);
    } finally {
      instance.closeSync();
    }
    await until(async () => (await t.get('/readyz')).status === 200);
  });

  it('none fails while there is nothing new for long, and none while paused', async () => {
    w.addFiles(2);
    const t = await start({ docs: WATCHED, other: IDLE });
    await t.rest();
    await t.post('/syncs/docs/pause');
    const endMs = Date.now() + 1500;
    while (Date.now() < endMs)
      for (const path of ['/livez', '/readyz', '/progressz'])
        expect((await t.get(path)).status).toBe(200);
  });
});

describe('notifications', () => {
  it('tell a receiver once that a sync fails, and once that it works again; its address is in no log', async () => {
    const told: { readonly kind: string; readonly text: string; readonly sync: string }[] = [];
    const receiver = createServer(async (request, response) => {
      let body = '';
      for await (const part of request) body += String(part);
      told.push(JSON.parse(body));
      // The first try of each message is lost.
      response.writeHead(told.length % 2 === 1 ? 503 : 200).end();
    });
    receiver.listen(0, '127.0.0.1');
    await once(receiver, 'listening');
    try {
      const { port } = receiver.address() as AddressInfo;
      const hook = `http://127.0.0.1:${port}/hooks/s3cret-of-the-hook`;
      w.addFiles(3);
      const t = await start(
        { docs: 'every: 300ms, settle: 100ms, sweep: never, verify: never' },
        `notify: { webhook: "${hook}" }`,
      );
      await t.rest();
      w.tdp.faults.random('any', { kind: '403' }, 1);
      await until(async () => told.length === 2);
      await until(async () => (await t.metric('tdp_sync_consecutive_failures')) > 3);
      w.tdp.faults.clear();
      await until(async () => told.length === 4);
      await t.rest();
      expect(told.map(({ kind, sync }) => `${sync} ${kind}`)).toEqual([
        ...['docs failing', 'docs failing', 'docs recovered', 'docs recovered'],
      ]);
      expect(told[0]?.text).toMatch(/^Run failed: .*403/);
      expect(t.output()).not.toContain('s3cret-of-the-hook');
      expect((await t.get('/status.json')).text).not.toContain('s3cret-of-the-hook');
    } finally {
      receiver.closeAllConnections();
      receiver.close();
    }
  });
});

describe('SIGHUP', () => {
  it('takes over a new config: other syncs, other cadences', async () => {
    w.addFiles(3);
    const t = await start({ docs: IDLE });
    await t.rest();
    await w.config(serveConfig({ docs: QUICK, more: QUICK }));
    t.signal('SIGHUP');
    await until(async () => (await t.status()).syncs.length === 2);
    await until(async () => (await t.sync('more')).state === 'up-to-date');
    addNew(2);
    await until(
      async () =>
        (await t.metric('tdp_sync_files_total', { sync: 'docs', outcome: 'loaded' })) === 5,
    );
    await w.config(serveConfig({ more: QUICK }));
    t.signal('SIGHUP');
    await until(async () => (await t.status()).syncs.length === 1);
    await until(async () => !(await t.get('/metrics')).text.includes('sync="docs"'));
    expect(await t.metric('tdp_sync_config_reloads_total', { outcome: 'accepted' })).toBe(2);
    expect((await t.get('/metrics')).text).toContain(
      'tdp_sync_config_reloads_total{outcome="refused"} 0\n',
    );
  });

  it('takes over a renamed sync in the midst of a run, which goes on by the new name once the old one has ended', async () => {
    w.addFiles(60);
    w.tdp.faults.random('storage', { kind: 'slow', delayMs: 300 }, 1);
    const t = await start({ docs: QUICK });
    await until(async () => ((await t.sync()).job?.seen ?? 0) > 0);
    expect((await w.cli(['rename', 'docs', 'bench'])).code).toBe(0);
    t.signal('SIGHUP');
    await until(async () => (await t.status()).syncs[0]?.name === 'bench');
    await until(async () => (await t.sync('bench')).state === 'up-to-date');
    expect((await t.sync('bench')).filesTable).toBe('docs_files');
    const said = t.log().map(({ msg }) => String(msg));
    expect(said.filter((msg) => /STATE_CONFLICT|run ended: /.test(msg))).toEqual([]);
    const order = t
      .log()
      .filter(({ msg }) => /^run (ended|started)/.test(String(msg)))
      .map(({ msg, sync }) => `${sync} ${msg}`);
    expect(order.indexOf('docs run ended')).toBeLessThan(
      order.findIndex((line) => line.startsWith('bench')),
    );
    t.signal('SIGTERM');
    await t.ended;
    expect(await differences(w)).toEqual([]);
  });

  it.each([
    [
      'a setting that there is not',
      (text: string) => text.replace('syncs:', 'nonsense: 1\nsyncs:'),
    ],
    ['another address', (text: string) => text.replace('127.0.0.1:0', '127.0.0.1:1')],
    ['a database that cannot be had', (text: string) => text.replace('./lab', './nowhere/lab')],
    ['credentials that are not there', (text: string) => text.replace('auth.json', 'gone.json')],
  ])('changes nothing at all for %s', async (_name, spoil) => {
    w.addFiles(3);
    const t = await start({ docs: IDLE });
    await t.rest();
    const before = await t.sync();
    await w.config(spoil(serveConfig({ docs: QUICK, more: QUICK })));
    t.signal('SIGHUP');
    await until(async () => (await t.status()).config.reloadError !== null);
    expect((await t.status()).syncs.map(({ name }) => name)).toEqual(['docs']);
    expect((await t.sync()).nextRunAt).toBe(before.nextRunAt);
    expect((await t.get('/readyz')).status).toBe(200);
    expect(t.log().some(({ msg }) => /not taken over/.test(String(msg)))).toBe(true);
    expect(await t.metric('tdp_sync_config_reloads_total', { outcome: 'refused' })).toBe(1);
    addNew(1);
    await runUntil(t, 4);
  });
});

it('two syncs share what the source bears, also when one comes later, and one that fails does not hold up the other', async () => {
  w.addFiles(150);
  w.tdp.faults.random('storage', { kind: 'slow', delayMs: 200 }, 1);
  const broken = `filter: [{ termm: { x: 1 } }], ${QUICK}`;
  const configOf = (syncs: Readonly<Record<string, string>>): string =>
    serveConfig(syncs, `controlToken: ${TOKEN}`, '  concurrency: 8');
  await w.config(configOf({ one: QUICK, broken }));
  s = await serving(w);
  const t = s;
  const retrieving = (): Promise<number> =>
    t.metric('tdp_sync_requests_in_flight', { kind: 'retrieve' });
  await until(async () => (await retrieving()) === 8);
  await w.config(configOf({ one: QUICK, broken, two: QUICK }));
  t.signal('SIGHUP');
  let most = 0;
  let both = 0;
  await until(async () => {
    most = Math.max(most, await retrieving());
    const { syncs } = await t.status();
    const [one, two] = ['one', 'two'].map((name) => syncs.find((sync) => sync.name === name));
    if (one?.job != null && two?.job != null && one.job.seen > 0 && two.job.seen > 0) both += 1;
    return one?.state === 'up-to-date' && two?.state === 'up-to-date';
  });
  expect(both).toBeGreaterThan(0);
  expect(most).toBeGreaterThan(2);
  // One file is allowed to each at any time.
  expect(most).toBeLessThanOrEqual(9);
  expect((await t.sync('broken')).error?.code).toBe('QUERY_REJECTED');
});

it('writes what it did into the journal, for SQL, and nothing when it did nothing', async () => {
  w.addFiles(4);
  const t = await start({ docs: QUICK });
  await until(async () => (await t.metric('tdp_sync_jobs_total', { outcome: 'complete' })) > 3);
  t.signal('SIGTERM');
  await t.ended;
  const lines = await w.sql('SELECT kind, outcome, loaded::INT AS loaded, version FROM docs_runs');
  expect(lines).toEqual([{ kind: 'run', outcome: 'complete', loaded: 4, version }]);
  addNew(1);
  // TDP's clock shows whole seconds: a run within the same one does not see it yet, and writes nothing.
  await until(async () => (await w.cli(['run'])).stdout.includes('1 file brought up to date'));
  expect((await w.cli(['run'])).code).toBe(0);
  expect(await w.sql('SELECT count(*)::INT AS n FROM docs_runs')).toEqual([{ n: 2 }]);
});

it('tells live what changes, by server-sent events', async () => {
  const t = await start({ docs: IDLE });
  const stop = new AbortController();
  const response = await fetch(`${t.url}/events`, { signal: stop.signal });
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  const read = async (pattern: RegExp): Promise<void> => {
    while (!pattern.test(text)) text += (await reader?.read())?.value ?? '';
  };
  await read(/event: status\ndata: \{"version".*"syncs":\[/);
  addNew(2);
  await runUntil(t, 2);
  await read(/event: sync\ndata: \{"name":"docs".*"loaded":2/);
  stop.abort();
});

it('serves a page that needs nothing else', async () => {
  const t = await start({ docs: IDLE });
  const page = await t.get('/');
  expect(page.text).toContain('<html lang="en">');
  expect(page.text).not.toMatch(/https?:\/\//);
  expect((await t.get('/nothing')).status).toBe(404);
});

it('asks for the SDK when the environment asks for traces', async () => {
  await writeFile(join(w.dir, 'tdp-sync.yaml'), serveConfig({ docs: IDLE }));
  const result = await w.cli(['serve'], { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' });
  expect(result.stderr).toMatch(/npm install @opentelemetry\/sdk-node/);
  expect(result.code).toBe(2);
});
