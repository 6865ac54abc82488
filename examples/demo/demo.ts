import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { seedDemoLab, startEmulator } from '@tdp-sync/emulator';
import { BIGQUERY_KINDS, startBigQuery } from './bigquery.ts';
import { POSTGRES_QUERIES, startPostgres } from './postgres.ts';
import { query } from './query.ts';
import { SNOWFLAKE_QUERIES, startSnowflake } from './snowflake.ts';

/** Which files there are. */
const KINDS = `SELECT category, coalesce(ids_type, '') AS ids_type, count(*) AS files, max(indexed_at)::DATE AS newest
          FROM lab_files WHERE status = 'loaded' GROUP BY ALL ORDER BY ALL`;

/** Chromatography: the main peak of each injection, with its sample, by month. */
const PEAKS = `SELECT strftime(f.created_at, '%Y-%m') AS month, count(DISTINCT s.id) AS samples,
                 count(*) AS main_peaks, round(avg(p.percent_area), 2) AS purity_percent
          FROM lcuv_empower_v2_injections_peaks p
          JOIN lcuv_empower_v2_injections i ON i._file_key = p._file_key AND i._row = p._parent_row
          JOIN lcuv_empower_v2_samples s ON s._file_key = i._file_key AND s.pk = i.fk_sample
          JOIN lab_files f ON f._file_key = p._file_key
          WHERE p.name = 'main' GROUP BY month ORDER BY month`;

/** Cell counting: viability per month, over both versions of the IDS. */
const VIABILITY = `SELECT strftime(f.created_at, '%Y-%m') AS month, count(*) AS counts,
                 round(avg(cell_viability_value), 1) AS viability_percent
          FROM (SELECT _file_key, cell_viability_value FROM cell_counter_v7_results
                UNION ALL SELECT _file_key, cell_viability_value FROM cell_counter_v8_results)
          JOIN lab_files f USING (_file_key) GROUP BY month ORDER BY month`;

const { values, positionals } = parseArgs({
  options: { sink: { type: 'string', default: 'duckdb' } },
  allowPositionals: true,
});
const folder = positionals[0] ?? fileURLToPath(new URL('../../.demo/', import.meta.url));
const database = join(folder, 'lab.duckdb');

await using bigQuery = values.sink === 'bigquery' ? await startBigQuery() : undefined;
await using postgres = values.sink === 'postgres' ? await startPostgres() : undefined;
await using snowflake = values.sink === 'snowflake' ? await startSnowflake() : undefined;
const settings =
  bigQuery?.settings ??
  postgres?.settings ??
  snowflake?.settings ??
  'type: duckdb\n  path: ./lab.duckdb\n';

console.log('1. Starting a local TDP with three months of an invented lab.\n');
await using tdp = await startEmulator();
const lab = seedDemoLab(tdp.lake);
console.log(
  `   ${tdp.url} shows ${[...tdp.lake.files()].length} files (${lab.versions} versions, ${lab.deleted} deleted).\n`,
);

await mkdir(folder, { recursive: true });
await writeFile(join(folder, 'auth.json'), JSON.stringify(tdp.authFile(), null, 2), {
  mode: 0o600,
});
await writeFile(
  join(folder, 'tdp-sync.yaml'),
  `source:
  auth: ./auth.json          # TDP's address, token and organisation
sink:
  ${settings}syncs:
  lab:                       # all files; a filter would go here
    tables: auto             # IDS documents become tables, by TDP's own rules
`,
);

console.log(`2. tdp-sync run --config ${relative(process.cwd(), join(folder, 'tdp-sync.yaml'))}\n`);
const code = await runTdpSync();
console.log(
  `\n   TDP answered ${tdp.stats.searches} searches and gave ${tdp.stats.downloads} files.`,
);
if (tdp.stats.downloads === 0)
  console.log('   The database held them all already, so nothing was fetched twice.');

if (code === 0) {
  console.log('\n3. What is in the database now:\n');
  const drawn = await (bigQuery?.query(BIGQUERY_KINDS) ??
    postgres?.query(...POSTGRES_QUERIES) ??
    snowflake?.query(...SNOWFLAKE_QUERIES) ??
    query(database, KINDS, PEAKS, VIABILITY));
  for (const table of drawn) console.log(`${table}\n`);
  if (values.sink === 'duckdb') {
    console.log(
      'Look further:  npm run demo:sql -- "SELECT file_path, labels FROM lab_files LIMIT 5"',
    );
    console.log('Run it again:  npm run demo   (nothing is fetched twice)');
  }
}
process.exitCode = code;

async function runTdpSync(): Promise<number> {
  const cli = createRequire(import.meta.url).resolve('tdp-sync/bin/tdp-sync.js');
  const child = spawn(
    process.execPath,
    [cli, 'run', '--config', join(folder, 'tdp-sync.yaml'), '--log-level', 'warn'],
    { stdio: 'inherit' },
  );
  const [exitCode] = await once(child, 'exit');
  return typeof exitCode === 'number' ? exitCode : 1;
}
