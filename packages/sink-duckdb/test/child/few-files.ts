/** Opens the database in the folder given with only so many files left to open, when the time has come, and says how that ended. */
import { closeSync, openSync } from 'node:fs';
import { devNull } from 'node:os';
import { duckdbSink } from '../../src/adapter.ts';
import { configSchema } from '../../src/config.ts';

const [baseDir = '', when = '', left = ''] = process.argv.slice(2);

function leave(count: number): void {
  const held: number[] = [];
  try {
    while (true) held.push(openSync(devNull, 'r'));
  } catch {
    for (const file of held.slice(0, count)) closeSync(file);
  }
}

try {
  if (when === 'open') leave(Number(left));
  const sink = await duckdbSink.open(configSchema.parse({ path: 'lab.duckdb' }), { baseDir });
  const load = await sink.begin({ sync: 'lab', tables: [], since: undefined });
  if (when === 'commit') leave(Number(left));
  await load.commit('state');
  process.stdout.write('committed\n');
} catch (error) {
  const { code, message, retryable } = error as Error & { code?: string; retryable?: boolean };
  process.stdout.write(`${code} ${retryable} ${message}\n`);
}
process.exit(0);
