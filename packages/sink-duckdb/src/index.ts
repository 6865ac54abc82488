export { duckdbSink, duckdbSink as default } from './adapter.ts';
export type { DuckdbConfig, DuckdbInput } from './config.ts';
