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
import type { MssqlConfig } from './config.ts';
import { Connections, type Parameter, type Parameters } from './connection.ts';
import { damagesIn } from './damage-finder.ts';
import { driver } from './driver.ts';
import { MssqlLoad } from './load.ts';
import { checkHeld, syncKey } from './names.ts';
import { RowReader, sortedIds } from './row-reader.ts';
import { ROW_ROOM } from './row-room.ts';
import { type Fold, prepareBookkeeping, prepareTables, readFold } from './schema.ts';
import { readServer, type Server } from './server.ts';
import { LoadSessions } from './sessions.ts';
import * as sql from './sql.ts';

/** Readers and changes of tables share these connections; each load has one of its own. */
const SHARED = { min: 0, max: 4 };
/** How many ledger lines are read at once. */
const LINES = 10_000;
/** How many ids go into one statement. */
const IDS = 5_000;

/** A schema of a SQL Server database as a sink. */
export class MssqlSink implements Sink {
  readonly tablesPerLoad: number = Number.POSITIVE_INFINITY;
  readonly rowRoom: RowRoom = ROW_ROOM;
  readonly #config: MssqlConfig;
  readonly #connections: Connections;
  readonly #fold: Fold;
  readonly #server: Server;
  readonly #sessions: LoadSessions;
  readonly #loads = new Set<MssqlLoad>();
  /** Loads that are being opened, so that `dispose` misses none. */
  readonly #opening = new Set<Promise<unknown>>();
  /** Changes of tables, one after the other: the server would only make them wait or fail. */
  #changes: Promise<unknown> = Promise.resolve();
  #closed: Promise<void> | undefined;

  private constructor(config: MssqlConfig, connections: Connections, fold: Fold, server: Server) {
    this.#config = config;
    this.#connections = connections;
    this.#sessions = new LoadSessions(config);
    this.#fold = fold;
    this.#server = server;
  }

  /** Connects and creates schema and bookkeeping tables where missing. */
  static async open(config: MssqlConfig): Promise<MssqlSink> {
    const connections = await Connections.open(config, SHARED);
    try {
      const server = await readServer(connections);
      await prepareBookkeeping(connections, config.schema, server);
      return new MssqlSink(config, connections, await readFold(connections, config.schema), server);
    } catch (error) {
      await connections.close();
      throw error;
    }
  }

  async readState(sync: string): Promise<State | undefined> {
    checkSync(sync);
    const [rows = []] = await this.#query(sql.readState(this.#config.schema), {
      sync: keyOf(sync),
    });
    return rows[0] === undefined ? undefined : String(rows[0][0]);
  }

  async *documents(sync: string, filter: DocumentFilter = {}): AsyncIterable<StoredDocument> {
    checkSync(sync);
    this.#checkOpen();
    const { ids, status } = filter;
    const given: Parameters = {
      sync: keyOf(sync),
      ...(status === undefined ? {} : { status: [driver.VarChar(8), status] }),
    };
    // A page at a time, and nothing open in between: a slow reader holds up nobody.
    yield* ids === undefined ? this.#allLines(given) : this.#linesOf(sortedIds(ids), given);
  }

  async *rows(table: Table, ids: readonly string[]): AsyncIterable<StoredRow> {
    checkTables([table]);
    checkHeld([table]);
    const { schema } = this.#config;
    const connections = this.#checkOpen();
    const reader = await RowReader.prepare(
      connections,
      schema,
      { fold: this.#fold, server: this.#server },
      table,
      ids,
    );
    while (reader?.hasMore) {
      // Nothing is open between two portions: a slow reader holds up nobody.
      yield* await reader.next(this.#checkOpen());
    }
  }

  async *damages(sync: string, tables: readonly Table[]): AsyncIterable<RowDamage> {
    checkSync(sync);
    checkTables(tables);
    checkHeld(tables);
    const { schema } = this.#config;
    // Nothing is open between two statements: a slow reader holds up nobody.
    const connections = () => this.#checkOpen();
    yield* damagesIn({ connections, schema, fold: this.#fold, sync: syncKey(sync) }, tables);
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
    await this.#query(sql.forget(this.#config.schema), { sync: keyOf(sync) });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed ??= this.#close();
    await this.#closed;
  }

  async #close(): Promise<void> {
    await Promise.allSettled(this.#opening);
    await Promise.all([...this.#loads].map((load) => load[Symbol.asyncDispose]()));
    await this.#sessions.close();
    await this.#connections.close();
  }

  async #open(target: Target): Promise<MssqlLoad> {
    const connections = this.#checkOpen();
    const change = this.#changes.then(() =>
      prepareTables(connections, this.#config.schema, this.#fold, target.tables, this.#server),
    );
    // The next change starts whether or not this one fails; whoever asked for this one sees its error.
    this.#changes = change.catch(() => undefined);
    await change;
    const place = { schema: this.#config.schema, fold: this.#fold };
    const load = new MssqlLoad(await this.#sessions.take(), place, target, (load) =>
      this.#release(load),
    );
    this.#loads.add(load);
    return load;
  }

  async #release(load: MssqlLoad): Promise<void> {
    this.#loads.delete(load);
    await this.#sessions.giveBack(load.session, load.isSound && this.#closed === undefined);
  }

  async *#allLines(given: Parameters): AsyncIterable<StoredDocument> {
    const statement = sql.readLines(this.#config.schema, LINES, 'status' in given);
    let after = '';
    for (let full = true; full; ) {
      const lines = await this.#lines(statement, {
        ...given,
        after: [driver.Char(32), after],
      });
      yield* lines;
      after = lines.at(-1)?.id ?? after;
      full = lines.length === LINES;
    }
  }

  async *#linesOf(ids: readonly string[], given: Parameters): AsyncIterable<StoredDocument> {
    const statement = sql.readLinesOf(this.#config.schema, 'status' in given);
    for (let at = 0; at < ids.length; at += IDS) {
      const some = JSON.stringify(ids.slice(at, at + IDS));
      yield* await this.#lines(statement, { ...given, ids: [driver.NVarChar(driver.MAX), some] });
    }
  }

  async #lines(statement: string, given: Parameters): Promise<readonly StoredDocument[]> {
    const [rows = []] = await this.#query(statement, given);
    return rows.map(([id, order, status]) => ({
      id: String(id),
      order: String(order),
      status: String(status) as Status,
    }));
  }

  async #query(statement: string, given: Parameters): ReturnType<Connections['query']> {
    return this.#checkOpen().query(statement, given);
  }

  #checkOpen(): Connections {
    if (this.#closed === undefined) return this.#connections;
    throw new SinkError('SINK_UNAVAILABLE', 'This sink is closed. Open another.');
  }
}

function keyOf(sync: string): Parameter {
  return [driver.NVarChar(128), syncKey(sync)];
}
