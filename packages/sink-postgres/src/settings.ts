import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { ConnectionOptions } from 'node:tls';
import { SinkError } from '@tdp-sync/sink';
import type { ClientConfig } from 'pg';
import { milliseconds, type PostgresConfig, type SslMode } from './config.ts';
import type { Origin } from './errors.ts';
import { type Login, passwordOf } from './password.ts';
import { readUrl } from './url.ts';

/** How connections are made. */
export interface Settings {
  readonly client: ClientConfig;
  /** What each session is told first. */
  readonly prepare: string;
  readonly origin: Origin;
}

/** The server answers first when a statement takes too long; this is for one that answers nothing. */
const GRACE_MS = 30_000;
const KEEP_ALIVE_MS = 30_000;
/** A commit waits so long for a lock that somebody else holds. */
const LOCK_TIMEOUT = '60s';

/** The config as the driver takes it. */
export async function readSettings(config: PostgresConfig, baseDir: string): Promise<Settings> {
  const { login, password, sslMode, caFile } = placeOf(config);
  const { host, port, database, user } = login;
  const requestTimeout = milliseconds(config.requestTimeout);
  return {
    client: {
      host,
      port,
      database,
      user,
      password: passwordOf(config, password, login, baseDir),
      ssl: await sslOf(sslMode, caFile && resolve(baseDir, caFile)),
      application_name: 'tdp-sync',
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
      connectionTimeoutMillis: milliseconds(config.connectTimeout),
      query_timeout: requestTimeout + GRACE_MS,
      // All that comes is text: what it means follows from the column of the contract.
      types: { getTypeParser: () => asItIs },
    },
    prepare: prepareSession(requestTimeout),
    origin: { place: `${host}:${port}/${database}`, schema: config.schema },
  };
}

/** Where the database is, and how to get in. */
export interface Place {
  readonly login: Login;
  readonly password: string | undefined;
  readonly sslMode: SslMode;
  readonly caFile: string | undefined;
}

/** Where a config says that the database is. */
export function placeOf(config: PostgresConfig): Place {
  if (config.url === undefined) {
    const { host = '', port, database = '', user = '', password, ssl, caFile } = config;
    const sslMode = ssl ?? defaultMode(host);
    return { login: { host, port, database, user }, password, sslMode, caFile };
  }
  const { host, port, database, user, password, sslMode, caFile } = readUrl(config.url);
  return {
    login: { host, port: port ?? config.port, database, user },
    password: password ?? config.password,
    // The schema has checked that it is one of the modes.
    sslMode: (sslMode as SslMode | undefined) ?? config.ssl ?? defaultMode(host),
    caFile: caFile ?? config.caFile,
  };
}

/** Nobody sits between two programs of one computer. */
function defaultMode(host: string): SslMode {
  const isHere = host.startsWith('/') || /^(?:localhost|127(?:\.\d+){3}|::1)$/i.test(host);
  return isHere ? 'disable' : 'verify-full';
}

async function sslOf(
  mode: SslMode,
  caFile: string | undefined,
): Promise<ConnectionOptions | false> {
  if (mode === 'disable') return false;
  // As libpq has it, `require` asks who the server is once it is known who may say so.
  if (mode === 'require' && caFile === undefined) return { rejectUnauthorized: false };
  return {
    ...(caFile === undefined ? {} : { ca: await readCertificates(caFile) }),
    rejectUnauthorized: true,
    ...(mode === 'verify-full' ? {} : { checkServerIdentity: () => undefined }),
  };
}

async function readCertificates(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new SinkError('SINK_UNAVAILABLE', `The file of caFile cannot be read: ${path}.`, {
      cause,
    });
  }
}

/**
 * What a role or a database may have set otherwise, and must be one thing here: how values are written, whose functions are meant, and
 * that what is committed is on the disk. Plans that are put off cost a thousand million, for which PostgreSQL would compile them.
 */
function prepareSession(requestTimeout: number): string {
  return [
    "SET search_path = pg_catalog; SET client_encoding = 'UTF8'; SET standard_conforming_strings = on;",
    "SET TimeZone = 'UTC'; SET DateStyle = 'ISO, YMD'; SET extra_float_digits = 1; SET jit = off;",
    "SET default_transaction_isolation = 'read committed'; SET default_transaction_deferrable = off;",
    `SET statement_timeout = ${requestTimeout}; SET lock_timeout = '${LOCK_TIMEOUT}';`,
    "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'",
  ].join(' ');
}

function asItIs(text: string): string {
  return text;
}
