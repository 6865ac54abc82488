export { mssqlSink, mssqlSink as default } from './adapter.ts';
export type { Authentication, MssqlConfig, MssqlInput } from './config.ts';
