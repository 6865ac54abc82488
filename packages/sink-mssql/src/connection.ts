import { type MssqlConfig, milliseconds } from './config.ts';
import {
  type BulkOrder,
  type BulkTable,
  type DriverConfig,
  type DriverConnection,
  type DriverPool,
  type DriverRequest,
  type DriverResult,
  type DriverType,
  driver,
} from './driver.ts';
import { lostLoad, type Origin, sinkError } from './errors.ts';

/** The value of a parameter and its type. */
export type Parameter = readonly [DriverType, unknown];
/** Parameters by name, without the `@`. */
export type Parameters = Readonly<Record<string, Parameter>>;

/** How many connections a pool keeps and makes. */
export interface PoolSize {
  readonly min: number;
  readonly max: number;
}

/**
 * Before each statement, since a session of the pool may be new: nobody waits for a lock for ever, and the server gives up before the driver
 * (https://learn.microsoft.com/sql/t-sql/statements/set-lock-timeout-transact-sql).
 */
export const WAIT = 'SET LOCK_TIMEOUT 60000;\n';

const ENTRA: Readonly<Record<NonNullable<MssqlConfig['authentication']>, string>> = {
  default: 'azure-active-directory-default',
  'service-principal': 'azure-active-directory-service-principal-secret',
  'managed-identity': 'azure-active-directory-msi-vm',
};

/** A pool of connections to the database, whose errors are those of the contract. */
export class Connections {
  readonly #pool: DriverPool;
  readonly #origin: Origin;
  #isPinned = false;
  /** What the server said while a connection was made: the driver keeps the last one's text, which may be the least telling. */
  readonly #refusals = new Set<number>();

  private constructor(config: MssqlConfig, size: PoolSize) {
    const settings = driverConfig(config, size);
    this.#origin = originOf(settings, config.schema);
    this.#pool = new driver.ConnectionPool({
      ...settings,
      beforeConnect: (connection) => this.#watch(connection),
    });
    // A lost connection is told here and by the statement under way; without a listener the process would end.
    this.#pool.on('error', () => undefined);
  }

  /** Connects. */
  static async open(config: MssqlConfig, size: PoolSize): Promise<Connections> {
    const connections = new Connections(config, size);
    try {
      await connections.#pool.connect();
      return connections;
    } catch (error) {
      throw connections.#failureToConnect(error);
    }
  }

  /**
   * From now on no connection is made any more: it would have another session. The driver would replace one that
   * was lost without a word, and what was staged is not there.
   */
  pin(): void {
    this.#isPinned = true;
  }

  /** Runs a statement with parameters. Each result set is rows as arrays. */
  query(statement: string, parameters: Parameters = {}): Promise<DriverResult['recordsets']> {
    return this.#run(async (request) => {
      for (const [name, [type, value]] of Object.entries(parameters)) {
        request.input(name, type, value);
      }
      return (await request.query(`${WAIT}${statement}`)).recordsets;
    });
  }

  /** Runs statements as one batch, without parameters: what they create in the session stays there. */
  async batch(statements: string): Promise<void> {
    await this.#run((request) => request.batch(`${WAIT}${statements}`));
  }

  /** Sends rows to a table of the session, where nobody minds a lock on all of it. They are in this order, if in any. */
  async bulk(table: BulkTable, order: BulkOrder): Promise<void> {
    await this.#run((request) => request.bulk(table, { keepNulls: true, lockTable: true, order }));
  }

  /** Closes all connections, after what is under way on them. */
  async close(): Promise<void> {
    // Nothing is lost with a connection that does not close well.
    await this.#pool.close().catch(() => undefined);
  }

  async #run<T>(task: (request: DriverRequest) => Promise<T>): Promise<T> {
    try {
      return await task(this.#pool.request());
    } catch (error) {
      throw sinkError(error, this.#origin);
    }
  }

  #watch(connection: DriverConnection): void {
    if (this.#isPinned) {
      connection.close();
      throw lostLoad(this.#origin);
    }
    this.#refusals.clear();
    connection.on('errorMessage', ({ number }) => this.#refusals.add(number));
  }

  #failureToConnect(error: unknown): unknown {
    if (typeof error !== 'object' || error === null) return sinkError(error, this.#origin);
    const precedingErrors = [...this.#refusals].map((number) => ({ number }));
    return sinkError(Object.assign(error, { precedingErrors }), this.#origin);
  }
}

/** The config as the driver takes it. */
export function driverConfig(config: MssqlConfig, { min, max }: PoolSize): DriverConfig {
  const requestTimeout = milliseconds(config.requestTimeout);
  const connectionTimeout = milliseconds(config.connectTimeout);
  const { options, ...place } = placeOf(config);
  if (place.server === undefined) throw new TypeError('The config names no server.');
  return {
    ...place,
    server: place.server,
    options: { ...options, appName: 'tdp-sync' },
    connectionTimeout,
    requestTimeout,
    arrayRowMode: true,
    // The driver would send a statement before each of ours. What a look does not show is told by ours, which is tried again.
    validateConnection: 'socket',
    pool: {
      min,
      max,
      // The driver tries again by itself when the server is just failing over.
      createTimeoutMillis: connectionTimeout * 4 + 10_000,
      acquireTimeoutMillis: requestTimeout + connectionTimeout * 4 + 10_000,
    },
  };
}

const STRICT = /(?:^|;)\s*encrypt\s*=\s*strict\s*(?:;|$)/i;

function placeOf(config: MssqlConfig): Partial<DriverConfig> {
  if (config.connectionString !== undefined) {
    const place = driver.ConnectionPool.parseConnectionString(config.connectionString);
    // The driver takes any word for a mere yes.
    if (!STRICT.test(config.connectionString)) return place;
    return { ...place, options: { ...place.options, encrypt: 'strict' } };
  }
  const { server, port, database, encrypt, trustServerCertificate } = config;
  const { multiSubnetFailover, packetSize } = config;
  return {
    ...(server === undefined ? {} : { server }),
    ...(database === undefined ? {} : { database }),
    port,
    options: {
      ...{ encrypt, trustServerCertificate, multiSubnetFailover },
      ...(packetSize === undefined ? {} : { packetSize }),
    },
    ...credentials(config),
  };
}

function credentials(config: MssqlConfig): Partial<DriverConfig> {
  const { user, password, authentication, tenantId, clientId, clientSecret } = config;
  if (authentication === undefined) {
    return {
      ...(user === undefined ? {} : { user }),
      ...(password === undefined ? {} : { password }),
    };
  }
  return {
    authentication: {
      type: ENTRA[authentication],
      options:
        authentication === 'service-principal'
          ? { tenantId, clientId, clientSecret }
          : { clientId },
    },
  };
}

function originOf({ server, port, database }: DriverConfig, schema: string): Origin {
  const at = port === undefined ? server : `${server}:${port}`;
  return { place: database === undefined ? at : `${at}/${database}`, schema };
}
