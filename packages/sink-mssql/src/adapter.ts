import type { SinkAdapter } from '@tdp-sync/sink';
import { configSchema, type MssqlConfig } from './config.ts';
import { MssqlSink } from './sink.ts';

/** Keeps a SQL Server database in step with TDP. */
export const mssqlSink: SinkAdapter<MssqlConfig> = {
  name: 'mssql',
  contract: 1,
  config: configSchema,
  open: (config) => MssqlSink.open(config),
};
