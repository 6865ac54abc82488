export { postgresQueue, postgresQueue as default } from './adapter.ts';
export type { PostgresQueueConfig, PostgresQueueInput } from './config.ts';
