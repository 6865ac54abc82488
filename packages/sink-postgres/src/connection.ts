import type { Writable } from 'node:stream';
import { aboutDocument } from '@tdp-sync/sink';
import { Client, Pool, type PoolClient } from 'pg';
import { from } from 'pg-copy-streams';
import { lineOf, type Origin, sinkError } from './errors.ts';
import type { Settings } from './settings.ts';

/** Rows as arrays of the server's own texts. */
export type Rows = readonly (readonly (string | null)[])[];

/** What came of a statement. */
export interface Result {
  readonly rows: Rows;
  /** How many rows it has given or changed. */
  readonly count: number;
}

/** What a parameter may be; ids come as a list. */
export type Parameter = string | readonly string[] | null;

/** How many statements of one sink are at work at once, besides those of loads. */
const SHARED = 4;

/** What a message of COPY holds. The server takes one of a gigabyte for the end of all sense, and hangs up. */
const MESSAGE = 1_048_576;

/** One session of the server, whose errors are those of the contract. */
export class Session {
  readonly #client: Client | PoolClient;
  readonly #origin: Origin;

  constructor(client: Client | PoolClient, origin: Origin) {
    this.#client = client;
    this.#origin = origin;
  }

  /** Connects. Closed with {@link Session.close}. */
  static async open({ client: config, prepare, origin }: Settings): Promise<Session> {
    const client = new Client(config);
    // A lost connection is told here and by the statement under way; without a listener the process would end.
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.query(prepare);
      return new Session(client, origin);
    } catch (error) {
      await client.end().catch(() => undefined);
      throw sinkError(error, origin);
    }
  }

  /** Runs one statement. */
  async query(text: string, values: readonly Parameter[] = []): Promise<Result> {
    return await this.#told(async () => {
      const query = { text, values: [...values], rowMode: 'array' as const };
      const { rows, rowCount } = await this.#client.query<(string | null)[]>(query);
      return { rows, count: rowCount ?? 0 };
    });
  }

  /** Runs statements without parameters, one after the other, in one step if they begin none of their own. */
  async run(statements: string): Promise<void> {
    await this.#told(() => this.#client.query(statements));
  }

  /** Sends rows in the text form of COPY. `idOf` says of which document a line is, counted from 1. */
  async copy(
    statement: string,
    rows: Buffer,
    idOf: (line: number) => string | undefined = () => undefined,
  ): Promise<void> {
    await this.#told(async () => {
      const stream = this.#client.query(from(statement));
      try {
        await sent(stream, rows);
      } catch (error) {
        const id = idOf(lineOf(error) ?? 0);
        const told = sinkError(error, this.#origin);
        throw id === undefined ? told : aboutDocument(told, id);
      }
    });
  }

  /** Runs statements in a transaction. */
  async transaction<T>(task: () => Promise<T>): Promise<T> {
    try {
      await this.run('BEGIN ISOLATION LEVEL READ COMMITTED');
      const result = await task();
      await this.run('COMMIT');
      return result;
    } catch (error) {
      // It tells nothing new when it fails: the server ends the transaction with the session.
      await this.run('ROLLBACK').catch(() => undefined);
      throw error;
    }
  }

  /** Ends the session, after what is under way in it. */
  async close(): Promise<void> {
    if (this.#client instanceof Client) await this.#client.end().catch(() => undefined);
  }

  async #told<T>(task: () => Promise<T>): Promise<T> {
    try {
      return await task();
    } catch (error) {
      throw sinkError(error, this.#origin);
    }
  }
}

/** Sessions that are shared by all but the loads. */
export class Sessions {
  readonly #pool: Pool;
  readonly #origin: Origin;

  constructor({ client, prepare, origin }: Settings) {
    const { connectionTimeoutMillis, ...others } = client;
    // The pool would count the time that its statements wait for one another as well, and hears of a loss only while it lends nothing.
    class Impatient extends Client {
      constructor() {
        super(client);
        this.on('error', () => undefined);
      }

      /** The pool forgets a session that could not be had, and the server would keep it, and the process, for another minute. */
      override connect(): Promise<Client>;
      override connect(callback: (error: Error) => void): void;
      override connect(callback?: (error: Error) => void): unknown {
        if (callback === undefined) return super.connect();
        return super.connect((error?: Error | null) => {
          if (error) this.end().catch(() => undefined);
          callback(error as Error);
        });
      }
    }
    this.#pool = new Pool({
      ...others,
      max: SHARED,
      Client: Impatient,
      onConnect: async (one) => {
        await one.query(prepare);
      },
    });
    this.#pool.on('error', () => undefined);
    this.#origin = origin;
  }

  /** Lends a session, which is not used again after an error. */
  async with<T>(task: (session: Session) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect().catch((error: unknown) => {
      throw sinkError(error, this.#origin);
    });
    let isWell = false;
    try {
      const result = await task(new Session(client, this.#origin));
      isWell = true;
      return result;
    } finally {
      client.release(!isWell);
    }
  }

  /** Runs one statement. */
  query(text: string, values: readonly Parameter[] = []): Promise<Result> {
    return this.with((session) => session.query(text, values));
  }

  /** Closes all, after what is under way on them. */
  async close(): Promise<void> {
    await this.#pool.end().catch(() => undefined);
  }
}

async function sent(stream: Writable, rows: Buffer): Promise<void> {
  await new Promise<void>((done, failed) => {
    stream.on('error', failed);
    stream.on('finish', done);
    for (let at = 0; at < rows.length; at += MESSAGE) stream.write(rows.subarray(at, at + MESSAGE));
    stream.end();
  });
}
