import { execFile, spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type World, world } from '../integration/world.ts';
import { venvWith } from '../python/venv.ts';
import { blocks } from './pages.ts';

// What the docs say of copies for readers is done here, with the code that stands there.

const FILES = 12;
const { python, reason } = await venvWith({
  name: 'duckdb-1.5.6',
  packages: ['duckdb==1.5.6'],
});
const hasR = spawnSync('Rscript', ['-e', 'library(duckdb)']).status === 0;
const own = blocks('yaml', 'python', 'r', 'sql').filter(
  ({ page, text }) =>
    page === 'docs/publishing.md' || (page === 'README.md' && text.includes('lab-read.duckdb')),
);

function of(language: string): typeof own {
  const found = own.filter((block) => block.language === language);
  if (found.length === 0) throw new Error(`there is no ${language}`);
  return found;
}

let w: World;
beforeAll(async () => {
  w = await world();
  w.addFiles(FILES);
  // One of the configs has both kinds of copies.
  const sink = of('yaml').find(({ text }) => text.includes('keep:'))?.text ?? '';
  const config = `source: { auth: ./auth.json }\n${sink}\nsyncs:\n  empower: { tables: auto }\n`;
  await writeFile(join(w.dir, 'tdp-sync.yaml'), config);
  const { code, stdout, stderr } = await w.cli(['run']);
  expect(stderr + stdout).toMatch(/published .*lab-parquet\npublished .*lab-read\.duckdb/);
  expect(code).toBe(0);
});
afterAll(() => w[Symbol.asyncDispose]());

it('each config asks for a copy', () => {
  for (const { text } of of('yaml')) expect(parse(text).sink.publish).toBeDefined();
});

it('the SQL reads the files that the manifest names', async () => {
  const folder = join(w.dir, 'lab-parquet');
  const instance = await DuckDBInstance.create();
  const connection = await instance.connect();
  try {
    await connection.run(`SET file_search_path = '${folder}'`);
    const [set = '', select = ''] = (of('sql')[0]?.text ?? '').split(';');
    await connection.run(set.replace("'manifest.json'", `'${folder}/manifest.json'`));
    expect((await connection.runAndReadAll(select)).getRowsJson()).toEqual([[String(FILES)]]);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
});

it('the manifest has what the example shows', async () => {
  const [{ text } = { text: '' }] = blocks('json').filter(({ page }) =>
    page.endsWith('publishing.md'),
  );
  const shown = JSON.parse(text);
  const written = JSON.parse(await readFile(join(w.dir, 'lab-parquet', 'manifest.json'), 'utf8'));
  expect(Object.keys(written)).toEqual(Object.keys(shown));
  const { empower_files: table } = shown.tables;
  expect(Object.keys(written.tables.empower_files)).toEqual(Object.keys(table));
});

describe.skipIf(python === undefined)(
  `Python with duckdb${reason === undefined ? '' : ` [skipped: ${reason}]`}`,
  () => {
    it.each(of('python'))('the lines at $where read the copy', async ({ text }) => {
      const { stdout } = await promisify(execFile)(python ?? '', ['-c', text], { cwd: w.dir });
      expect(stdout).toContain(String(FILES));
    });
  },
);

describe.skipIf(!hasR)('R with DBI and duckdb (Rscript)', () => {
  it.each(of('r'))('the lines at $where read the copy', async ({ text }) => {
    const { stdout } = await promisify(execFile)('Rscript', ['-e', text], { cwd: w.dir });
    expect(stdout).toContain(String(FILES));
  });
});
