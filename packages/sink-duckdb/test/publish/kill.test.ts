import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { documentsOf, rowCounts } from '../child/ledger-of-loads.ts';
import { type Folder, temporaryFolder } from '../folder.ts';
import { ask, askParquet, filesIn, publishTo } from './copies.ts';

const SCRIPT = fileURLToPath(new URL('../child/publisher.ts', import.meta.url));
/** More than there are. */
const MOST_STEPS = 200;
const LOADS = '_file_key, load::INTEGER AS load, count(*)::INTEGER AS rows';
const GROUPED = 'GROUP BY ALL ORDER BY ALL';

/** What a table holds after so many loads, and nothing of a later one. */
function afterLoads(last: number, table: 'runs' | 'peaks'): readonly (readonly unknown[])[] {
  const loads = new Map<string, number>();
  for (let n = 1; n <= last; n += 1) for (const { id } of documentsOf(n, 0)) loads.set(id, n);
  return [...loads]
    .map(([id, n]) => [id, n, rowCounts(n)[table]] as const)
    .filter(([, , rows]) => rows > 0)
    .sort(([a], [b]) => a.localeCompare(b));
}

/** Which load was the last that the copies hold. They hold all before it, and no part of another. */
async function expectWhole(folder: Folder): Promise<{ duckdb: number; parquet: number }> {
  const file = join(folder.path, 'read.duckdb');
  const out = join(folder.path, 'out');
  const [copied] = await ask(file, 'SELECT max(load)::INTEGER FROM peaks');
  const [written] = await askParquet(out, 'peaks', 'max(load)::INTEGER');
  const last = { duckdb: Number(copied?.[0]), parquet: Number(written?.[0]) };
  for (const table of ['runs', 'peaks'] as const) {
    expect(await ask(file, `SELECT ${LOADS} FROM ${table} ${GROUPED}`)).toEqual(
      afterLoads(last.duckdb, table),
    );
    expect(await askParquet(out, table, LOADS, GROUPED)).toEqual(afterLoads(last.parquet, table));
  }
  return last;
}

/** What is beside the copies that nobody reads. */
async function leftovers({ path }: Folder): Promise<readonly string[]> {
  const beside = (await readdir(path)).filter((name) => name.includes('.next-'));
  const files = await filesIn(join(path, 'out'));
  return [...beside, ...files.filter((name) => name.includes('.next-'))];
}

test('killed at each step, readers find the copy of before or the one of now', async () => {
  await using folder = await temporaryFolder();
  const started = spawnSync(process.execPath, [SCRIPT, folder.path, String(MOST_STEPS)], {
    encoding: 'utf8',
  });
  expect(started.stdout).toBe('000000001\n');
  let step = 0;
  let last = { duckdb: 1, parquet: 1 };
  const moved = { duckdb: 0, parquet: 0 };
  for (let isKilled = true; isKilled; ) {
    step += 1;
    const child = spawnSync(process.execPath, [SCRIPT, folder.path, String(step)], {
      encoding: 'utf8',
    });
    isKilled = child.signal === 'SIGKILL';
    const now = await expectWhole(folder);
    for (const kind of ['duckdb', 'parquet'] as const) {
      expect([last[kind], step + 1]).toContain(now[kind]);
      if (now[kind] > last[kind]) moved[kind] += 1;
    }
    last = now;
    expect((await leftovers(folder)).length, `step ${step}`).toBeLessThan(4);
    expect(step).toBeLessThan(MOST_STEPS);
  }
  // The last one has come to its end, and has taken away what the others had left.
  expect(last).toEqual({ duckdb: step + 1, parquet: step + 1 });
  expect(await leftovers(folder)).toEqual([]);
  expect(step).toBeGreaterThan(20);
  for (const count of Object.values(moved)) expect(count).toBeGreaterThan(1);
});

test('killed at any moment, too', async () => {
  await using folder = await temporaryFolder();
  for (let round = 0; round < 6; round += 1) {
    const child = spawn(process.execPath, [SCRIPT, folder.path, '0'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(child, 'exit');
    let left = 2;
    for await (const _ of createInterface({ input: child.stdout })) {
      left -= 1;
      if (left === 0) setTimeout(() => child.kill('SIGKILL'), 37 * round);
    }
    await ended;
    await expectWhole(folder);
  }
  await rm(join(folder.path, 'lab.duckdb.tmp'), { recursive: true, force: true });
  const [done] = await publishTo(folder, 'read.duckdb');
  expect(done?.error).toBeUndefined();
  expect((await leftovers(folder)).filter((name) => name.startsWith('read.'))).toEqual([]);
});
