import { spawnSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Found } from '../python/venv.ts';
import { findDbt } from './dbt-venv.ts';
import { inProcess } from './in-process.ts';
import { configText, type World, world } from './world.ts';

const found: Found = await findDbt();
const title = (name: string): string =>
  found.reason === undefined ? name : `${name} [skipped: ${found.reason}]`;

const FILE = {
  category: 'IDS',
  ids: 'lab/kind:v1.0.0',
  indexedAt: Date.now() - 7_200_000,
} as const;

let w: World;
beforeEach(async () => {
  w = await world();
  for (const [at, content] of [
    { id: 1, peaks: [{ area: 1.5 }, { area: 2 }] },
    { id: 2, 'tricky: "name"': ['a'] },
    { id: 3, no: 1, on: 1, '1_0_': 1, '12_30': 1, '2026_01_01': 1, '{{ 1/0 }}{% x': 1 },
  ].entries())
    w.tdp.lake.put({ ...FILE, path: `/${at}.json`, content });
});
afterEach(async () => {
  await w[Symbol.asyncDispose]();
});

/** The command of the page, and what it prints. */
async function sources(...more: readonly string[]): Promise<string> {
  const page = await readFile(new URL('../../docs/columns.md', import.meta.url), 'utf8');
  const [, args = ''] = /^tdp-sync (dbt-sources lab) > models\/sources\.yml$/m.exec(page) ?? [];
  const { code, out, err } = await inProcess(w, [
    ...args.replace('lab', 'docs').split(' '),
    ...more,
  ]);
  expect(`${err} exit ${code}`).toBe(' exit 0');
  return out;
}

/** Runs dbt in the world's folder. */
function dbt(...args: readonly string[]): string {
  const main = 'from dbt.cli.main import cli; cli()';
  const { stdout, status } = spawnSync(
    found.python ?? '',
    ['-c', main, '--no-use-colors', ...args],
    {
      cwd: w.dir,
      encoding: 'utf8',
      env: { ...process.env, DBT_PROFILES_DIR: w.dir, DBT_SEND_ANONYMOUS_USAGE_STATS: 'false' },
    },
  );
  return `${stdout}exit ${status}`;
}

async function project(text: string): Promise<void> {
  await mkdir(join(w.dir, 'models'));
  await writeFile(join(w.dir, 'models', 'sources.yml'), text);
  await writeFile(
    join(w.dir, 'dbt_project.yml'),
    'name: lab\nversion: "1.0.0"\nconfig-version: 2\nprofile: lab\nmodel-paths: [models]\n',
  );
  await writeFile(
    join(w.dir, 'profiles.yml'),
    'lab:\n  target: dev\n  outputs:\n    dev: { type: duckdb, path: ./lab.duckdb }\n',
  );
  await writeFile(
    join(w.dir, 'models', 'areas.sql'),
    "select f.path, sum(p.area) as area from {{ source('docs', 'kind_v1_peaks') }} p join {{ source('docs', 'docs_files') }} f using (_file_key) group by 1",
  );
}

it.skipIf(found.reason !== undefined)(
  title('dbt takes the sources, without a warning, builds on them, and its tests pass'),
  async () => {
    await w.config(configText('tables: auto\n    checkIds: false'));
    expect((await inProcess(w, ['run'])).code).toBe(0);
    const text = await sources();
    await project(text);
    // By the YAML that dbt reads, each name is the text that it is here.
    const script = 'import json, sys, yaml; print(json.dumps(yaml.safe_load(sys.stdin)))';
    const read = spawnSync(found.python ?? '', ['-c', script], { input: text, encoding: 'utf8' });
    expect(JSON.parse(read.stdout)).toEqual(parse(text));
    for (const name of ['no', 'on', '1_0_', '12_30', '2026_01_01'])
      expect(read.stdout).toContain(`"name": "${name}"`);
    expect(dbt('--warn-error', 'parse')).toMatch(/exit 0$/);
    const built = dbt('--warn-error', 'build');
    expect(built).toMatch(/exit 0$/);
    // Two tests of the files table, two of each data table, and the model.
    expect(built).toMatch(/PASS=7 .*TOTAL=7/);
    expect(dbt('--warn-error', 'source', 'freshness')).toMatch(
      /PASS freshness of docs\.docs_files[\s\S]*exit 0$/,
    );
  },
);

it('a source says of each column what is known, and where it is', async () => {
  await w.config(configText('tables: auto\n    checkIds: false', '', '  schema: lab data'));
  expect((await inProcess(w, ['run'])).code).toBe(0);
  const { sources: made } = parse(await sources('--warn-after', '90m')) as { sources: unknown[] };
  expect(made).toMatchObject([
    {
      ...{ name: 'docs', schema: 'lab data', loader: 'tdp-sync' },
      tables: [
        {
          name: 'docs_files',
          config: {
            loaded_at_field: 'synced_at',
            freshness: { warn_after: { count: 90, period: 'minute' } },
          },
        },
        { name: 'kind_v1_root', description: 'One row for each file.' },
        { name: 'kind_v1_peaks', description: 'One row for each `peaks[]`, by file.' },
      ],
    },
  ]);
  const said = JSON.stringify(made);
  expect(said).toContain('{"name":"area","description":"`peaks[].area`"}');
  // dbt would take it for a template.
  expect(said).toContain('"description":"`{ { 1/0 }}{ % x`"');
});

it('names that only quotes make one are quoted; without tables it is said when they come', async () => {
  await w.config(
    configText('tables: { "Peak Areas": { columns: { "The Id": id } } }\n    checkIds: false'),
  );
  const before = await inProcess(w, ['dbt-sources']);
  expect(before.err).toMatch(/"docs" has no tables yet: they come with its first files/);
  expect((await inProcess(w, ['run'])).code).toBe(0);
  const text = JSON.stringify(parse(await sources()));
  expect(text).toContain('"name":"Peak Areas","quoting":{"identifier":true}');
  expect(text).toContain('{"name":"The Id","description":"`id`","quote":true}');
});
