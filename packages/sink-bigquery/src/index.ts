export { bigQuerySink, bigQuerySink as default } from './adapter.ts';
export type { BigQueryConfig, BigQueryInput, Partitioning } from './config.ts';
