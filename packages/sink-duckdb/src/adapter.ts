import type { SinkAdapter } from '@tdp-sync/sink';
import { configSchema, type DuckdbConfig } from './config.ts';
import { databaseExists } from './database.ts';
import { DuckdbSink } from './sink.ts';

/** Keeps a DuckDB file in step with TDP. */
export const duckdbSink: SinkAdapter<DuckdbConfig> = {
  name: 'duckdb',
  contract: 1,
  config: configSchema,
  isExclusive: true,
  exists: (config, { baseDir }) => databaseExists(config, baseDir),
  open: (config, context) => DuckdbSink.open(config, context),
  // Loaded where a copy is asked for: most commands need none of it.
  publish: async (config, context) =>
    config.publish === undefined
      ? []
      : (await import('./publish/publish.ts')).publish(config, context),
  published: async (config, context) =>
    config.publish === undefined
      ? []
      : (await import('./publish/publish.ts')).published(config, context),
  publishable: async (config, context) =>
    config.publish === undefined
      ? []
      : (await import('./publish/publish.ts')).publishable(config, context),
};
