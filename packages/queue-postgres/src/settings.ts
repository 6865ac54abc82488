import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { ConnectionOptions } from 'node:tls';
import { QueueError } from '@tdp-sync/queue';
import type { ClientConfig } from 'pg';
import type { PostgresQueueConfig } from './config.ts';
import type { Origin } from './errors.ts';
import { type Address, addressOf } from './url.ts';

/** How connections are made. */
export interface Settings {
  readonly client: ClientConfig;
  readonly origin: Origin;
}

/** Whoever opens a queue is told within this time that nobody is there. */
const CONNECT_MS = 8_000;
/** Statements of the queue take milliseconds; one that takes so long will give no answer any more. */
const STATEMENT_MS = 12_000;
const KEEP_ALIVE_MS = 10_000;

/** The config as the driver takes it. */
export async function readSettings(
  { url, schema }: PostgresQueueConfig,
  baseDir: string,
): Promise<Settings> {
  const address = addressOf(url);
  const { host, port, database, user, password } = address;
  return {
    client: {
      ...{ host, port, database, user },
      password: () => password ?? process.env['PGPASSWORD'] ?? '',
      ssl: await sslOf(address, baseDir),
      application_name: 'tdp-sync-queue',
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
      connectionTimeoutMillis: CONNECT_MS,
      query_timeout: STATEMENT_MS,
    },
    origin: { place: `${host}:${port}/${database}`, database, schema },
  };
}

async function sslOf(
  { sslMode, caFile }: Address,
  baseDir: string,
): Promise<ConnectionOptions | false> {
  if (sslMode === 'disable') return false;
  const ca = caFile === undefined ? undefined : await certificates(resolve(baseDir, caFile));
  // As libpq has it, `require` asks who the server is once it is known who may say so.
  if (sslMode === 'require' && ca === undefined) return { rejectUnauthorized: false };
  return {
    rejectUnauthorized: true,
    ...(ca === undefined ? {} : { ca }),
    ...(sslMode === 'verify-full' ? {} : { checkServerIdentity: () => undefined }),
  };
}

async function certificates(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new QueueError('QUEUE_FAILED', `The file of sslrootcert cannot be read: ${path}.`, cause);
  }
}
