import type { ConfigResult } from '../config-schema.ts';
import type { SinkAdapter } from '../sink.ts';
import { MemoryDatabase } from './database.ts';
import { MemorySink } from './sink.ts';

/** What the memory sink is told. */
export interface MemoryConfig {
  /** The database to open. Default: a new one, gone with the sink. */
  readonly database?: MemoryDatabase;
}

/** The reference sink: the contract in executable form, for tests and for reading. It keeps nothing on disk. */
export const memorySink: SinkAdapter<MemoryConfig> = {
  name: 'memory',
  contract: 1,
  config: { '~standard': { version: 1, vendor: 'tdp-sync', validate } },
  open: async ({ database = new MemoryDatabase() }) => new MemorySink(database),
};

function validate(value: unknown): ConfigResult<MemoryConfig> {
  if (typeof value !== 'object' || value === null) {
    return { issues: [{ message: 'expected an object' }] };
  }
  if (!('database' in value)) return { value: {} };
  return value.database instanceof MemoryDatabase
    ? { value: { database: value.database } }
    : { issues: [{ message: 'expected a MemoryDatabase', path: ['database'] }] };
}
