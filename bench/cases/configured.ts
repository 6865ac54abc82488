import { DuckDBInstance } from '@duckdb/node-api';
import { type SyncOptions, sweep, sync, type VerifyOptions, verify } from '@tdp-sync/core';
import { loadConfig } from '../../apps/cli/src/config/load.ts';
import { configuredOptions } from '../../apps/cli/src/sync/options.ts';
import { openSource } from '../../apps/cli/src/sync/source.ts';
import { transformOf } from '../../apps/cli/src/sync/transform.ts';
import { report as measured } from '../process.ts';

/** What is done with it, how many files that was, and in how many commits. */
const WORKS = {
  sync: async (options: SyncOptions) => {
    const { loaded: files, commits } = await sync(options);
    return { files, commits };
  },
  sweep: async (options: SyncOptions) => {
    const { seen: files, loaded, commits } = await sweep(options);
    if (loaded !== 0) throw new Error(`The sweep loaded ${loaded} files that a run had missed.`);
    return { files, commits };
  },
  verify: async (options: VerifyOptions) => {
    const { shown: files, outcome } = await verify(options);
    if (outcome !== 'equal') throw new Error(`The verification says ${outcome}.`);
    return { files, commits: 0 };
  },
};

/** A command's work as `tdp-sync` wires it from a config, with its defaults. */
interface Input {
  /** Default: sync. */
  readonly work?: keyof typeof WORKS;
  /** Path of the config. */
  readonly config: string;
  /** Files retrieved at once. Default: as tdp-sync finds it. */
  readonly fixed?: number;
  /** The database, and its table whose rows are counted. */
  readonly count?: { readonly database: string; readonly table: string };
}

const { work = 'sync', config, fixed, count } = JSON.parse(process.argv[2] ?? '{}') as Input;
const loaded = await loadConfig(config, { environment: {} });
const docs = loaded.config.syncs['docs'];
if (docs === undefined) throw new Error("The bench's config has no sync `docs`.");
let commits = 0;
await measured(
  async () => {
    await using source = await openSource(loaded);
    await using transform = await transformOf('docs', docs, loaded, {
      schemas: source.schemas,
      onOutput: () => undefined,
    });
    const sink = await loaded.adapter.open(loaded.sinkConfig, loaded);
    const done = await WORKS[work]({
      ...configuredOptions('docs', docs, loaded),
      transform,
      source: source.client,
      sourceId: source.id,
      sink,
      concurrency: () => fixed ?? source.limit.current,
    });
    // Closing writes what the log still holds into the file.
    await sink[Symbol.asyncDispose]();
    commits = done.commits;
    return done.files;
  },
  async () => ({
    commits,
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
