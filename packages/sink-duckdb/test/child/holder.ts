/** Holds the database file in the folder given until it is killed. */
import { duckdbSink } from '../../src/adapter.ts';
import { configSchema } from '../../src/config.ts';

const [baseDir = ''] = process.argv.slice(2);
await duckdbSink.open(configSchema.parse({ path: 'lab.duckdb' }), { baseDir });
process.stdout.write('held\n');
setInterval(() => undefined, 60_000);
