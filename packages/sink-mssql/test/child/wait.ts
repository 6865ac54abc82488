/** Waits until the server that `TDP_SYNC_TEST_MSSQL_URL` names takes logins; gives up after two minutes. */
import { setTimeout as sleep } from 'node:timers/promises';
import { configSchema } from '../../src/config.ts';
import { Connections } from '../../src/connection.ts';
import { serverConfig } from '../server.ts';

const until = Date.now() + 120_000;
const config = configSchema.parse({ ...serverConfig(), connectTimeout: '5s' });
for (;;) {
  try {
    const connections = await Connections.open(config, { min: 0, max: 1 });
    await connections.close();
    break;
  } catch (error) {
    if (Date.now() > until) throw error;
    await sleep(1_000);
  }
}
