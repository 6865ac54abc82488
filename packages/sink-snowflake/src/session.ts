import type { Connection, ConnectionOptions, RowStatement, SnowflakeError } from 'snowflake-sdk';
import { loadDriver } from './driver.ts';
import { notConnected, type Origin, ofUpload, sinkError } from './errors.ts';
import { literal } from './names.ts';
import type { Settings } from './settings.ts';

/** A row as the server's own texts. */
export type Cells = readonly (string | null)[];

/** What came of a statement. */
export interface Result {
  readonly rows: readonly Cells[];
  /** How many rows it has changed. */
  readonly changed: number;
}

/** What one request may have, in characters. Snowflake takes a statement of a million. */
const STATEMENT = 400_000;

/** A session of the server, with one statement after the other. Its errors are those of the contract. */
export class Session {
  readonly #connection: Connection;
  readonly #origin: Origin;
  #last: Promise<unknown> = Promise.resolve();
  #closed: Promise<void> | undefined;

  private constructor(connection: Connection, origin: Origin) {
    this.#connection = connection;
    this.#origin = origin;
  }

  /** Logs in. A load keeps its session awake: its temporary tables go with it. */
  static async open(
    { connect, connectMs, prepare, origin }: Settings,
    { keepsAwake }: { readonly keepsAwake: boolean },
  ): Promise<Session> {
    const driver = await loadDriver();
    try {
      const options: ConnectionOptions = {
        ...(await connect()),
        clientSessionKeepAlive: keepsAwake,
      };
      const connection = driver.createConnection(options);
      await connected(connection, connectMs, origin);
      const session = new Session(connection, origin);
      await session.query(prepare);
      return session;
    } catch (error) {
      throw sinkError(error, origin);
    }
  }

  /** Runs one statement. */
  query(sqlText: string, binds: readonly (string | number)[] = []): Promise<Result> {
    return this.#inTurn(() => this.#execute({ sqlText, binds }));
  }

  /** Runs statements that give nothing back in as few requests as there may be: the server goes from one to the next by itself. */
  async run(statements: readonly string[]): Promise<void> {
    for (const block of blocksOf(statements)) await this.query(block);
  }

  /** Runs statements in a transaction. */
  async transaction<T>(task: () => Promise<T>): Promise<T> {
    try {
      await this.query('BEGIN TRANSACTION');
      const result = await task();
      await this.query('COMMIT');
      return result;
    } catch (error) {
      // It tells nothing new when it fails. What is not rolled back by this is by the end of the session.
      await this.query('ROLLBACK').catch(() => undefined);
      throw error;
    }
  }

  /** Sends a file into a stage. The driver does not say when it has not got there: who sends must count. */
  async put(sqlText: string, content: Buffer): Promise<void> {
    try {
      await this.#inTurn(() => this.#execute({ sqlText, fileStream: content }));
    } catch (error) {
      throw ofUpload(sinkError(error, this.#origin));
    }
  }

  /** Runs one statement, and gives its rows as they come. */
  async *rows(sqlText: string, binds: readonly string[] = []): AsyncGenerator<Cells> {
    try {
      const statement = await this.#inTurn(() => this.#started({ sqlText, binds }));
      for await (const row of statement.streamRows()) yield row as Cells;
    } catch (error) {
      throw sinkError(error, this.#origin);
    }
  }

  /** Ends the session, after what is under way in it: what is open is rolled back, and temporary tables go. */
  close(): Promise<void> {
    this.#closed ??= this.#last.then(
      () =>
        new Promise<void>((resolve) => {
          // An error tells nothing new: the server ends what it does not hear of.
          this.#connection.destroy(() => resolve());
        }),
    );
    return this.#closed;
  }

  async #execute(options: StatementOptions): Promise<Result> {
    const statement = await this.#started(options);
    if (options.fileStream !== undefined) return { rows: [], changed: 0 };
    const rows: Cells[] = [];
    for await (const row of statement.streamRows()) rows.push(row as Cells);
    return { rows, changed: statement.getNumUpdatedRows() ?? 0 };
  }

  #started(options: StatementOptions): Promise<RowStatement> {
    return new Promise((resolve, reject) => {
      const complete = (error: SnowflakeError | undefined, statement: RowStatement) => {
        if (error === undefined || error === null) resolve(statement);
        else reject(error);
      };
      const { binds = [], ...given } = options;
      const bound = binds.length === 0 ? {} : { binds: [...binds] };
      this.#connection.execute({
        ...given,
        ...bound,
        rowMode: 'array',
        streamResult: true,
        complete,
      });
    });
  }

  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#last.then(task).catch((error: unknown) => {
      throw sinkError(error, this.#origin);
    });
    this.#last = result.catch(() => undefined);
    return result;
  }
}

interface StatementOptions {
  readonly sqlText: string;
  readonly binds?: readonly (string | number)[];
  /** The driver's types do not know it: what a PUT sends in place of the file that it names. */
  readonly fileStream?: Buffer;
}

/** Statements as blocks of Snowflake Scripting: an error in one is an error of the whole. A single one is sent as it is. */
export function blocksOf(statements: readonly string[]): readonly string[] {
  return sizedGroups(statements, ({ length }) => length).map((group) => {
    const [only = ''] = group;
    if (group.length === 1) return only;
    return `EXECUTE IMMEDIATE ${literal(`BEGIN\n${group.join(';\n')};\nEND`)}`;
  });
}

/** As few groups as there may be, each of which fits into one request. */
export function sizedGroups<T>(
  items: readonly T[],
  sizeOf: (item: T) => number,
): readonly (readonly T[])[] {
  const groups: T[][] = [];
  let size = Number.POSITIVE_INFINITY;
  for (const item of items) {
    const own = sizeOf(item);
    if (size + own > STATEMENT) {
      groups.push([]);
      size = 0;
    }
    groups.at(-1)?.push(item);
    size += own;
  }
  return groups;
}

/** Connects, or gives up: the driver itself would try for minutes. */
async function connected(connection: Connection, connectMs: number, origin: Origin): Promise<void> {
  const connecting = new Promise<void>((resolve, reject) => {
    const done = (error: unknown) => (error ? reject(error) : resolve());
    connection.connectAsync(done).catch(reject);
  });
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(notConnected(origin)), connectMs);
  try {
    await Promise.race([connecting, late.promise]);
  } catch (error) {
    // Should it come to a session after all, nobody uses it.
    connecting.then(
      () => connection.destroy(() => undefined),
      () => undefined,
    );
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
