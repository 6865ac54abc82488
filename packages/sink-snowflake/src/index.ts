export { snowflakeSink, snowflakeSink as default } from './adapter.ts';
export type { SnowflakeConfig, SnowflakeInput } from './config.ts';
