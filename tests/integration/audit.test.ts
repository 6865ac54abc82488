import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
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
function put(version: number, sourceId?: string): { readonly fileId: string } {
  const indexedAt = Date.now() - (3 - version) * 3_600_000;
  const content = JSON.stringify({ version });
  return w.tdp.lake.put({
    ...{ path: '/a.json', content, category: 'IDS', createdAt: indexedAt, indexedAt },
    ...(sourceId === undefined ? {} : { source: { id: sourceId } }),
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

/** When the last change was, as UTC shows it. */
async function lastChange(): Promise<string> {
  const latest = "SELECT (max(changed_at) AT TIME ZONE 'UTC')::VARCHAR AS at FROM docs_history";
  const [{ at } = {}] = await w.sql(latest);
  return String(at);
}

/** A database reads a time without a zone in that of the session, which may be ahead of UTC or behind it. */
const ZONES = ['Asia/Tokyo', 'America/New_York'];

it.each(ZONES)(
  'the queries of the page say which version was there when, in %s, too',
  async (zone) => {
    const first = put(1);
    w.addFiles(3);
    await w.cli(['run']);
    const at = await lastChange();
    const second = put(2);
    await w.cli(['run']);
    const [was = '', all = '', since = ''] = queries('/a.json', at);
    await w.reading(async (sql) => {
      await sql(`SET TimeZone = '${zone}'`);
      expect(await sql(was)).toMatchObject([
        { loaded_file_id: first.fileId, status: 'loaded', change: 'loaded' },
      ]);
      expect(await sql(all)).toHaveLength(4);
      expect(await sql(since)).toMatchObject([
        { change: 'updated', loaded_file_id: second.fileId, kind: 'run' },
      ]);
    });
    const verified = await w.cli(['verify', '--json']);
    expect([verified.code, verified.stderr]).toEqual([0, '']);
  },
);

it('two files of one path are told apart', async () => {
  const files = [put(1), put(1, 'b2c1a7d4-0000-4000-8000-000000000001')];
  await w.cli(['run']);
  const [was = '', all = ''] = queries('/a.json', await lastChange());
  for (const query of [was, all]) {
    const rows = await w.sql(query);
    expect(new Set(rows.map((row) => row['_file_key'])).size).toBe(2);
    expect(new Set(rows.map((row) => row['loaded_file_id']))).toEqual(
      new Set(files.map(({ fileId }) => fileId)),
    );
  }
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

it('of a history that is gone verify says that no repair brings it back', async () => {
  w.addFiles(2);
  await w.cli(['run']);
  const instance = await DuckDBInstance.create(join(w.dir, 'lab.duckdb'));
  const connection = await instance.connect();
  await connection.run('DROP TABLE docs_history');
  connection.closeSync();
  instance.closeSync();
  const { code, stdout } = await w.cli(['verify']);
  expect(code).toBe(7);
  expect(stdout).toContain('no repair makes rows of the history anew: put them back from a backup');
  expect(stdout).not.toContain('--repair');
});
