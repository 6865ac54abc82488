import { DuckDBInstance } from '@duckdb/node-api';
import { type RunReport, sync } from '@tdp-sync/core';
import { loadConfig } from '../../apps/cli/src/config/load.ts';
import { configuredOptions } from '../../apps/cli/src/sync/options.ts';
import { openSource } from '../../apps/cli/src/sync/source.ts';
import { transformOf } from '../../apps/cli/src/sync/transform.ts';
import { report as measured } from '../process.ts';

/** A run as `tdp-sync run` wires it from a config, with its defaults. */
interface Input {
  /** Path of the config. */
  readonly config: string;
  /** Files retrieved at once. Default: as tdp-sync finds it. */
  readonly fixed?: number;
  /** The database, and its table whose rows are counted. */
  readonly count?: { readonly database: string; readonly table: string };
}

const { config, fixed, count } = JSON.parse(process.argv[2] ?? '{}') as Input;
const loaded = await loadConfig(config, { environment: {} });
const docs = loaded.config.syncs['docs'];
if (docs === undefined) throw new Error("The bench's config has no sync `docs`.");
let report: RunReport | undefined;
await measured(
  async () => {
    await using source = await openSource(loaded);
    await using transform = await transformOf('docs', docs, loaded, {
      schemas: source.schemas,
      onOutput: () => undefined,
    });
    const sink = await loaded.adapter.open(loaded.sinkConfig, loaded);
    report = await sync({
      ...configuredOptions('docs', docs, loaded),
      transform,
      source: source.client,
      sourceId: source.id,
      sink,
      concurrency: () => fixed ?? source.limit.current,
    });
    // Closing writes what the log still holds into the file.
    await sink[Symbol.asyncDispose]();
    return report.loaded;
  },
  async () => ({
    commits: report?.commits ?? 0,
    rows: count === undefined ? 0 : await countRows(count.database, count.table),
  }),
);

async function countRows(database: string, table: string): Promise<number> {
  const instance = await DuckDBInstance.create(database, { access_mode: 'READ_ONLY' });
  const connection = await instance.connect();
  try {
    const read = await connection.runAndReadAll(`SELECT count(*) FROM "${table}"`);
    return Number(read.getRows()[0]?.[0]);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
