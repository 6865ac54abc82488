import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { seedDemoLab } from '@tdp-sync/emulator';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { configText, type World, world } from './world.ts';

const CELLS = 'filter: [{ term: { source.type: vi-cell } }, { term: { category: IDS } }]';
const AUTO = `${CELLS}\n    tables: auto`;
const MAPPING = `${CELLS}
    tables:
      viability:
        rows: results[]
        columns:
          sample: $.samples[0].id
          percent: cell.viability.value as float64
          comment: comment
          instrument: meta.source_name
          site: { value: upstream }
      sizes:
        rows: datacubes[].measures[].value[]
        columns:
          diameter: ^^.dimensions[0].scale[#] as float64
          cells: . as int64`;
const TRANSFORM = new URL('../../examples/transforms/viability.ts', import.meta.url);

let w: World;
beforeEach(async () => {
  w = await world();
  seedDemoLab(w.tdp.lake);
});
afterEach(async () => {
  await w[Symbol.asyncDispose]();
});

async function run(sync: string, ...args: readonly string[]): Promise<string> {
  await w.config(configText(sync));
  const { code, stdout, stderr } = await w.cli(args.length === 0 ? ['run'] : args);
  expect(`${stderr}${stdout} exit ${code}`).toMatch(/exit 0$/);
  return stderr + stdout;
}

/** Every row of every table that users read, but for when it was written, and when columns came. */
async function everything(): Promise<ReadonlyMap<string, readonly unknown[]>> {
  return await w.reading(async (sql) => {
    const tables = await sql(
      "SELECT table_name FROM duckdb_tables() WHERE table_name NOT LIKE '\\_%' ESCAPE '\\' ORDER BY 1",
    );
    const found = new Map<string, readonly unknown[]>();
    for (const { table_name: name } of tables) {
      const rows = await sql(`SELECT * FROM "${name}" ORDER BY ALL`);
      if (name === 'docs_runs' || name === 'docs_columns') continue;
      const kept = rows.map(({ synced_at, ...row }) => row);
      // A table of an older mapping stays, without rows.
      if (kept.length > 0) found.set(String(name), kept);
    }
    return found;
  });
}

describe.each([
  ['auto', 'a mapping', AUTO, MAPPING],
  ['a mapping', 'auto', MAPPING, AUTO],
  ['whole documents', 'auto', CELLS, AUTO],
  ['auto with documents', 'whole documents', `${AUTO}\n    keepDocument: true`, CELLS],
])('%s, then %s', (_from, _to, before, after) => {
  it('gives what a fresh sync gives, byte for byte', async () => {
    await run(before);
    const downloads = w.tdp.stats.downloads;
    expect(await run(after, 'rebuild')).toMatch(/rows of \d+ files made anew/);
    const isKept = before === CELLS || before.includes('keepDocument');
    expect(w.tdp.stats.downloads - downloads).toBe(isKept ? 0 : downloads);
    const rebuilt = await everything();
    await using fresh = await world();
    const own = w;
    w = { ...fresh, cli: (args) => fresh.cli(args), tdp: own.tdp };
    await writeFile(join(fresh.dir, 'auth.json'), JSON.stringify(own.tdp.authFile()));
    try {
      await run(after);
      expect(rebuilt).toEqual(await everything());
    } finally {
      w = own;
    }
    expect(rebuilt.size).toBeGreaterThan(1);
  });
});

it("with TDP's schemas and without, auto gives the same tables", async () => {
  const cells = (table: readonly unknown[]): readonly string[] =>
    table.map((row) => JSON.stringify(Object.entries(row as object).toSorted())).toSorted();
  const sorted = async (): Promise<unknown> =>
    [...(await everything())].map(([name, rows]) => [name, cells(rows)]);
  w.tdp.stats.keepLog = true;
  await run(AUTO);
  const withSchemas = await sorted();
  const asked = w.tdp.stats.log.filter(({ url }) => url.includes('/artifacts/ids/'));
  expect(asked.map(({ status }) => status)).toEqual([200, 200]);
  await w[Symbol.asyncDispose]();
  w = await world({ switches: { idsSchemas: false } });
  seedDemoLab(w.tdp.lake);
  await run(AUTO);
  expect(await sorted()).toEqual(withSchemas);
});

it('run makes rows anew by itself when the mapping has changed, and says so', async () => {
  await run(CELLS);
  const downloads = w.tdp.stats.downloads;
  expect(await run(MAPPING)).toMatch(/the mapping has changed: making the rows of all files anew/);
  expect(w.tdp.stats.downloads).toBe(downloads);
  const [row] = await w.sql(`
    SELECT count(*)::INT AS rows, count(DISTINCT _file_key)::INT AS files, min(site) AS site,
           bool_and(percent > 50) AS plausible, min(instrument) AS instrument
    FROM viability JOIN docs_files USING (_file_key)`);
  expect(row).toMatchObject({ site: 'upstream', plausible: true });
  expect(row?.['instrument']).toBe('Cell counter upstream');
  const [points] = await w.sql(
    'SELECT count(*)::INT AS points, max(diameter) AS widest FROM sizes WHERE cells IS NOT NULL',
  );
  expect(points).toEqual({ points: 30 * Number(row?.['files']), widest: 33 });
  expect(await run(MAPPING)).not.toMatch(/mapping has changed/);
});

it("a transform of the user's makes the rows, and its exceptions let files fail with their line", async () => {
  await copyFile(TRANSFORM, join(w.dir, 'viability.ts'));
  const counters = 'filter: [{ terms: { source.type: [vi-cell, plate-reader] } }]';
  await w.config(configText(`${counters}\n    transform: ./viability.ts`));
  const { code, stderr } = await w.cli(['run']);
  expect(code).toBe(6);
  const [row] = await w.sql(
    'SELECT count(*)::INT AS rows, count(DISTINCT sample)::INT AS samples, min(percent) > 50 AS plausible FROM viability',
  );
  expect(row).toMatchObject({ plausible: true });
  expect(Number(row?.['rows'])).toBeGreaterThan(20);
  const failed = await w.sql(
    "SELECT error_code, error, count(*)::INT AS files FROM docs_files WHERE ids_type = 'plate-reader' GROUP BY ALL",
  );
  const lines = (await readFile(TRANSFORM, 'utf8')).split('\n');
  const thrownAt = lines.findIndex((line) => line.includes('throw new Error')) + 1;
  const error = `it threw Error: no cell count, but plate-reader (viability.ts:${thrownAt})`;
  expect(failed).toMatchObject([{ error_code: 'TRANSFORM_FAILED', error }]);
  expect(Number(failed[0]?.['files'])).toBeGreaterThan(20);
  expect(stderr).toMatch(/failed on [^"]+ \(fileId [0-9a-f-]+\): it threw Error: no cell count/);
});

describe('preview', () => {
  it('shows the tables that files would become, and paths that match nothing', async () => {
    const wrong = MAPPING.replace('rows: results[]', 'rows: result[]').replace(
      'cells: . as',
      'cells: $.value as',
    );
    await w.config(configText(wrong));
    const { code, stdout } = await w.cli(['preview', '--files', '5']);
    expect(code).toBe(6);
    expect(stdout).toMatch(/viability: 0 rows \(_file_key, _row, sample string, percent float64/);
    expect(stdout).toMatch(/problem: table viability: `result\[\]` matches nothing .*"results"/);
    expect(stdout).toMatch(/problem: table sizes, column cells/);
    const check = await w.cli(['check']);
    expect(check.stdout).toMatch(/tables docs\W+warning[\s\S]*viability/);
  });

  it('shows the tables of auto', async () => {
    await w.config(configText(AUTO));
    const { code, stdout } = await w.cli(['preview', '--files', '2', '--json']);
    expect(code).toBe(0);
    const [{ tables }] = JSON.parse(stdout).results;
    const names = tables.map(({ name }: { name: string }) => name);
    expect(names.filter((name: string) => /^cell_counter_v\d_results$/.test(name))).not.toEqual([]);
  });
});

describe('a config', () => {
  it.each([
    ['a path with a mistake', 'tables: { a: { columns: { x: "a[" } } }', /syncs\.docs\.tables\.a/],
    [
      'tables and transform',
      'tables: auto\n    transform: ./x.ts',
      /tables or a transform, not both/,
    ],
    ['another policy', 'schema: maybe', /syncs\.docs\.schema/],
    ['a table of its own name', 'tables: { docs_files: { columns: { x: a } } }', /docs_files/],
    ['a missing module', 'transform: ./missing.ts', /missing\.ts cannot be loaded/],
  ])('with %s is refused with its place', async (_name, sync, message) => {
    await w.config(configText(sync));
    const { code, stderr } = await w.cli(['run']);
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
  });

  it('with two syncs that would write to the same tables is refused', async () => {
    await w.config(`${configText('tables: auto')}  more:\n    tables: auto\n`);
    const { code, stderr } = await w.cli(['run']);
    expect(stderr).toMatch(/syncs\.more\.tables \(line \d+\): .*tablePrefix/);
    expect(code).toBe(2);
  });
});
