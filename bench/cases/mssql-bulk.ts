import type { Row } from '@tdp-sync/sink';
import { configSchema } from '../../packages/sink-mssql/src/config.ts';
import { driverConfig } from '../../packages/sink-mssql/src/connection.ts';
import { type BulkTable, type DriverPool, driver } from '../../packages/sink-mssql/src/driver.ts';
import { driverType, encode, stagedType } from '../../packages/sink-mssql/src/values.ts';
import { serverConfig } from '../../packages/sink-mssql/test/server.ts';
import { PEAKS, peak } from '../mssql/rows.ts';
import { report } from '../process.ts';

/** Bulk load alone: the same rows by the driver into a `#` table, in types that the driver sends exactly. */
interface Input {
  readonly documents: number;
  readonly rowsPerDocument: number;
}

/** As many as the sink sends at once. */
const CHUNK = 20_000;
const { documents, rowsPerDocument } = JSON.parse(process.argv[2] ?? '{}') as Input;
const rows = Array.from({ length: documents * rowsPerDocument }, (_, n) => peak(n));
const config = configSchema.parse(serverConfig());
const pool = new driver.ConnectionPool(driverConfig(config, { min: 1, max: 1 }));
await pool.connect();
const columns = PEAKS.columns.map(({ type }, at) => `[c${at}] ${stagedType(type)} NULL`);
// As a batch, not as a query: that would be a procedure, and the table would end with it.
await pool.request().batch(`CREATE TABLE #bulk (${columns.join(', ')})`);
await report(
  async () => {
    for (let from = 0; from < rows.length; from += CHUNK)
      await load(pool, rows.slice(from, from + CHUNK));
    return documents;
  },
  () => ({ rows: rows.length }),
);
await pool.close();

async function load(pool: DriverPool, rows: readonly Row[]): Promise<void> {
  const table: BulkTable = new driver.Table('#bulk');
  table.create = false;
  for (const [at, { type }] of PEAKS.columns.entries())
    table.columns.add(`c${at}`, driverType(type), { nullable: true });
  for (const row of rows)
    table.rows.push(PEAKS.columns.map(({ type }, at) => encode(type, row[at] ?? null)));
  await pool.request().bulk(table, { keepNulls: true, lockTable: true, order: {} });
}
