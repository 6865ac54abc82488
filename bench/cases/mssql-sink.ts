import type { Document, Sink } from '@tdp-sync/sink';
import { harness } from '@tdp-sync/sink-mssql/conformance';
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
  async () => ({ rows: (await database.read(PEAKS.name)).length }),
);

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
