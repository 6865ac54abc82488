import {
  checkSync,
  checkTables,
  checkTarget,
  type DocumentFilter,
  type Load,
  type RowDamage,
  type RowRoom,
  type Sink,
  SinkError,
  type State,
  type Status,
  type StoredDocument,
  type StoredRow,
  type Table,
  type Target,
} from '@tdp-sync/sink';
import type { JsonType, PostgresConfig } from './config.ts';
import { type Parameter, Session, Sessions } from './connection.ts';
import { damagesIn } from './damage-finder.ts';
import { PostgresLoad } from './load.ts';
import { checkHeld } from './names.ts';
import type { TablePlan } from './plan.ts';
import { RowReader, sortedIds } from './row-reader.ts';
import { ROW_ROOM } from './row-room.ts';
import { prepareBookkeeping, prepareTables } from './schema.ts';
import { readSettings, type Settings } from './settings.ts';
import * as sql from './sql.ts';

/** How many ledger lines are read at once. */
const LINES = 10_000;
/** How many ids go into one statement. */
const IDS = 5_000;
/** A commit locks three things for each table, of the 6,400 that all sessions of a server have room for unless it is told otherwise. */
const TABLES = 400;

/** A schema of a PostgreSQL database as a sink. */
export class PostgresSink implements Sink {
  readonly tablesPerLoad: number = TABLES;
  readonly rowRoom: RowRoom = ROW_ROOM;
  readonly #settings: Settings;
  readonly #schema: string;
  readonly #json: JsonType;
  readonly #sessions: Sessions;
  readonly #loads = new Set<PostgresLoad>();
  /** Loads that are being opened, so that `dispose` misses none. */
  readonly #opening = new Set<Promise<unknown>>();
  /** Changes of tables, one after the other: the server would only make them wait or fail. */
  #changes: Promise<unknown> = Promise.resolve();
  #closed: Promise<void> | undefined;

  private constructor(settings: Settings, sessions: Sessions, { schema, json }: PostgresConfig) {
    this.#settings = settings;
    this.#sessions = sessions;
    this.#schema = schema;
    this.#json = json;
  }

  /** Connects and creates schema and bookkeeping tables where missing. */
  static async open(config: PostgresConfig, baseDir: string): Promise<PostgresSink> {
    const settings = await readSettings(config, baseDir);
    const sessions = new Sessions(settings);
    try {
      await prepareBookkeeping(sessions, config.schema);
      return new PostgresSink(settings, sessions, config);
    } catch (error) {
      await sessions.close();
      throw error;
    }
  }

  async readState(sync: string): Promise<State | undefined> {
    checkSync(sync);
    const { rows } = await this.#checkOpen().query(sql.readState(this.#schema), [sync]);
    return rows[0] === undefined ? undefined : String(rows[0][0]);
  }

  async *documents(sync: string, filter: DocumentFilter = {}): AsyncIterable<StoredDocument> {
    checkSync(sync);
    this.#checkOpen();
    const { ids, status } = filter;
    const given = status === undefined ? [] : [status];
    // A page at a time, and nothing open in between: a slow reader holds up nobody.
    yield* ids === undefined ? this.#allLines(sync, given) : this.#linesOf(sync, ids, given);
  }

  async *rows(table: Table, ids: readonly string[]): AsyncIterable<StoredRow> {
    checkTables([table]);
    checkHeld([table]);
    const reader = await RowReader.prepare(this.#checkOpen(), this.#schema, table, ids);
    while (reader?.hasMore) {
      // Nothing is open between two portions: a slow reader holds up nobody.
      yield* await reader.next(this.#checkOpen());
    }
  }

  async *damages(sync: string, tables: readonly Table[]): AsyncIterable<RowDamage> {
    checkSync(sync);
    checkTables(tables);
    checkHeld(tables);
    const sessions = () => this.#checkOpen();
    yield* damagesIn({ sessions, schema: this.#schema, sync }, tables);
  }

  async begin(target: Target): Promise<Load> {
    checkTarget(target);
    checkHeld(target.tables);
    const opening = this.#open(target);
    this.#opening.add(opening);
    try {
      return await opening;
    } finally {
      this.#opening.delete(opening);
    }
  }

  async clear(sync: string): Promise<void> {
    checkSync(sync);
    await this.#checkOpen().with((session) =>
      session.transaction(async () => {
        for (const statement of sql.forget(this.#schema)) await session.query(statement, [sync]);
      }),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed ??= this.#close();
    await this.#closed;
  }

  async #close(): Promise<void> {
    await Promise.allSettled(this.#opening);
    await Promise.all([...this.#loads].map((load) => load[Symbol.asyncDispose]()));
    await this.#sessions.close();
  }

  async #open(target: Target): Promise<PostgresLoad> {
    const tables = await this.#prepared(target.tables);
    const session = await Session.open(this.#settings);
    const load = await PostgresLoad.open(session, {
      schema: this.#schema,
      target,
      tables,
      onClose: (load) => this.#loads.delete(load),
    });
    this.#loads.add(load);
    return load;
  }

  async #prepared(tables: readonly Table[]): Promise<readonly TablePlan[]> {
    const sessions = this.#checkOpen();
    const change = this.#changes.then(() =>
      prepareTables(sessions, this.#schema, this.#json, tables),
    );
    // The next change starts whether or not this one fails; whoever asked for this one sees its error.
    this.#changes = change.catch(() => undefined);
    return await change;
  }

  async *#allLines(sync: string, given: readonly string[]): AsyncIterable<StoredDocument> {
    const statement = sql.readLines(this.#schema, LINES, given.length > 0);
    let after = '';
    for (let isFull = true; isFull; ) {
      const lines = await this.#lines(statement, [sync, after, ...given]);
      yield* lines;
      after = lines.at(-1)?.id ?? after;
      isFull = lines.length === LINES;
    }
  }

  async *#linesOf(
    sync: string,
    ids: readonly string[],
    given: readonly string[],
  ): AsyncIterable<StoredDocument> {
    const statement = sql.readLinesOf(this.#schema, given.length > 0);
    const sorted = sortedIds(ids);
    for (let at = 0; at < sorted.length; at += IDS) {
      yield* await this.#lines(statement, [sync, sorted.slice(at, at + IDS), ...given]);
    }
  }

  async #lines(statement: string, given: readonly Parameter[]): Promise<readonly StoredDocument[]> {
    const { rows } = await this.#checkOpen().query(statement, given);
    return rows.map(([id, order, status]) => ({
      id: String(id),
      order: String(order),
      status: String(status) as Status,
    }));
  }

  #checkOpen(): Sessions {
    if (this.#closed === undefined) return this.#sessions;
    throw new SinkError('SINK_UNAVAILABLE', 'This sink is closed. Open another.');
  }
}
