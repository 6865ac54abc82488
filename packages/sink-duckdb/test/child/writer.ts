/** Commits load after load and says so on stdout, until it is killed. */
import { duckdbSink } from '../../src/adapter.ts';
import { configSchema } from '../../src/config.ts';
import { documentsOf, stamp, tablesOf } from './ledger-of-loads.ts';

const [baseDir = '', round = '0', checkpointThreshold = '256MB'] = process.argv.slice(2);
const config = configSchema.parse({ path: 'lab.duckdb', checkpointThreshold });
const sink = await duckdbSink.open(config, { baseDir });
for (let since = await sink.readState('lab'); ; ) {
  const n = Number(since ?? 0) + 1;
  // No `await using`: Node 22 runs this file as it is, and does not know it yet.
  const load = await sink.begin({ sync: 'lab', tables: tablesOf(Number(round)), since });
  await load.stage(documentsOf(n, Number(round)));
  since = stamp(n);
  await load.commit(since);
  await load[Symbol.asyncDispose]();
  process.stdout.write(`${since}\n`);
}
