/**
 * Commits one long text, says so on stdout, and is killed: by whoever started it, or by itself when the log
 * is about to be folded in.
 */
import { duckdbSink } from '../../src/adapter.ts';
import { configSchema } from '../../src/config.ts';
import { Connection } from '../../src/connection.ts';
import { logSize } from '../../src/log-size.ts';

const [baseDir = '', memoryLimit, length = '0'] = process.argv.slice(2);
const config = configSchema.parse({ path: 'lab.duckdb', memoryLimit, checkpointThreshold: '1GB' });
const sink = await duckdbSink.open(config, { baseDir });
const checkpoint = Connection.prototype.checkpoint;
Connection.prototype.checkpoint = async function () {
  if ((await logSize(`${baseDir}/lab.duckdb`)) > Number(length))
    process.kill(process.pid, 'SIGKILL');
  return checkpoint.call(this);
};
const tables = [{ name: 'lab', columns: [{ name: 'document', type: 'json' as const }] }];
const load = await sink.begin({ sync: 'lab', tables, since: undefined });
const rows = new Map([['lab', [[`"${'x'.repeat(Number(length))}"`]]]]);
await load.stage([{ id: '0'.repeat(32), order: 'a', status: 'loaded', rows }]);
await load.commit('a');
process.stdout.write('committed\n');
setInterval(() => undefined, 60_000);
