import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Metrics } from '../../apps/cli/src/serve/metrics.ts';
import { version } from '../../apps/cli/src/version.ts';
import { type Serving, serveConfig, serving, until } from './serving.ts';
import { type World, world } from './world.ts';

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

async function start(sync: string): Promise<Serving> {
  await w.config(serveConfig({ docs: sync }));
  s = await serving(w);
  return s;
}

it('counts files, windows, batches, requests and what they cost', async () => {
  w.addFiles(7);
  const t = await start(IDLE);
  await t.rest();
  const files = (outcome: string) => t.metric('tdp_sync_files_total', { sync: 'docs', outcome });
  expect([await files('seen'), await files('loaded'), await files('known')]).toEqual([7, 7, 0]);
  await t.post('/syncs/docs/run');
  await until(async () => (await files('known')) >= 0);
  expect(await t.metric('tdp_sync_windows_total')).toBeGreaterThan(0);
  expect(await t.metric('tdp_sync_content_bytes_total')).toBeGreaterThan(1000);
  for (const name of ['commit_duration_seconds', 'batch_duration_seconds', 'batch_bytes'])
    expect(await t.metric(`tdp_sync_${name}_count`, { sync: 'docs' }), name).toBeGreaterThan(0);
  expect(await t.metric('tdp_sync_job_duration_seconds_count', { kind: 'run' })).toBeGreaterThan(0);
  expect(await t.metric('tdp_sync_jobs_total', { outcome: 'complete' })).toBeGreaterThan(0);
  expect(await t.metric('tdp_sync_requests_total', { outcome: 'ok' })).toBeGreaterThan(0);
  expect(await t.metric('tdp_sync_request_duration_seconds_count', { kind: 'retrieve' })).toBe(7);
  expect(await t.metric('tdp_sync_concurrency_limit')).toBeGreaterThan(15);
  expect(await t.metric('tdp_sync_build_info', { version })).toBe(1);
  expect(await t.metric('tdp_sync_sink_up')).toBe(1);
  expect(await t.metric('tdp_sync_progress')).toBe(1);
  const now = Date.now() / 1000;
  for (const name of ['watermark_timestamp_seconds', 'config_last_reload_timestamp_seconds'])
    expect(await t.metric(`tdp_sync_${name}`), name).toBeGreaterThan(now - 60);
  expect(
    await t.metric('tdp_sync_last_success_timestamp_seconds', { kind: 'run' }),
  ).toBeGreaterThan(now - 60);
  expect(await t.metric('tdp_sync_tdp_newest_timestamp_seconds')).toBeGreaterThan(now - 5 * 3600);
  expect(await t.metric('tdp_sync_lag_seconds')).toBe(0);
  expect(await t.metric('process_resident_memory_bytes')).toBeGreaterThan(1e6);
});

it.each([
  ['429', '429'],
  ['503', '5xx'],
  ['reset', 'broken'],
  ['timed_out', 'page_invalid'],
] as const)('counts requests that are tried again for %s as %s', async (kind, reason) => {
  w.addFiles(2);
  w.tdp.faults.next('search', { kind }, 1);
  const t = await start(IDLE);
  await t.rest();
  expect(
    await t.metric('tdp_sync_request_retries_total', { class: reason }),
    (await t.get('/metrics')).text.match(/request_retries.*/g)?.join('\n'),
  ).toBe(1);
});

it('counts failed files by code', async () => {
  const broken = 'ffffffff-0000-4000-8000-000000000000';
  w.tdp.faults.when('retrieve', ({ url }) => !url.includes(broken), { kind: '404' }, 2);
  w.addFiles(5);
  w.tdp.lake.put({
    path: '/broken/IDS/x.json',
    category: 'IDS',
    ids: 'common/x:v1.0.0',
    content: '{ broken',
    fileId: broken,
    indexedAt: Date.now() - 7_200_000,
  });
  const t = await start(IDLE);
  await until(
    async () => (await t.sync()).failing === 3,
    () => t.output(),
  );
  const failures = (code: string) => t.metric('tdp_sync_file_failures_total', { code });
  expect(await failures('FILE_NOT_FOUND')).toBe(2);
  expect(await failures('DOCUMENT_INVALID')).toBe(1);
  expect(await t.metric('tdp_sync_failing_files')).toBe(3);
  expect(await t.metric('tdp_sync_files_total', { outcome: 'failed' })).toBe(3);
});

it('counts windows of which TDP counts more than it shows', async () => {
  w.addFiles(2);
  const t = await start(IDLE);
  await t.rest();
  const inPage = ({ body }: { body?: Uint8Array }) =>
    !Buffer.from(body ?? '')
      .toString()
      .includes('"size":0');
  // A file that comes up within the window behind the page that has been read.
  let isDone = false;
  w.tdp.faults.when(
    'search',
    (request) => {
      if (!isDone && inPage(request) && Buffer.from(request.body ?? '').includes('search_after')) {
        isDone = true;
        w.tdp.lake.put({
          path: '/late/IDS/x.json',
          category: 'IDS',
          content: '{}',
          fileId: '00000000-0000-4000-8000-000000000000',
          indexedAt: Date.now() - 60_000,
        });
      }
      return false;
    },
    { kind: '500' },
  );
  w.tdp.lake.put({
    path: '/new/IDS/x.json',
    category: 'IDS',
    content: '{}',
    indexedAt: Date.now() - 60_000,
  });
  await until(async () => {
    await t.post('/syncs/docs/run');
    return (await t.metric('tdp_sync_window_holes_total')) === 1;
  });
  await until(async () => (await t.metric('tdp_sync_files_total', { outcome: 'loaded' })) === 4);
});

it('tells of sweeps, verifications, failures in a row, the token, and what is under way', async () => {
  w.addFiles(3);
  const expiresAt = Math.floor(Date.now() / 1000 + 3600) * 1000;
  const auth = { ...w.tdp.authFile(), auth_token: w.tdp.issueToken({ expiresAt }) };
  await writeFile(join(w.dir, 'auth.json'), JSON.stringify(auth));
  const t = await start('every: 400ms, settle: 100ms, sweep: 300ms, verify: 300ms');
  await until(async () => (await t.metric('tdp_sync_last_verify_timestamp_seconds')) > 0);
  await until(async () => (await t.metric('tdp_sync_last_sweep_timestamp_seconds')) > 0);
  expect((await t.get('/metrics')).text).toMatch(/tdp_sync_verify_differences\{sync="docs"\} 0/);
  expect(await t.metric('tdp_sync_token_expiry_timestamp_seconds')).toBe(expiresAt / 1000);
  w.tdp.faults.when('search', () => true, { kind: 'slow', delayMs: 300 });
  await until(async () => (await t.metric('tdp_sync_running')) === 1);
  await until(async () => (await t.metric('tdp_sync_requests_in_flight')) > 0);
  w.tdp.faults.clear();
  // A difference that only a comparison shows: the file that search does not show any more.
  w.tdp.lake.addBulk({
    count: 1,
    bytes: 100,
    seed: 77,
    indexedFrom: Date.now() - 9e6,
    indexedTo: Date.now() - 8.9e6,
  });
  await until(async () => (await t.metric('tdp_sync_files_total', { outcome: 'loaded' })) === 4);
  w.tdp.revoke(auth.auth_token);
  await until(async () => (await t.metric('tdp_sync_consecutive_failures')) > 1);
  expect((await t.sync()).error?.code).toBe('AUTH_REJECTED');
  expect(await t.metric('tdp_sync_jobs_total', { outcome: 'failed' })).toBeGreaterThan(0);
});

it('docs/operations.md names every metric, and none that there is not', async () => {
  const text = await readFile(new URL('../../docs/operations.md', import.meta.url), 'utf8');
  const documented = [...text.matchAll(/^\| `(tdp_sync_[a-z_]+)`/gm)].map(([, name]) => name);
  const names = new Metrics().registry
    .getMetricsAsArray()
    .map(({ name }) => name)
    .filter((name) => name.startsWith('tdp_sync_'));
  expect(documented.sort()).toEqual(names.sort());
});
