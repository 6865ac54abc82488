import type { ConnectionOptions } from 'snowflake-sdk';
import { loginOf } from './authentication.ts';
import { milliseconds, type SnowflakeConfig } from './config.ts';
import type { Origin } from './errors.ts';
import { literal, named, type Place } from './names.ts';
import type { TableOptions } from './sql.ts';

/** How sessions are made, and what tables. */
export interface Settings {
  readonly place: Place;
  readonly tables: TableOptions;
  /** What the driver is given for one login: keys and tokens are read anew. */
  readonly connect: () => Promise<ConnectionOptions>;
  /** How long a login may take. */
  readonly connectMs: number;
  /** What each session is told first. */
  readonly prepare: string;
  readonly origin: Origin;
}

/** Longer than Snowflake leaves the transaction of a runner that died open: five minutes idle, after as much for its statement. */
const LOCK_SECONDS = 900;

/** The config as the driver and the statements take it. */
export function readSettings(config: SnowflakeConfig, baseDir: string): Settings {
  const { database, schema, identifiers, timestamps, valueLimit, transient } = config;
  const place: Place = { database, schema, identifiers };
  const { warehouse, role, url } = config;
  return {
    place,
    tables: { timestamps, valueLimit, transient },
    connect: async () => ({ ...common(config, place), ...(await loginOf(config, baseDir)) }),
    connectMs: milliseconds(config.connectTimeout),
    prepare: prepareSession(config),
    origin: {
      account: url === undefined ? (config.account ?? '') : new URL(url).host,
      database,
      schema,
      warehouse,
      role,
    },
  };
}

function common(config: SnowflakeConfig, place: Place): ConnectionOptions {
  const { account = 'account', url, user, role, warehouse } = config;
  return {
    account,
    username: user,
    database: named(place, place.database),
    schema: named(place, place.schema),
    application: 'tdp-sync',
    ...(url === undefined ? {} : { accessUrl: url.replace(/\/+$/, '') }),
    ...(role === undefined ? {} : { role }),
    ...(warehouse === undefined ? {} : { warehouse }),
    sfRetryMaxLoginRetries: loginRetries(config),
    // Without them the driver would keep what it may keep on the disk.
    clientStoreTemporaryCredential: false,
    clientRequestMFAToken: false,
    validateDefaultParameters: false,
  };
}

/** How often the driver tries a login again: it waits twice as long each time, beginning with two seconds at most. */
function loginRetries({ connectTimeout }: SnowflakeConfig): number {
  return Math.max(0, Math.floor(Math.log2(milliseconds(connectTimeout) / 1_000)) - 1);
}

/**
 * What a user or an account may have set otherwise, and must be one thing here. Were quoted names taken without case, they would be
 * others; a statement that fails would leave its transaction open; and what nobody waits for any more would go on.
 */
function prepareSession({ requestTimeout, queryTag }: SnowflakeConfig): string {
  const settings = [
    'TRANSACTION_ABORT_ON_ERROR = TRUE',
    'AUTOCOMMIT = TRUE',
    `LOCK_TIMEOUT = ${LOCK_SECONDS}`,
    'ABORT_DETACHED_QUERY = TRUE',
    `STATEMENT_TIMEOUT_IN_SECONDS = ${Math.ceil(milliseconds(requestTimeout) / 1_000)}`,
    `QUERY_TAG = ${literal(queryTag)}`,
    "TIMEZONE = 'UTC'",
    'QUOTED_IDENTIFIERS_IGNORE_CASE = FALSE',
    'STRICT_JSON_OUTPUT = TRUE',
    'USE_CACHED_RESULT = TRUE',
  ];
  return `ALTER SESSION SET ${settings.join(', ')}`;
}
