import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BenchServer } from './process.ts';

/** A config as a user writes it, all else by default, in a folder of its own with the database. */
export interface BenchConfig extends AsyncDisposable {
  /** The config's path. */
  readonly file: string;
  readonly database: string;
}

/** What a config says beyond the addresses. */
export interface ConfigOptions {
  readonly download?: 'presigned' | 'direct';
  /** Tables in place of the whole document. */
  readonly tables?: object;
  /** The largest file that is loaded, such as `400MB`. */
  readonly maxFileBytes?: string;
}

/** Writes a config for a sync called `docs`, from the emulator into a new DuckDB file. */
export async function writeConfig(
  { url, auth }: Pick<BenchServer, 'url' | 'auth'>,
  { tables, ...source }: ConfigOptions = {},
): Promise<BenchConfig> {
  const folder = await mkdtemp(join(tmpdir(), 'tdp-sync-bench-'));
  const file = join(folder, 'tdp-sync.yaml');
  const { auth_token: token, org } = auth;
  const config = {
    source: { url, auth: { token, org }, ...source },
    sink: { type: 'duckdb', path: 'bench.duckdb' },
    syncs: { docs: tables === undefined ? {} : { tables } },
  };
  // JSON is YAML, too.
  await writeFile(file, JSON.stringify(config));
  return {
    file,
    database: join(folder, 'bench.duckdb'),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}
