import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { serveConfig, serving } from './serving.ts';
import { type CliResult, configText, type World, world } from './world.ts';

const HOUR = 3_600_000;
const YEAR = 365 * 24 * HOUR;

let w: World;
beforeEach(async () => {
  w = await world();
  await w.config(configText('settle: 100ms'));
});
afterEach(() => w[Symbol.asyncDispose]());

/** What TDP's clock, or that of a proxy before it, is ahead of the true time. */
function dateIsOff(clockSkewMs: number): void {
  Object.assign(w.tdp.switches, { clockSkewMs });
}

let puts = 0;
function put(indexedAt = Date.now() - 1000): void {
  puts += 1;
  const content = JSON.stringify({ '@idsType': 'late', puts });
  const visibleAfterMs = Math.min(Date.now() - indexedAt, 0);
  w.tdp.lake.put({
    ...{ path: `/late-${puts}.json`, category: 'IDS', ids: 'common/late:v1.0.0', content },
    ...{ createdAt: Math.min(indexedAt, Date.now()), indexedAt, visibleAfterMs },
  });
}

/** What a command has said, and that it ended with this code. */
async function said(code: number, ...args: readonly string[]): Promise<string> {
  const result: CliResult = await w.cli(args);
  const text = result.stdout + result.stderr;
  expect(result.code, text).toBe(code);
  return text;
}

/** Writes a position as a clock two years ahead would have. */
async function storeFuture(): Promise<string> {
  const instance = await DuckDBInstance.create(join(w.dir, 'lab.duckdb'));
  const connection = await instance.connect();
  const watermark = new Date(Date.now() + 2 * YEAR).toISOString();
  await connection.run(
    `UPDATE _tdp_sync_state SET state = json_merge_patch(state, '{"watermark":"${watermark}","clocks":null}') WHERE sync = 'docs'`,
  );
  connection.closeSync();
  instance.closeSync();
  return watermark.slice(0, 10);
}

it('a proxy two hours ahead hides no file, and everybody says that it is', async () => {
  w.addFiles(3);
  dateIsOff(2 * HOUR);
  const first = await said(0, 'run');
  expect(first).toMatch(/clocks .*this machine's clock is 2 h 0 min behind TDP's; nothing tells/);
  put();
  const second = await said(0, 'run');
  expect(second).toMatch(/1 file brought up to date/);
  expect(second).toMatch(/nothing behind TDP as of/);
  expect(await w.sql('SELECT count(*)::INT AS n FROM docs')).toEqual([{ n: 4 }]);
  expect(await said(0, 'check')).toMatch(
    /clock\s+warning.*TDP's clock \(the Date of its answers\) is 2 h 0 min ahead of this machine's/,
  );
  expect(await said(0, 'status')).toMatch(/clocks .*2 h 0 min ahead of this/);
  const [status] = JSON.parse(await said(0, 'status', '--json')).results;
  expect(status).toMatchObject({ clocks: { verdict: 'date-wrong' }, behindMs: 0, pullBack: null });
  expect(await said(0, 'verify')).toMatch(/equal to TDP[\s\S]*clocks .*2 h 0 min ahead/);
});

it('how far clocks may differ is a setting', async () => {
  w.addFiles(3);
  dateIsOff(10 * 60_000);
  for (const [tolerance, isTold] of [
    ['30m', false],
    ['5m', true],
  ] as const) {
    await w.config(configText('settle: 100ms', `  clockTolerance: ${tolerance}`));
    expect(/^ +clocks/m.test(await said(0, 'run'))).toBe(isTold);
    expect(/clock\s+warning/.test(await said(0, 'check'))).toBe(isTold);
    const [{ clocks }] = JSON.parse(await said(0, 'status', '--json')).results;
    expect(clocks.verdict !== 'agree').toBe(isTold);
  }
});

it('without the setting clocks may differ by five minutes', async () => {
  w.addFiles(3);
  dateIsOff(4 * 60_000);
  expect(await said(0, 'run')).not.toMatch(/^ +clocks/m);
  dateIsOff(6 * 60_000);
  expect(await said(0, 'run')).toMatch(/^ +clocks .*(5 min 59 s|6 min 0 s) behind/m);
});

it('a position in the future is named by status, and pulled back by the next run', async () => {
  w.addFiles(5);
  await said(0, 'run');
  const day = await storeFuture();
  put();
  const status = await said(0, 'status');
  expect(status).toMatch(new RegExp(`next run .*${day}.*reading again from the beginning`));
  expect(status).not.toMatch(new RegExp(`complete up to\\s+${day}`));
  expect(status).not.toMatch(/nothing missing/);
  const run = await said(0, 'run');
  expect(run).toMatch(/1 file brought up to date/);
  expect(run).toMatch(new RegExp(`pulled .*${day}`));
  expect(run).not.toMatch(new RegExp(`complete .*up to ${day}`));
  expect(await said(0, 'status')).not.toMatch(new RegExp(day));
  const lines = await w.sql('SELECT watermark_before, watermark_after FROM docs_runs');
  expect(lines.map((line) => String(line['watermark_before']).slice(0, 10))).toContain(day);
});

it('a clock ten years behind is the reason that is given, and not the filter', async () => {
  await w.config(configText('since: 2026-01-01'));
  put(Date.now() - HOUR);
  dateIsOff(-10 * YEAR);
  const text = await said(4, 'run');
  expect(text).toMatch(/CLOCKS_DISAGREE/);
  expect(text).not.toMatch(/no file for this filter|nothing behind/);
});

it('a since that is yet to come is the reason that is given, and not the filter', async () => {
  await w.config(configText('since: 2099-01-01'));
  put();
  const text = await said(0, 'run');
  expect(text).toMatch(/nothing to do before 2099-01-01/);
  expect(text).not.toMatch(/no file for this filter/);
  expect(await said(0, 'check')).toMatch(/search docs\s+warning.*before 2099-01-01/);
});

it('check and preview are about the files that since has left', async () => {
  put(Date.now() - 2 * YEAR);
  await w.config(configText(`since: ${new Date(Date.now() - YEAR).toISOString()}`));
  expect(await said(0, 'check')).toMatch(
    /search docs\s+warning\s+TDP shows no file for this filter from \S+ \S+ UTC \(since\) on/,
  );
  expect(await said(0, 'preview')).toMatch(/docs: what 0 files would become/);
  put();
  expect(await said(0, 'check')).toMatch(
    /search docs\s+ok\s+1 file from \S+ \S+ UTC \(since\) on,/,
  );
  expect(await said(0, 'preview')).toMatch(/what 1 file would become/);
  await w.config(configText());
  expect(await said(0, 'check')).toMatch(/search docs\s+ok\s+2 files, the newest/);
});

it('a file that is indexed in the future is told of, and a sweep brings it in', async () => {
  w.addFiles(3);
  put(Date.now() + 2 * YEAR);
  const text = await said(0, 'run');
  expect(text).toMatch(/TDP shows 1 file indexed in the future/);
  expect(text).toMatch(/nothing behind TDP/);
  expect(await w.sql('SELECT count(*)::INT AS n FROM docs')).toEqual([{ n: 3 }]);
  await said(0, 'sweep');
  expect(await w.sql('SELECT count(*)::INT AS n FROM docs')).toEqual([{ n: 4 }]);
});

it('a sweep that was dated by a clock of the future holds up none', async () => {
  w.addFiles(3);
  await said(0, 'run');
  await said(0, 'sweep');
  expect(await said(0, 'run')).not.toMatch(/swept/);
  const instance = await DuckDBInstance.create(join(w.dir, 'lab.duckdb'));
  const connection = await instance.connect();
  const at = new Date(Date.now() + 2 * YEAR).toISOString();
  await connection.run(
    `UPDATE _tdp_sync_state SET state = json_merge_patch(state, '{"sweep":{"at":"${at}"}}') WHERE sync = 'docs'`,
  );
  connection.closeSync();
  instance.closeSync();
  expect(await said(0, 'run')).toMatch(/swept/);
  expect(await said(0, 'run')).not.toMatch(/swept/);
});

it('serve shows the difference, and goes on', async () => {
  w.addFiles(3);
  put(Date.now() + 2 * YEAR);
  put();
  dateIsOff(-2 * HOUR);
  await w.config(serveConfig({ docs: 'every: 1h, settle: 100ms, sweep: never, verify: never' }));
  await using s = await serving(w);
  const sync = await s.rest();
  expect(sync).toMatchObject({
    lagSeconds: 0,
    clocks: {
      troubles: [expect.stringMatching(/behind this machine's/), expect.stringMatching(/future/)],
    },
  });
  const difference = await s.metric('tdp_sync_clock_difference_seconds', { sync: 'docs' });
  expect(Math.abs(difference + 7200)).toBeLessThan(30);
  expect(await s.metric('tdp_sync_future_files')).toBe(1);
  expect(await s.metric('tdp_sync_lag_seconds')).toBe(0);
  expect(s.output()).toMatch(/"level":"warn"[^\n]*behind this machine's/);
});
