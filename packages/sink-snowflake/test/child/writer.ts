/** Commits a load for each line of stdin and says so on stdout, until it is killed. The config is in the environment. */
import { createInterface } from 'node:readline';
import { snowflakeSink } from '../../src/adapter.ts';
import { configSchema } from '../../src/config.ts';
import { documentsOf, stamp, TABLES } from './loads.ts';

const config = configSchema.parse(JSON.parse(process.env['WRITER_CONFIG'] ?? '{}'));
const sink = await snowflakeSink.open(config, { baseDir: process.cwd() });
let since = await sink.readState('lab');
process.stdout.write(`${since ?? ''}\n`);
for await (const _line of createInterface({ input: process.stdin })) {
  const n = Number(since ?? 0) + 1;
  // No `await using`: Node 22 runs this file as it is, and does not know it yet.
  const load = await sink.begin({ sync: 'lab', tables: TABLES, since });
  await load.stage(documentsOf(n));
  since = stamp(n);
  await load.commit(since);
  await load[Symbol.asyncDispose]();
  process.stdout.write(`${since}\n`);
}
