import { Client, type ClientConfig, Pool, type PoolClient, type PoolConfig } from 'pg';
import type { Db } from 'pg-boss';

/** What came of a statement: rows by name of column. */
export interface Answer {
  rows: Record<string, unknown>[];
}

/** How many statements of a replica are at work at once. */
const CONNECTIONS = 4;
/** A connection that nobody has used for so long is given back; a queue at work uses one every second. */
const IDLE_MS = 30_000;

/**
 * What a role or a database may have set otherwise, and must be one thing here: pg-boss counts on some, and what was scheduled stays so when the
 * server crashes.
 */
const PREPARE: string = [
  "SET search_path = pg_catalog; SET standard_conforming_strings = on; SET TimeZone = 'UTC'; SET DateStyle = 'ISO, YMD'; SET extra_float_digits = 1",
  "SET default_transaction_isolation = 'read committed'; SET default_transaction_read_only = off",
  "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'",
].join('; ');

/** Connections to a server, shared by pg-boss and by what is beside it. Errors are those of the driver. */
export class Database implements Db {
  readonly #pool: Pool;
  readonly #clients = new Set<Client>();

  constructor(config: ClientConfig) {
    const clients = this.#clients;
    class Known extends Client {
      constructor(given?: ClientConfig) {
        super(given);
        clients.add(this);
        // A loss is told by the statement under way; without a listener the process would end.
        this.on('error', () => undefined);
        this.once('end', () => clients.delete(this));
      }

      /** The pool drops one that could not log in, and leaves its socket to the server, which would keep it for a minute. */
      override connect(): Promise<Client>;
      override connect(callback: (error: Error) => void): void;
      override connect(callback?: (error: Error) => void): unknown {
        if (callback === undefined) return super.connect();
        return super.connect((error: Error) => {
          if (error) breakOff(this);
          callback(error);
        });
      }
    }
    const pool: PoolConfig = {
      ...config,
      max: CONNECTIONS,
      idleTimeoutMillis: IDLE_MS,
      Client: Known,
      onConnect: async (client) => {
        await client.query(PREPARE);
      },
    };
    this.#pool = new Pool(pool);
    this.#pool.on('error', () => undefined);
  }

  /** Runs one statement, or several without parameters. */
  async executeSql(text: string, values?: unknown[]): Promise<Answer> {
    return await this.#pool.query(text, values);
  }

  /** Runs statements that happen together or not at all. */
  async transaction<T>(task: (db: Db) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect();
    let isWell = false;
    try {
      const result = await inTransaction(client, task);
      isWell = true;
      return result;
    } finally {
      // Of one that has failed nobody knows what it is about.
      client.release(!isWell);
    }
  }

  /** Closes all connections, and breaks off those that are not done after this time. */
  async close(patienceMs: number): Promise<void> {
    const ended = this.#pool.end().catch(() => undefined);
    const late = setTimeout(() => {
      for (const client of this.#clients) breakOff(client);
    }, patienceMs);
    await ended;
    clearTimeout(late);
  }
}

async function inTransaction<T>(client: PoolClient, task: (db: Db) => Promise<T>): Promise<T> {
  await client.query('BEGIN');
  const result = await task({ executeSql: (text, values) => client.query(text, values) });
  await client.query('COMMIT');
  return result;
}

/** Closes its socket, whatever it waits for. */
function breakOff(client: Client): void {
  const { connection } = client as unknown as {
    readonly connection: { readonly stream: { destroy(error: Error): void } };
  };
  connection.stream.destroy(new Error('Connection terminated: the queue is closed'));
}
