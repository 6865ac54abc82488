import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readdir, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import { SinkError } from '@tdp-sync/sink';
import { expect, test } from 'vitest';
import { duckdbSink } from '../src/index.ts';
import { temporaryFolder } from './folder.ts';
import { query } from './query.ts';

test('a file that another process holds is SINK_LOCKED, and the error names file and holder', async () => {
  await using folder = await temporaryFolder();
  const script = fileURLToPath(new URL('./child/holder.ts', import.meta.url));
  const child = spawn(process.execPath, [script, folder.path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    await once(child.stdout, 'data');
    const error = await refusal(folder.open());
    expect(error).toMatchObject({ code: 'SINK_LOCKED', retryable: true });
    // What is for several processes asks this first.
    expect(duckdbSink.isExclusive).toBe(true);
    expect(error.message).toContain(join(folder.path, 'lab.duckdb'));
    expect(error.message).toContain(`(PID ${child.pid})`);
    expect(error.message).toContain('node');
  } finally {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  await using sink = await folder.open();
  expect(await sink.readState('lab')).toBeUndefined();
});

test('a missing folder, a folder and a file that is no database say what they are', async () => {
  await using folder = await temporaryFolder();
  await mkdir(join(folder.path, 'folder'));
  await writeFile(join(folder.path, 'text.duckdb'), 'no database\n'.repeat(2_000));
  await writeFile(join(folder.path, 'sqlite.db'), `SQLite format 3\0${'\0'.repeat(8_000)}`);
  const texts = {
    'sqlite.db': /exists, but is SQLite's, and no DuckDB database/,
    'missing/lab.duckdb': /The folder of .*lab\.duckdb does not exist\. Create it/,
    'text.duckdb/lab.duckdb': /The folder of .*lab\.duckdb does not exist/,
    folder: /is a folder\. Give the path of a file/,
    'text.duckdb': /exists, but is no DuckDB database/,
  };
  for (const [path, text] of Object.entries(texts)) {
    const error = await refusal(folder.open({ path }));
    expect(error).toMatchObject({ code: 'SINK_UNAVAILABLE', retryable: false });
    expect(error.message).toMatch(text);
  }
  expect(await readdir(folder.path)).toEqual(['folder', 'sqlite.db', 'text.duckdb']);
});

test('a file, a new file or a folder without rights is SINK_PERMISSION', async () => {
  await using folder = await temporaryFolder();
  await (await folder.open())[Symbol.asyncDispose]();
  await mkdir(join(folder.path, 'hidden'), { mode: 0o000 });
  await chmod(join(folder.path, 'lab.duckdb'), 0o444);
  await chmod(folder.path, 0o555);
  using _unprivileged = withoutRootRights();
  for (const path of ['lab.duckdb', 'new.duckdb', 'hidden/lab.duckdb']) {
    const error = await refusal(folder.open({ path }));
    expect(error).toMatchObject({ code: 'SINK_PERMISSION', retryable: false });
    expect(error.message).toContain(join(folder.path, path));
  }
});

test('one file named in two ways is one database', async () => {
  await using folder = await temporaryFolder();
  await using first = await folder.open();
  await symlink(join(folder.path, 'lab.duckdb'), join(folder.path, 'link.duckdb'));
  await symlink(folder.path, join(folder.path, 'here'));
  await using second = await folder.open({ path: 'link.duckdb' });
  await using third = await folder.open({ path: join('here', 'lab.duckdb') });
  await using load = await first.begin({ sync: 'lab', tables: [], since: undefined });
  await load.commit('s1');
  expect(await second.readState('lab')).toBe('s1');
  expect(await third.readState('lab')).toBe('s1');
});

test('one file with two settings in one process is refused, and the first goes on', async () => {
  await using folder = await temporaryFolder();
  await using sink = await folder.open();
  const error = await refusal(folder.open({ threads: 2 }));
  expect(error.code).toBe('SINK_UNAVAILABLE');
  expect(error.message).toContain('the same settings');
  expect(await sink.readState('lab')).toBeUndefined();
});

test('code of the same process cannot open the file a second time through the cache', async () => {
  await using folder = await temporaryFolder();
  await using sink = await folder.open();
  const file = join(folder.path, 'lab.duckdb');
  await expect(DuckDBInstance.fromCache(file)).rejects.toThrow('already attached');
  expect(await sink.readState('lab')).toBeUndefined();
});

test('a closed sink lets go of the file, leaves no log behind, and rejects what is asked of it', async () => {
  await using folder = await temporaryFolder();
  const sink = await folder.open();
  await using load = await sink.begin({ sync: 'lab', tables: [], since: undefined });
  await load.commit('s1');
  await sink[Symbol.asyncDispose]();
  expect(await readdir(folder.path)).toEqual(['lab.duckdb']);
  expect(await refusal(sink.readState('lab'))).toMatchObject({ code: 'SINK_UNAVAILABLE' });
  const moved = join(folder.path, 'moved.duckdb');
  await rename(join(folder.path, 'lab.duckdb'), moved);
  await using again = await folder.open({ path: 'moved.duckdb' });
  expect(await again.readState('lab')).toBe('s1');
});

test('quotes and blanks in the path do no harm', async () => {
  await using folder = await temporaryFolder();
  const path = `it's "quoted"; x.duckdb`;
  const sink = await folder.open({ path });
  await sink[Symbol.asyncDispose]();
  expect(await readdir(folder.path)).toEqual([path]);
});

test('another schema is created, and holds all tables', async () => {
  await using folder = await temporaryFolder();
  await using sink = await folder.open({ schema: 'my "lab"' });
  const tables = [{ name: 'runs', columns: [{ name: 'a', type: 'string' as const }] }];
  await using load = await sink.begin({ sync: 'lab', tables, since: undefined });
  await load.commit('s1');
  const sql =
    "SELECT DISTINCT schema_name, table_name FROM duckdb_tables() WHERE database_name = 'tdp' ORDER BY ALL";
  expect(await query(folder, sql)).toEqual([
    ['my "lab"', '_tdp_sync_documents'],
    ['my "lab"', '_tdp_sync_state'],
    ['my "lab"', 'runs'],
  ]);
});

async function refusal(promise: Promise<unknown>): Promise<SinkError> {
  const error = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(error instanceof SinkError)) throw new Error(`expected a SinkError, not ${error}`);
  return error;
}

/** Root may do anything; as root the test goes on as nobody. */
function withoutRootRights(): Disposable {
  if (process.getuid?.() !== 0) return { [Symbol.dispose]: () => undefined };
  process.seteuid?.(65_534);
  return { [Symbol.dispose]: () => process.seteuid?.(0) };
}
