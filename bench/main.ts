import { mkdir, writeFile } from 'node:fs/promises';
import { bigqueryProgram } from './bigquery.ts';
import { growthProgram } from './growth.ts';
import { latencyProgram } from './latency.ts';
import { limitsProgram } from './limits.ts';
import { mssqlProgram } from './mssql.ts';
import { peersProgram } from './peers.ts';
import { postgresProgram } from './postgres.ts';
import type { Program } from './program.ts';
import { startProgram } from './start.ts';
import { tablesProgram } from './tables.ts';
import { workersProgram } from './workers.ts';

const PROGRAMS: Readonly<Record<string, Program>> = {
  bigquery: bigqueryProgram,
  growth: growthProgram,
  latency: latencyProgram,
  limits: limitsProgram,
  peers: peersProgram,
  start: startProgram,
  tables: tablesProgram,
  workers: workersProgram,
  mssql: mssqlProgram,
  postgres: postgresProgram,
};

const [name = '', ...args] = process.argv.slice(2);
const program = Object.hasOwn(PROGRAMS, name) ? PROGRAMS[name] : undefined;
if (program === undefined) {
  const lines = Object.entries(PROGRAMS).map(([name, { options }]) => `  ${name} ${options}`);
  console.error(['Usage: npm run bench -- <name> [options]', ...lines].join('\n'));
  process.exit(2);
}
const { text, figures } = await program.run(args);
console.log(text);
if (figures !== undefined) {
  const folder = new URL('./results/', import.meta.url);
  await mkdir(folder, { recursive: true });
  await writeFile(
    new URL(`${name}-${figures.of}.local.json`, folder),
    `${JSON.stringify(figures.result, null, 2)}\n`,
  );
}
