import type { FileVersion } from '@tdp-sync/emulator';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { inProcess } from './in-process.ts';
import { until } from './serving.ts';
import { configText, differences, type World, world } from './world.ts';

const HOUR = 3_600_000;

let w: World;
beforeEach(async () => {
  w = await world();
  // A run would sweep by itself, once a day.
  await w.config(configText('sweep: never'));
});
afterEach(() => w[Symbol.asyncDispose]());

/** A version of the file at this path, indexed so long ago. */
function put(path: string, hoursAgo: number, category: 'IDS' | 'RAW' = 'IDS'): FileVersion {
  const indexedAt = Date.now() - hoursAgo * HOUR;
  const content = { path, hoursAgo };
  return w.tdp.lake.put({ path, category, content, createdAt: indexedAt, indexedAt });
}

/** What a command has said, and that it ended with this code. */
async function said(code: number, ...args: readonly string[]): Promise<string> {
  const { out, err, code: ended } = await inProcess(w, args);
  expect(ended, out + err).toBe(code);
  return out + err;
}

async function statuses(): Promise<readonly unknown[]> {
  return w.sql('SELECT status, count(*)::INT AS n FROM docs_files GROUP BY ALL ORDER BY ALL');
}

/** Two versions of three files, all of them brought in, and the newer ones taken back in TDP. */
async function rolledBack(): Promise<void> {
  for (const hours of [9, 5]) {
    for (const path of ['/a.json', '/b.json', '/c.json']) put(path, hours);
    await said(0, 'sweep');
    await said(0, 'run');
  }
  for (const { path, filePath } of [...w.tdp.lake.files()])
    if (filePath === '/a.json' || filePath === '/b.json') w.tdp.lake.rollBack(path);
}

it('an earlier version that TDP shows again is named by verify, and brought in by its repair', async () => {
  await rolledBack();
  const found = await said(7, 'verify');
  expect(found).toMatch(/^earlier \/a\.json .*TDP shows an earlier version again/m);
  expect(found).toMatch(/^docs: 2 differences, in /m);
  expect(found).toMatch(/next +"tdp-sync verify --repair"/);
  expect(await said(0, 'verify', '--repair')).toMatch(/^docs: 2 differences mended, equal to TDP/m);
  expect(await differences(w)).toEqual([]);
  expect(await said(0, 'verify')).toMatch(/^docs: equal to TDP/m);
});

it('an earlier version that TDP shows again is brought in by a sweep, which says so', async () => {
  await rolledBack();
  expect(await said(0, 'sweep')).toMatch(/2 files put back to an earlier version, as TDP shows/);
  expect(await differences(w)).toEqual([]);
  expect(await said(0, 'sweep')).toMatch(/nothing has drifted/);
  put('/a.json', 3);
  await said(0, 'sweep');
  expect(await differences(w)).toEqual([]);
});

it('files that have moved are named by verify where they were, and a sweep takes that away', async () => {
  const files = Array.from({ length: 30 }, (_, at) => put(`/f${at}.json`, 5));
  await said(0, 'run');
  for (const { fileId } of files) {
    w.tdp.lake.move(fileId, 'cold');
    w.tdp.lake.reindex(fileId);
  }
  await w.config(configText('sweep: never\n    settle: 100ms'));
  const rows = async (): Promise<unknown> =>
    (await w.sql('SELECT count(*)::INT AS n FROM docs_files'))[0]?.['n'];
  // The new stamps are searchable after a moment.
  await until(async () => (await said(0, 'run')) !== '' && (await rows()) === 60);
  const found = await said(7, 'verify');
  expect(found).toMatch(/^moved \/f0\.json .*TDP shows it at another key now/m);
  expect(found).toMatch(/^docs: 30 differences, in /m);
  expect(found).toMatch(/next +"tdp-sync sweep" settles what has moved/);
  expect(await said(0, 'sweep')).toMatch(/30 files taken away from the old key/);
  expect(await rows()).toBe(30);
  expect(await said(0, 'verify')).toMatch(/^docs: equal to TDP/m);
});

it.each([
  ['mark', 30],
  ['remove', 10],
])(
  'a filter that is narrowed is one sweep’s work, with a status of its own (deletes: %s)',
  async (deletes, rows) => {
    for (let at = 0; at < 30; at += 1) put(`/f${at}.json`, 5, at < 10 ? 'IDS' : 'RAW');
    const all = `sweep: never\n    content: all\n    deletes: ${deletes}`;
    await w.config(configText(all));
    await said(0, 'run');
    await w.config(configText(`${all}\n    filter: [{ term: { category: IDS } }]`));
    await said(0, 'run');
    const found = await said(7, 'verify');
    expect(found).toMatch(/^unmatched \/f29\.json .*the sync's filter does not match it any more/m);
    expect(found).toMatch(/^docs: 20 differences, in /m);
    // Twenty of thirty that had vanished would be refused.
    expect(await said(0, 'sweep')).toMatch(/20 files that the filter does not match any more/);
    expect(await statuses()).toEqual([
      { status: 'loaded', n: 10 },
      { status: 'unmatched', n: 20 },
    ]);
    expect(await w.sql('SELECT count(*)::INT AS n FROM docs')).toEqual([{ n: rows }]);
    expect(await said(0, 'status')).toMatch(/10 loaded, 0 failed, 0 deleted, 20 no longer matched/);
    expect(JSON.parse((await inProcess(w, ['status', '--json'])).out).results).toMatchObject([
      { unmatched: 20 },
    ]);
    expect(await said(0, 'verify')).toMatch(/^docs: equal to TDP/m);
    expect(await said(0, 'sweep')).toMatch(/nothing has drifted/);
  },
);

it('deletions arrive although TDP’s records may not be read, and nobody says that TDP still has the files', async () => {
  const [gone] = Array.from({ length: 5 }, (_, at) => put(`/f${at}.json`, 5));
  w.tdp.faults.random('fileinfo', { kind: '403' }, 1);
  await said(0, 'run');
  w.tdp.lake.delete(gone?.fileId ?? '');
  await said(0, 'sweep');
  // One listing without it is not enough, and a SELECT shows it as loaded.
  expect(await said(7, 'verify')).toMatch(/^vanished \/f0\.json /m);
  const second = await said(0, 'sweep');
  expect(second).toMatch(/1 file deleted in TDP/);
  expect(second).not.toMatch(/left as they are/);
  expect(w.tdp.stats.fileinfo).toBeGreaterThan(0);
  expect(await statuses()).toEqual([
    { status: 'deleted', n: 1 },
    { status: 'loaded', n: 4 },
  ]);
  expect(await said(0, 'verify')).toMatch(/^docs: equal to TDP/m);
});
