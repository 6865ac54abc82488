import type { Document, Sink } from '@tdp-sync/sink';
import { harness } from '@tdp-sync/sink-mssql/conformance';
import { configSchema } from '../../packages/sink-mssql/src/config.ts';
import { Connections } from '../../packages/sink-mssql/src/connection.ts';
import { driver } from '../../packages/sink-mssql/src/driver.ts';
import { qualified } from '../../packages/sink-mssql/src/sql.ts';
import { serverConfig } from '../../packages/sink-mssql/test/server.ts';
import { PEAKS, peaksOf } from '../mssql/rows.ts';
import { report } from '../process.ts';

/** The same rows through the sink: begin, stage, commit. */
interface Input {
  readonly documents: number;
  readonly rowsPerDocument: number;
  /** Documents in one commit. */
  readonly batch: number;
  /** Whether all documents are there already, and are replaced. */
  readonly again: boolean;
}

const { documents, rowsPerDocument, batch, again } = JSON.parse(process.argv[2] ?? '{}') as Input;
const { adapter, fresh } = harness(serverConfig());
// A schema of its own, dropped at the end.
await using database = await fresh();
await using sink = await adapter.open(database.config, database.context);
let since: string | undefined;
if (again) await load(sink, made('order-1'));
const newest = made('order-2');
await report(
  () => load(sink, newest),
  async () => ({
    rows: (await database.read(PEAKS.name)).length,
    bytes: await bytesOf(PEAKS.name),
  }),
);

/** What the server says that a table takes, its index included: https://learn.microsoft.com/sql/relational-databases/system-stored-procedures/sp-spaceused-transact-sql */
async function bytesOf(table: string): Promise<number> {
  const config = configSchema.parse(database.config);
  const connection = await Connections.open(config, { min: 0, max: 1 });
  try {
    const [[[, , , data, index] = []] = []] = await connection.query('EXEC sp_spaceused @table', {
      table: [driver.NVarChar(driver.MAX), qualified(config.schema, table)],
    });
    return (Number.parseInt(String(data), 10) + Number.parseInt(String(index), 10)) * 1024 || 0;
  } catch {
    // Not every server has it, and a figure less is no reason to lose the others.
    return 0;
  } finally {
    await connection.close();
  }
}

function made(order: string): readonly Document[] {
  return Array.from({ length: documents }, (_, n) => peaksOf(n, rowsPerDocument, order));
}

async function load(sink: Sink, all: readonly Document[]): Promise<number> {
  let applied = 0;
  for (let from = 0; from < all.length; from += batch) {
    const staged = all.slice(from, from + batch);
    const state = `${staged[0]?.order} up to ${from}`;
    await using load = await sink.begin({ sync: 'bench', tables: [PEAKS], since });
    await load.stage(staged);
    applied += (await load.commit(state)).applied;
    since = state;
  }
  return applied;
}
