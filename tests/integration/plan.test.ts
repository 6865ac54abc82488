import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type World, world } from './world.ts';

let w: World;
beforeEach(async () => {
  w = await world();
  w.addFiles(60);
});
afterEach(async () => {
  await w[Symbol.asyncDispose]();
});

it('plan says what the first run would bring, measures with a few files, and writes nothing', async () => {
  const { code, stdout, stderr } = await w.cli(['plan', 'docs']);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/docs: what the next run would do\n {2}looks at +60 hits of TDP's search/);
  expect(stdout).toMatch(/retrieves +60 files, [\d.]+ KB as TDP stores them\n/);
  expect(stdout).toMatch(
    /time +about .* files\/s, as measured now with 16 files, retrieved and thrown away/,
  );
  expect(w.tdp.stats.retrieves).toBe(16);
  expect(existsSync(join(w.dir, 'lab.duckdb'))).toBe(false);
});

it('without a sample nothing is retrieved, and the time is unknown', async () => {
  const { stdout } = await w.cli(['plan', '--no-sample']);
  expect(stdout).toMatch(/time +unknown: no run has brought enough files yet/);
  expect(w.tdp.stats.retrieves).toBe(0);
});

it('after a run the time follows from that, and the file from what is held', async () => {
  await w.cli(['run']);
  expect((await w.cli(['plan'])).stdout).toBe('docs: nothing to do for the next run\n');
  const indexedAt = Date.now() - 3_600_000;
  for (const path of ['/1.json', '/2.json'])
    w.tdp.lake.put({ path, content: '{}', category: 'IDS', createdAt: indexedAt, indexedAt });
  await w.cli(['reset', 'docs', '--yes']);
  const before = w.tdp.stats.retrieves;
  const { results } = JSON.parse((await w.cli(['plan', '--json'])).stdout);
  expect(w.tdp.stats.retrieves).toBe(before);
  expect(results).toMatchObject([
    {
      ...{ sync: 'docs', hits: 62, looked: 62, isExact: true, toRetrieve: { files: 62 } },
      ...{ retrievals: 62, rate: { measuredBy: 'runs', files: 60 }, commits: 1 },
    },
  ]);
  const [{ seconds, rate }] = results;
  expect(seconds).toBeCloseTo(62 / rate.filesPerSecond);
});
