import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { configText, differences, type World, world } from './world.ts';

const CLI = fileURLToPath(new URL('../../apps/cli/bin/tdp-sync.js', import.meta.url));

let w: World;
/** How far TDP's clock has been moved on: it counts seconds, and before the next one there is no new window. */
let aheadMs: number;
beforeEach(async () => {
  aheadMs = 0;
  w = await world({ keepLog: true, now: () => Date.now() + aheadMs });
});
afterEach(async () => {
  await w[Symbol.asyncDispose]();
});

describe('run after run', () => {
  it('brings everything once: the second run only searches, and writes no row', async () => {
    w.addFiles(250);
    w.tdp.lake.put({
      path: '/raw/one.txt',
      category: 'RAW',
      content: 'not JSON',
      indexedAt: Date.now() - 7_200_000,
    });
    const first = await w.cli(['run', '--json']);
    expect(first.code).toBe(0);
    expect(JSON.parse(first.stdout).results).toMatchObject([
      { sync: 'docs', outcome: 'complete', loaded: 251, failed: 0, behindMs: 0 },
    ]);
    expect(await differences(w)).toEqual([]);
    const rows = await w.sql('SELECT * FROM docs_files JOIN docs USING (_file_key) ORDER BY ALL');

    w.tdp.stats.reset();
    const second = await w.cli(['run', '--json']);
    expect(JSON.parse(second.stdout).results).toMatchObject([
      { loaded: 0, refreshed: 0, failed: 0 },
    ]);
    expect(w.tdp.stats).toMatchObject({ retrieves: 0, downloads: 0 });
    expect(w.tdp.stats.searches).toBeGreaterThan(0);
    expect(
      await w.sql('SELECT * FROM docs_files JOIN docs USING (_file_key) ORDER BY ALL'),
    ).toEqual(rows);
  });

  it('replaces a file by its new version, refreshes a re-indexed one without fetching it, and never goes back', async () => {
    await w.config(configText('settle: 1s'));
    const old = w.tdp.lake.put({
      path: '/a.json',
      category: 'IDS',
      content: { reading: 1 },
      createdAt: Date.now() - 9e6,
      indexedAt: Date.now() - 9e6,
    });
    await w.cli(['run']);
    w.tdp.lake.put({
      path: '/a.json',
      category: 'IDS',
      content: { reading: 2 },
      createdAt: Date.now() - 8e6,
      indexedAt: Date.now() - 4000,
    });
    aheadMs += 1100;
    await w.cli(['run']);
    expect(await w.sql("SELECT document->>'reading' AS reading FROM docs")).toEqual([
      { reading: '2' },
    ]);
    expect(await differences(w)).toEqual([]);

    // So long ago that it has settled by this machine's clock, too: a run goes by the earlier one.
    aheadMs = -2500;
    w.tdp.lake.reindex(old.fileId);
    const newest = [...w.tdp.lake.files()].find(({ fileId }) => fileId !== old.fileId);
    w.tdp.lake.reindex(newest?.fileId ?? '');
    aheadMs = 2200;
    w.tdp.stats.reset();
    const result = await w.cli(['run', '--json']);
    expect(JSON.parse(result.stdout).results).toMatchObject([{ loaded: 0, refreshed: 1 }]);
    expect(w.tdp.stats.retrieves).toBe(0);
    expect(await w.sql("SELECT document->>'reading' AS reading FROM docs")).toEqual([
      { reading: '2' },
    ]);
  });

  it('says exit code 6 and why when a file cannot be loaded, and loads the others', async () => {
    w.addFiles(20);
    w.tdp.lake.put({
      path: '/broken.json',
      category: 'IDS',
      ids: 'common/x:v1.0.0',
      content: '{"reading": ',
      indexedAt: Date.now() - 7_200_000,
    });
    const result = await w.cli(['run']);
    expect(result.code).toBe(6);
    expect(result.stdout).toMatch(/failed\s+1\n/);
    expect(
      await w.sql("SELECT file_path, error_code, attempts FROM docs_files WHERE status = 'failed'"),
    ).toEqual([{ file_path: '/broken.json', error_code: 'DOCUMENT_INVALID', attempts: '1' }]);
    expect(await w.sql('SELECT count(*)::INT AS n FROM docs')).toEqual([{ n: 20 }]);
  });

  it('loads all others when twelve files at the head of a window are refused for ever, and says which and why', async () => {
    w.addFiles(60);
    const files = [...w.tdp.lake.files()].sort((a, b) => (a.fileId < b.fileId ? -1 : 1));
    const codes = ['AccessDenied', 'InvalidObjectState', 'KMS.DisabledException'] as const;
    for (const [at, { fileId }] of files.slice(0, 12).entries())
      w.tdp.lake.refuse(fileId, codes[at % 3]);
    const result = await w.cli(['run']);
    expect(result.code).toBe(6);
    expect(await w.sql('SELECT count(*)::INT AS n FROM docs')).toEqual([{ n: 48 }]);
    expect(
      await w.sql(
        "SELECT error_code, error, count(*)::INT AS n FROM docs_files WHERE status = 'failed' GROUP BY ALL ORDER BY error",
      ),
    ).toEqual(
      [
        '400 (KMS.DisabledException: ',
        '403 (AccessDenied: Access Denied)',
        "403 (InvalidObjectState: The operation is not valid for the object's storage class)",
      ].map((said) => ({
        error_code: 'SOURCE_UNAVAILABLE',
        error: expect.stringContaining(said),
        n: 4,
      })),
    );
    const fresh = w.tdp.lake.put({
      path: '/fresh.json',
      category: 'IDS',
      content: { reading: 1 },
      indexedAt: Date.now() - 120_000,
    });
    aheadMs += 1100;
    expect((await w.cli(['run'])).code).toBe(6);
    expect(await w.sql(`SELECT status FROM docs_files WHERE file_id = '${fresh.fileId}'`)).toEqual([
      { status: 'loaded' },
    ]);
  });

  it('stops at an outage with nothing moved on, and continues afterwards', async () => {
    w.addFiles(60);
    await w.config(configText('failures: { consecutive: 3 }'));
    const heal = w.tdp.faults.random('retrieve', { kind: '404' }, 0);
    heal();
    const stop = w.tdp.faults.random('retrieve', { kind: '403' }, 1);
    const ill = await w.cli(['run']);
    expect(ill.code).toBe(3);
    expect(ill.stderr).toMatch(/SOURCE_OUTAGE/);
    expect(JSON.parse((await w.cli(['status', '--json'])).stdout).results).toMatchObject([
      { watermark: null, loaded: 0, failed: 0 },
    ]);
    stop();
    expect((await w.cli(['run'])).code).toBe(0);
    expect(await differences(w)).toEqual([]);
  });

  it('sends credentials to no other host, and shows none', async () => {
    w.addFiles(50);
    const result = await w.cli(['run', '--log-level', 'trace']);
    expect(w.tdp.stats.downloads).toBe(50);
    expect(w.tdp.stats.leakedCredentials).toBe(0);
    expect(result.stdout + result.stderr).not.toContain(w.tdp.authFile().auth_token);
    expect(result.stdout + result.stderr).not.toMatch(/X-Amz-Signature/i);
  });
});

describe('a database that another process holds', () => {
  async function held() {
    w.addFiles(2);
    await w.cli(['run']);
    const hold = `
      import { DuckDBInstance } from '@duckdb/node-api';
      const instance = await DuckDBInstance.create(${JSON.stringify(join(w.dir, 'lab.duckdb'))});
      console.log('held');
      setInterval(() => instance, 1000);`;
    const holder = spawn(process.execPath, ['--input-type=module', '-e', hold], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(holder.stdout, 'data');
    return holder;
  }

  it('is named together with the holder, exit code 5', async () => {
    const holder = await held();
    try {
      const result = await w.cli(['run']);
      expect(result.code).toBe(5);
      expect(result.stderr).toMatch(/lab\.duckdb/);
      expect(result.stderr).toContain(String(holder.pid));
      expect(result.stderr).toMatch(/SINK_LOCKED/);
    } finally {
      holder.kill();
    }
  });

  it('is waited for with --wait, and loaded as soon as it is let go', async () => {
    const holder = await held();
    w.addFiles(3);
    const command = spawn(process.execPath, [CLI, 'run', '--wait', '5m'], {
      cwd: w.dir,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let told = '';
    command.stderr.setEncoding('utf8').on('data', (text: string) => {
      told += text;
      if (text.includes('Waiting for it')) holder.kill();
    });
    expect(await once(command, 'close')).toEqual([0, null]);
    expect(told).toContain(`PID ${holder.pid}`);
    expect(told).toContain('The database is free');
    expect(await differences(w)).toEqual([]);
  });
});
