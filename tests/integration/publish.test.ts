import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { configText, type World, world } from './world.ts';

let w: World;
beforeEach(async () => {
  w = await world();
  w.addFiles(20);
});
afterEach(() => w[Symbol.asyncDispose]());

function publishing(to: string): Promise<void> {
  return w.config(configText(undefined, '', `  publish: ${to}`));
}

/** Asks a copy as a reader does. */
async function ask(file: string, sql: string): Promise<unknown> {
  const instance = await DuckDBInstance.create(join(w.dir, file), { access_mode: 'READ_ONLY' });
  const connection = await instance.connect();
  try {
    return (await connection.runAndReadAll(sql)).getRowsJson()[0]?.[0];
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** What `--json` says of the copies. */
function copiesIn(stdout: string): readonly Record<string, unknown>[] | undefined {
  return JSON.parse(stdout).copies;
}

/** What `check --json` says of the places of copies. */
function publishFindings(stdout: string): readonly string[] {
  const { results } = JSON.parse(stdout) as {
    results: readonly { check: string; detail: string }[];
  };
  return results.filter(({ check }) => check === 'publish').map(({ detail }) => detail);
}

it('a run puts a copy in place, and the next one leaves it there where nothing has changed', async () => {
  await publishing('./lab-read.duckdb');
  const first = await w.cli(['run']);
  expect(first.stdout).toContain(`published ${join(w.dir, 'lab-read.duckdb')}`);
  expect(first.code).toBe(0);
  expect(await ask('lab-read.duckdb', 'SELECT count(*) FROM docs_files')).toBe('20');
  const { ino } = await stat(join(w.dir, 'lab-read.duckdb'));

  const second = await w.cli(['run', '--json']);
  expect(copiesIn(second.stdout)).toEqual([
    {
      target: join(w.dir, 'lab-read.duckdb'),
      at: expect.stringMatching(/Z$/),
      current: true,
      error: null,
    },
  ]);
  expect((await stat(join(w.dir, 'lab-read.duckdb'))).ino).toBe(ino);

  w.addFiles(5, { seed: 2 });
  await w.cli(['sweep']);
  expect(await ask('lab-read.duckdb', 'SELECT count(*) FROM docs_files')).toBe('25');
  expect((await w.cli(['status'])).stdout).toMatch(
    /copy .*lab-read\.duckdb: of .*, as the database is/,
  );
  await rm(join(w.dir, 'lab-read.duckdb'));
  expect((await w.cli(['status'])).stdout).toMatch(
    /copy .*lab-read\.duckdb: of .*; it is not there any more/,
  );
});

it('a copy that cannot be made fails no data: it is told, shown, and made by the next run', async () => {
  await publishing('./nowhere/lab-read.duckdb');
  const failed = await w.cli(['run']);
  expect(failed.stderr).toMatch(/its folder does not exist.*PUBLISH_FAILED/);
  expect(failed.stdout).toContain('docs: ');
  expect(failed.code).toBe(5);
  expect(await w.sql('SELECT count(*)::INTEGER AS files FROM docs_files')).toEqual([{ files: 20 }]);

  const told = await w.cli(['status', '--json']);
  expect(copiesIn(told.stdout)).toMatchObject([
    { at: null, current: false, error: expect.stringMatching(/its folder does not exist/) },
  ]);
  expect((await w.cli(['status'])).stdout).toMatch(/none yet; .*PUBLISH_FAILED/);

  await mkdir(join(w.dir, 'nowhere'));
  const mended = await w.cli(['run']);
  expect(mended.stdout).toMatch(/published .*lab-read\.duckdb/);
  expect(mended.code).toBe(0);
  expect(await ask('nowhere/lab-read.duckdb', 'SELECT count(*) FROM docs_files')).toBe('20');
});

it('Parquet: the manifest names the files, and verify without --repair makes none', async () => {
  await publishing('{ parquet: ./out }');
  await w.cli(['run']);
  const manifest = JSON.parse(await readFile(join(w.dir, 'out', 'manifest.json'), 'utf8'));
  expect(manifest.tables.docs_files.rows).toBe(20);
  const tables = ['docs', 'docs_files', 'docs_runs'];
  expect(Object.keys(manifest.tables)).toEqual(expect.arrayContaining(tables));
  await rm(join(w.dir, 'out', 'manifest.json'));
  expect((await w.cli(['verify'])).stdout).not.toContain('published');
  expect(await readdir(join(w.dir, 'out'))).not.toContain('manifest.json');
});

it('check tells where no copy can be put, before a run, and makes nothing', async () => {
  const wrong: readonly (readonly [string, RegExp])[] = [
    ['./lab.duckdb', /it is the database itself/],
    ['./nowhere/read.duckdb', /its folder does not exist/],
    ['./mine.txt', /that tdp-sync has not put there/],
    ['{ parquet: ./mine.txt }', /is a file/],
    ['{ parquet: ./mine }', /manifest\.json cannot be read/],
  ];
  await writeFile(join(w.dir, 'mine.txt'), 'mine');
  await mkdir(join(w.dir, 'mine'));
  await writeFile(join(w.dir, 'mine', 'manifest.json'), '{}');
  for (const isNew of [true, false]) {
    if (!isNew) {
      await w.config(configText());
      await w.cli(['run']);
    }
    const before = await readdir(w.dir);
    for (const [to, why] of wrong) {
      await publishing(to);
      const { code, stdout } = await w.cli(['check', '--json']);
      const details = publishFindings(stdout);
      expect(details).toEqual([expect.stringMatching(why)]);
      expect(code).toBe(5);
    }
    await publishing('{ duckdb: ./read.duckdb, parquet: ./new/out }');
    const { code, stdout } = await w.cli(['check', '--json']);
    expect(publishFindings(stdout)).toEqual([
      expect.stringMatching(/out can take a copy/),
      expect.stringMatching(/read\.duckdb can take a copy/),
    ]);
    expect(code).toBe(0);
    expect(await readdir(w.dir)).toEqual(before);
  }
});

it('a database that can be read while it is written has nothing to publish', async () => {
  await w.config(
    configText().replace('type: duckdb\n  path: ./lab.duckdb', 'type: postgres\n  publish: ./x'),
  );
  const result = await w.cli(['run']);
  expect(result.stderr).toMatch(/sink\.publish.*can be read while it is written/);
  expect(result.code).toBe(2);
});
