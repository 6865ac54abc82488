import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { expect, it } from 'vitest';
import { serveConfig, serving, until } from './serving.ts';
import { world } from './world.ts';

async function count(file: string): Promise<number> {
  const instance = await DuckDBInstance.create(file, { access_mode: 'READ_ONLY' });
  const connection = await instance.connect();
  try {
    const rows = await connection.runAndReadAll('SELECT count(*)::INTEGER FROM docs_files');
    return Number(rows.getRows()[0]?.[0]);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

it('serve renews the copy after jobs, shows one that it cannot make, and goes on', async () => {
  await using w = await world();
  w.addFiles(7);
  const copy = join(w.dir, 'read.duckdb');
  const config = serveConfig({ docs: 'every: 300ms, settle: 100ms, lookback: 5h' });
  const path = '  path: ./lab.duckdb\n';
  await w.config(config.replace(path, `${path}  publish: ./read.duckdb\n`));
  // What is there is not tdp-sync's.
  await writeFile(copy, 'the only one');
  await using service = await serving(w);
  await service.rest();
  const trouble = await until(
    async () => JSON.parse((await service.get('/status.json')).text).copies[0],
  );
  expect(trouble).toMatchObject({ target: copy, error: expect.stringMatching(/of that name/) });
  expect(await service.metric('tdp_sync_copies_current')).toBe(0);

  await rm(copy);
  w.addFiles(4, { seed: 2 });
  await service.post('/syncs/docs/sweep');
  service.signal('SIGTERM');
  await service.ended;

  await using again = await serving(w);
  await until(
    async () => (await again.metric('tdp_sync_publications_total', { outcome: 'complete' })) > 0,
  );
  expect(await again.metric('tdp_sync_copies_current')).toBe(1);
  w.addFiles(5, { seed: 3 });
  await again.post('/syncs/docs/sweep');
  await until(async () => (await count(copy)) === 16);
});
