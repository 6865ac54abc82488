import type { Document, Sink } from '@tdp-sync/sink';
import type { SinkHarness, TestDatabase } from '@tdp-sync/sink/conformance';
import { harness as duckdb } from '@tdp-sync/sink-duckdb/conformance';
import { harness as postgres } from '@tdp-sync/sink-postgres/conformance';
import { Client } from 'pg';
import { PEAKS, peaksOf } from '../mssql/rows.ts';
import { report } from '../process.ts';

/** The same rows through a sink: begin, stage, commit. */
interface Input {
  readonly url: string;
  readonly sink: 'postgres' | 'duckdb';
  readonly documents: number;
  readonly rowsPerDocument: number;
  /** Documents in one commit. */
  readonly batch: number;
  /** Whether all documents are there already, and are replaced. */
  readonly again: boolean;
  /** Whether the table keeps its index. */
  readonly isIndexed: boolean;
}

const input = JSON.parse(process.argv[2] ?? '{}') as Input;
const { url, documents, rowsPerDocument, batch } = input;
const { adapter, fresh }: SinkHarness = input.sink === 'postgres' ? postgres({ url }) : duckdb();
// A schema or file of its own, dropped at the end.
await using database = await fresh();
await using sink = await adapter.open(database.config, database.context);
let since: string | undefined;
if (!input.isIndexed) await withoutIndex(database, sink);
if (input.again) await load(sink, made('order-1'));
const newest = made('order-2');
await report(
  () => load(sink, newest),
  async () => ({ rows: (await database.read(PEAKS.name)).length }),
);

async function withoutIndex({ config }: TestDatabase, sink: Sink): Promise<void> {
  await load(sink, made('order-0').slice(0, 1));
  const { schema } = config as { readonly schema: string };
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(`DROP INDEX ${schema}.peaks__file_key_idx`);
  await client.end();
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
