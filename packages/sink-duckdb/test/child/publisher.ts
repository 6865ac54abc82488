/**
 * Commits the next load and publishes it, and kills itself at the nth call to the file system or start of a process from there on. `0`: commits and
 * publishes until it is killed.
 */
import { createRequire, syncBuiltinESMExports } from 'node:module';
import { duckdbSink } from '../../src/adapter.ts';
import { configSchema } from '../../src/config.ts';
import { documentsOf, stamp, tablesOf } from './ledger-of-loads.ts';

const [baseDir = '', killAt = '0'] = process.argv.slice(2);
const ROUND = 0;
const config = configSchema.parse({
  path: 'lab.duckdb',
  publish: { duckdb: 'read.duckdb', parquet: 'out', keep: '0s' },
});
const sink = await duckdbSink.open(config, { baseDir });

async function commitNext(): Promise<string> {
  const since = await sink.readState('lab');
  const n = Number(since ?? 0) + 1;
  const load = await sink.begin({ sync: 'lab', tables: tablesOf(ROUND), since });
  await load.stage(documentsOf(n, ROUND));
  await load.commit(stamp(n));
  await load[Symbol.asyncDispose]();
  return stamp(n);
}

type Calls = Record<string, (...given: unknown[]) => unknown>;

/** The calls are those of the publishing, and not DuckDB's own. */
function killAtCall(nth: number): void {
  const require = createRequire(import.meta.url);
  let left = nth;
  const count = (calls: Calls, name: string): void => {
    const call = calls[name];
    if (call === undefined) return;
    calls[name] = (...given) => {
      left -= 1;
      if (left === 0) process.kill(process.pid, 'SIGKILL');
      return call(...given);
    };
  };
  const files = require('node:fs/promises') as Calls;
  for (const name of [
    'open',
    'readdir',
    'rename',
    'rm',
    'rmdir',
    'mkdir',
    'stat',
    'link',
    'writeFile',
  ])
    count(files, name);
  count(require('node:child_process') as Calls, 'spawn');
  syncBuiltinESMExports();
}

if (Number(killAt) > 0) {
  const committed = await commitNext();
  killAtCall(Number(killAt));
  const published = await duckdbSink.publish?.(config, { baseDir });
  const failed = published?.find(({ error }) => error !== undefined);
  process.stdout.write(`${failed === undefined ? committed : String(failed.error?.cause)}\n`);
  process.exit(0);
}
for (;;) {
  await commitNext();
  await duckdbSink.publish?.(config, { baseDir });
  process.stdout.write(`${await sink.readState('lab')}\n`);
}
