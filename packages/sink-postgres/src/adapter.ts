import type { SinkAdapter } from '@tdp-sync/sink';
import { configSchema, type PostgresConfig } from './config.ts';
import { columnName, tableName } from './names.ts';
import { PostgresSink } from './sink.ts';

/** Keeps a PostgreSQL database in step with TDP. */
export const postgresSink: SinkAdapter<PostgresConfig> = {
  name: 'postgres',
  contract: 1,
  config: configSchema,
  open: (config, { baseDir }) => PostgresSink.open(config, baseDir),
  storedName: (table, column) => (column === undefined ? tableName(table) : columnName(column)),
};
