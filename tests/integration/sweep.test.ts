import { afterEach, beforeEach, expect, it } from 'vitest';
import { configText, differences, type World, world } from './world.ts';

let w: World;
beforeEach(async () => {
  w = await world();
});
afterEach(async () => {
  await w[Symbol.asyncDispose]();
});

it('a file deleted in TDP is marked by the second sweep, and is back when it is restored', async () => {
  w.addFiles(20);
  await w.cli(['run']);
  const [file] = w.tdp.lake.files();
  const fileId = file?.fileId ?? '';
  w.tdp.lake.delete(fileId);
  const status = `SELECT status, file_path, loaded_file_id FROM docs_files WHERE file_id = '${fileId}'`;

  expect((await w.cli(['sweep'])).stdout).toMatch(/1 file missing in TDP, to be decided/);
  expect(await w.sql(status)).toMatchObject([{ status: 'loaded' }]);
  expect((await w.cli(['sweep'])).stdout).toMatch(/1 file deleted in TDP/);
  expect(await w.sql(status)).toEqual([
    { status: 'deleted', file_path: file?.filePath, loaded_file_id: fileId },
  ]);
  expect(JSON.parse((await w.cli(['status', '--json'])).stdout).results).toMatchObject([
    { loaded: 19, deleted: 1, lastSweep: { listed: 19, deleted: 1 } },
  ]);

  w.tdp.lake.restore(fileId, { restamp: false });
  expect((await w.cli(['sweep'])).stdout).toMatch(/1 file loaded/);
  expect(await differences(w)).toEqual([]);
});

it('run sweeps by itself when a sweep is due, and not before the first run', async () => {
  w.addFiles(5);
  expect((await w.cli(['run'])).stdout).not.toMatch(/swept/);
  expect((await w.cli(['run'])).stdout).toMatch(/swept\s+5 hits listed: nothing has drifted/);
  expect((await w.cli(['run'])).stdout).not.toMatch(/swept/);
});

it('status remembers the last sweep and the last verification', async () => {
  w.addFiles(5);
  await w.cli(['run']);
  expect((await w.cli(['status'])).stdout).toMatch(/last sweep +never\n +last verify +never/);
  await w.cli(['sweep']);
  await w.cli(['verify']);
  const status = await w.cli(['status']);
  expect(status.stdout).toMatch(
    /last sweep +20.*: 0 newly missing, 0 deleted\n +last verify +20.*: equal/,
  );
  w.tdp.lake.delete([...w.tdp.lake.files()][0]?.fileId ?? '');
  expect((await w.cli(['verify'])).code).toBe(7);
  expect(JSON.parse((await w.cli(['status', '--json'])).stdout).results).toMatchObject([
    { lastVerify: { differences: 1, failed: 0 } },
  ]);
});

it('remove takes the data away; ignore leaves all', async () => {
  await w.config(configText('deletes: remove'));
  w.addFiles(3);
  await w.cli(['run']);
  const [first, second] = w.tdp.lake.files();
  w.tdp.lake.delete(first?.fileId ?? '');
  await w.cli(['sweep']);
  await w.cli(['sweep']);
  expect(await w.sql('SELECT count(*)::INT AS n FROM docs')).toEqual([{ n: 2 }]);
  await w.config(configText('deletes: ignore'));
  w.tdp.lake.delete(second?.fileId ?? '');
  await w.cli(['sweep']);
  await w.cli(['sweep']);
  expect(await w.sql("SELECT count(*)::INT AS n FROM docs_files WHERE status = 'loaded'")).toEqual([
    { n: 2 },
  ]);
});

it('refuses when too much has vanished, says why, and goes on when told to', async () => {
  w.addFiles(60);
  await w.cli(['run']);
  for (const { fileId } of [...w.tdp.lake.files()].slice(0, 15)) w.tdp.lake.delete(fileId);
  const refused = await w.cli(['sweep']);
  expect(refused.code).toBe(4);
  expect(refused.stderr).toMatch(/15 of 60 files .* \[SWEEP_REFUSED\]/);
  expect((await w.cli(['sweep', '--max-vanished', '0.5'])).code).toBe(0);
  expect((await w.cli(['sweep'])).stdout).toMatch(/15 files deleted in TDP/);
});

it('a sweep that refuses does not hide what the run has done', async () => {
  w.addFiles(60);
  await w.cli(['run']);
  for (const { fileId } of [...w.tdp.lake.files()].slice(0, 15)) w.tdp.lake.delete(fileId);
  const result = await w.cli(['run']);
  expect(result.stdout).toMatch(/docs: nothing new/);
  expect(result.stderr).toMatch(/SWEEP_REFUSED/);
  expect(result.code).toBe(4);
});

it('labels changed without a stamp are refreshed by a sweep without a download', async () => {
  await w[Symbol.asyncDispose]();
  w = await world({ switches: { labelsRestampIndexedAt: false } });
  w.addFiles(4);
  await w.cli(['run']);
  const [file] = w.tdp.lake.files();
  w.tdp.lake.label(file?.fileId ?? '', [{ name: 'project', value: 'alpha' }]);
  w.tdp.stats.reset();
  expect((await w.cli(['sweep'])).stdout).toMatch(/1 file with changed attributes/);
  expect(w.tdp.stats.retrieves).toBe(0);
  expect(
    await w.sql(
      `SELECT labels->>'$[0].value' AS project FROM docs_files WHERE file_id = '${file?.fileId}'`,
    ),
  ).toEqual([{ project: 'alpha' }]);
});

it('retry tries failed files now; status says why they failed', async () => {
  w.addFiles(6);
  const [file] = w.tdp.lake.files();
  const stop = w.tdp.faults.when('retrieve', ({ url }) => url.includes(file?.fileId ?? '?'), {
    kind: '403',
  });
  expect((await w.cli(['run'])).code).toBe(6);
  expect((await w.cli(['run', '--json'])).code).toBe(6);
  const status = await w.cli(['status']);
  expect(status.stdout).toMatch(/1 file, 0 due for another try/);
  expect(status.stdout).toMatch(/ 1 ACCESS_DENIED: /);
  expect(status.stdout).toContain(file?.filePath ?? '?');
  stop();
  const retried = await w.cli(['retry']);
  expect(retried.stdout).toMatch(/1 failed file tried, 1 loaded, 0 failed again/);
  expect(retried.code).toBe(0);
  expect(await differences(w)).toEqual([]);
});
