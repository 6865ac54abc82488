import { chmod, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Sink, SinkContext } from '@tdp-sync/sink';
import { duckdbSink } from '../src/adapter.ts';
import { configSchema, type DuckdbInput } from '../src/config.ts';

/** A temporary folder that is removed at the end of the test. */
export interface Folder extends AsyncDisposable {
  readonly path: string;
  open(config?: Partial<DuckdbInput>, context?: Partial<SinkContext>): Promise<Sink>;
}

export async function temporaryFolder(): Promise<Folder> {
  const path = await realpath(await mkdtemp(join(tmpdir(), 'tdp-sync-duckdb-')));
  return {
    path,
    open: (config = {}, context = {}) =>
      duckdbSink.open(configSchema.parse({ path: 'lab.duckdb', ...config }), {
        baseDir: path,
        ...context,
      }),
    [Symbol.asyncDispose]: async () => {
      await chmod(path, 0o755);
      await rm(path, { recursive: true, force: true });
    },
  };
}
