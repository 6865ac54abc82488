import type { QueueAdapter } from '@tdp-sync/queue';
import { configSchema, type PostgresQueueConfig } from './config.ts';
import { PostgresQueue } from './queue.ts';

/** Lets replicas share their work over a PostgreSQL database. */
export const postgresQueue: QueueAdapter<PostgresQueueConfig> = {
  name: 'postgres',
  contract: 1,
  config: configSchema,
  open: (config, context) => PostgresQueue.open(config, context),
};
