import type { SinkAdapter } from '@tdp-sync/sink';
import { configSchema, type SnowflakeConfig } from './config.ts';
import { SnowflakeSink } from './sink.ts';

/** Keeps a Snowflake database in step with TDP. */
export const snowflakeSink: SinkAdapter<SnowflakeConfig> = {
  name: 'snowflake',
  contract: 1,
  config: configSchema,
  open: (config, { baseDir }) => SnowflakeSink.open(config, baseDir),
};
