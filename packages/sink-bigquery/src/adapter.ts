import type { SinkAdapter } from '@tdp-sync/sink';
import { type BigQueryConfig, configSchema } from './config.ts';
import { BigQuerySink } from './sink.ts';

/** Keeps a BigQuery dataset in step with TDP. */
export const bigQuerySink: SinkAdapter<BigQueryConfig> = {
  name: 'bigquery',
  contract: 1,
  config: configSchema,
  open: (config, { baseDir }) => BigQuerySink.open(config, baseDir),
};
