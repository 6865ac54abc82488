import { afterEach, beforeEach, expect, it } from 'vitest';
import { codeBlocks } from '../docs/markdown.ts';
import { page } from '../docs/pages.ts';
import { configText, type World, world } from './world.ts';

let w: World;
beforeEach(async () => {
  // Date tells whole seconds. Where it is ahead, the machine's clock counts, which tells two runs of one second apart.
  w = await world({ switches: { clockSkewMs: 20_000 } });
  await w.config(configText('history: true'));
});
afterEach(async () => {
  await w[Symbol.asyncDispose]();
});

/** A version of a file, indexed so many hours before the last one that is put. */
function put(version: number): { readonly fileId: string } {
  const indexedAt = Date.now() - (3 - version) * 3_600_000;
  const content = JSON.stringify({ version });
  return w.tdp.lake.put({
    path: '/a.json',
    content,
    category: 'IDS',
    createdAt: indexedAt,
    indexedAt,
  });
}

/** The queries of the page, for the sync of this world, about this file and this time. */
function queries(filePath: string, at: string): readonly string[] {
  return codeBlocks(page('docs/audit.md').text)
    .filter(({ language }) => language === 'sql')
    .map(({ text }) =>
      text
        .replaceAll('empower_', 'docs_')
        .replaceAll('/lab/run-17.json', filePath)
        .replaceAll('2026-11-30 12:00:00', at),
    );
}

it('the queries of the page say which version was there when', async () => {
  const first = put(1);
  w.addFiles(3);
  await w.cli(['run']);
  const [{ at } = {}] = await w.sql('SELECT max(changed_at)::VARCHAR AS at FROM docs_history');
  const second = put(2);
  await w.cli(['run']);
  const [was = '', all = '', since = ''] = queries('/a.json', String(at));
  expect(await w.sql(was)).toMatchObject([
    { loaded_file_id: first.fileId, status: 'loaded', change: 'loaded' },
  ]);
  expect(await w.sql(all)).toHaveLength(4);
  expect(await w.sql(since)).toMatchObject([
    { change: 'updated', loaded_file_id: second.fileId, kind: 'run' },
  ]);
  const verified = await w.cli(['verify', '--json']);
  expect([verified.code, verified.stderr]).toEqual([0, '']);
});

it('preview shows the table and its first rows, and status names it', async () => {
  w.addFiles(2);
  const { stdout } = await w.cli(['preview']);
  expect(stdout).toMatch(/docs_history: 2 rows \(_file_key, _row, change string/);
  const { results } = JSON.parse((await w.cli(['preview', '--json'])).stdout);
  const [history] = results[0].tables.filter(
    ({ name }: { name: string }) => name === 'docs_history',
  );
  expect(history.rows).toHaveLength(2);
  expect(history.rows[0].values.slice(0, 2)).toEqual(['loaded', 'loaded']);
  expect((await w.cli(['status'])).stdout).toMatch(
    /history +each change of a file is a row of docs_history/,
  );
});

it('reset keeps the history, and drop names its table', async () => {
  w.addFiles(2);
  await w.cli(['run']);
  await w.cli(['reset', 'docs', '--yes']);
  await w.cli(['run']);
  expect(await w.sql('SELECT change FROM docs_history')).toEqual([
    { change: 'loaded' },
    { change: 'loaded' },
  ]);
  expect((await w.cli(['drop', 'docs', '--yes'])).stdout).toContain('docs_history');
});
