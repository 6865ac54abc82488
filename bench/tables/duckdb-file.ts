import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import type { Sink } from '@tdp-sync/sink';
import { duckdbSink } from '@tdp-sync/sink-duckdb';

/** A new database in a folder of its own, with the sink's default settings. */
export interface DuckdbFile extends AsyncDisposable {
  open(): Promise<Sink>;
  /** Rows of all tables but the files table and the bookkeeping. To be called when no sink is open. */
  rows(): Promise<number>;
}

export async function duckdbFile(): Promise<DuckdbFile> {
  const folder = await mkdtemp(join(tmpdir(), 'tdp-sync-bench-'));
  const validated = await duckdbSink.config['~standard'].validate({ path: 'bench.duckdb' });
  if (validated.issues !== undefined) throw new Error("The bench's own config is refused.");
  const config = validated.value;
  return {
    open: () => duckdbSink.open(config, { baseDir: folder }),
    rows: () => countRows(join(folder, 'bench.duckdb')),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

async function countRows(file: string): Promise<number> {
  const instance = await DuckDBInstance.create(file, { access_mode: 'READ_ONLY' });
  const connection = await instance.connect();
  try {
    const named = await connection.runAndReadAll(
      "SELECT table_name FROM duckdb_tables() WHERE table_name <> 'docs_files' AND NOT starts_with(table_name, '_tdp_sync')",
    );
    let rows = 0;
    for (const [name] of named.getRows()) {
      const counted = await connection.runAndReadAll(`SELECT count(*) FROM "${name}"`);
      rows += Number(counted.getRows()[0]?.[0]);
    }
    return rows;
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
