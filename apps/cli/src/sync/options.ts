import type { SyncOptions } from '@tdp-sync/core';
import type { LoadedConfig } from '../config/load.ts';
import type { SyncConfig } from '../config/schema.ts';
import { storedName } from '../config/tables.ts';
import { filesUnderWay } from '../memory.ts';
import { reservedTables } from './transform.ts';

/** What the config says about a sync, but for its transform. */
export function configuredOptions(
  name: string,
  config: SyncConfig,
  loaded: LoadedConfig,
): Omit<SyncOptions, 'source' | 'sourceId' | 'sink'> {
  return {
    name: storedName(name, config),
    label: name,
    filter: config.filter,
    sinceMs: config.since,
    settleMs: config.settle,
    clockToleranceMs: loaded.config.source.clockTolerance,
    lookbackMs: config.lookback,
    maxWindowMs: config.maxWindow,
    idleMs: config.idle,
    content: config.content,
    schema: config.schema,
    history: config.history,
    reservedTables: reservedTables(name, loaded),
    deletes: config.deletes,
    batch: {
      documents: config.batch.documents ?? filesUnderWay(loaded.memoryBytes),
      bytes: config.batch.bytes,
      ageMs: config.batch.age,
    },
    failureBudget: config.failures,
    redact: loaded.redactor.clean,
    // The other half is for the commit of what has come.
    drainMs: loaded.config.serve.drain / 2,
  };
}
