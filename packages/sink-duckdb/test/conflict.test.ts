import type { Table } from '@tdp-sync/sink';
import { expect, test } from 'vitest';
import { configSchema } from '../src/config.ts';
import { Database } from '../src/database.ts';
import { temporaryFolder } from './folder.ts';

const RUNS: Table = { name: 'runs', columns: [{ name: 'a', type: 'string' }] };

test('a connection of the same process that writes the same rows makes the commit fail whole', async () => {
  await using folder = await temporaryFolder();
  await using sink = await folder.open();
  const begin = (since?: string) => sink.begin({ sync: 'lab', tables: [RUNS], since });
  await using first = await begin();
  await first.commit('s1');

  const database = await Database.open(configSchema.parse({ path: 'lab.duckdb' }), {
    baseDir: folder.path,
  });
  const other = await database.connect();
  await other.run('BEGIN');
  await other.run('DELETE FROM tdp.main._tdp_sync_state');
  await other.run("INSERT INTO tdp.main._tdp_sync_state VALUES ('lab', 'moved')");

  await using early = await begin('s1');
  await early.stage([
    { id: '0'.repeat(32), order: 'a', status: 'loaded', rows: new Map([['runs', [['x']]]]) },
  ]);
  await expect(early.commit('s2')).rejects.toMatchObject({ code: 'SINK_FAILED', retryable: true });
  expect(await sink.readState('lab')).toBe('s1');

  await using late = await begin('s1');
  await other.run('COMMIT');
  await expect(late.commit('s2')).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
  expect(await sink.readState('lab')).toBe('moved');
  expect(await other.rows('SELECT * FROM tdp.main.runs')).toEqual([]);
  other.close();
  database.close();
});

test('a transaction that others leave open does not keep tables from being created', async () => {
  await using folder = await temporaryFolder();
  await using sink = await folder.open();
  const database = await Database.open(configSchema.parse({ path: 'lab.duckdb' }), {
    baseDir: folder.path,
  });
  const other = await database.connect();
  await other.run('BEGIN');
  await other.rows('SELECT * FROM tdp.main._tdp_sync_state');
  await using load = await sink.begin({ sync: 'lab', tables: [RUNS], since: undefined });
  expect(await load.commit('s1')).toEqual({ applied: 0, leftAlone: 0 });
  await other.run('COMMIT');
  other.close();
  database.close();
});
