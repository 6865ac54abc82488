export { postgresSink, postgresSink as default } from './adapter.ts';
export type { JsonType, PostgresConfig, PostgresInput, SslMode } from './config.ts';
