import {
  checkSync,
  checkTables,
  checkTarget,
  type DocumentFilter,
  ENDLESS_ROOM,
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
import type { SnowflakeConfig } from './config.ts';
import { damagesIn } from './damage-finder.ts';
import { SnowflakeLoad } from './load.ts';
import { checkHeld } from './names.ts';
import type { TablePlan } from './plan.ts';
import { Catalog, prepareBookkeeping } from './schema.ts';
import type { Cells } from './session.ts';
import { Sessions } from './sessions.ts';
import { readSettings, type Settings } from './settings.ts';
import * as sql from './sql.ts';
import { tryStage } from './stage-trial.ts';
import { Traffic } from './traffic.ts';
import { decode } from './values.ts';

/** How many ids go into one statement. */
const IDS = 5_000;
/** A commit takes two statements for each table, of some tenths of a second each, while others wait for it. */
const TABLES = 100;
/** Any other id has no rows. */
const ID = /^[0-9a-f]{32}$/;

/** A schema of a Snowflake database as a sink. */
export class SnowflakeSink implements Sink {
  readonly tablesPerLoad: number = TABLES;
  readonly rowRoom: RowRoom = ENDLESS_ROOM;
  readonly #settings: Settings;
  readonly #sessions: Sessions;
  readonly #catalog: Catalog;
  readonly #traffic = new Traffic();
  readonly #loads = new Set<SnowflakeLoad>();
  /** Loads that are being opened, so that `dispose` misses none. */
  readonly #opening = new Set<Promise<unknown>>();
  #closed: Promise<void> | undefined;

  private constructor(settings: Settings, sessions: Sessions) {
    this.#settings = settings;
    this.#sessions = sessions;
    this.#catalog = new Catalog(settings.place, settings.tables);
  }

  /** Connects, creates schema and bookkeeping tables where missing, and tries the way to the stage. */
  static async open(config: SnowflakeConfig, baseDir: string): Promise<SnowflakeSink> {
    const settings = readSettings(config, baseDir);
    const sessions = new Sessions(settings);
    try {
      await sessions.with(async (session) => {
        await prepareBookkeeping(session, settings.place);
      });
      // A session that begins when the schema is there has it as its own.
      await sessions.withNew((session) => tryStage(session));
      sessions.renew();
      return new SnowflakeSink(settings, sessions);
    } catch (error) {
      await sessions.close();
      throw error;
    }
  }

  async readState(sync: string): Promise<State | undefined> {
    checkSync(sync);
    const statement = sql.readState(this.#settings.place, sync);
    const { rows } = await this.#checkOpen().withNew((session) => session.query(statement));
    return rows[0] === undefined ? undefined : String(rows[0][0]);
  }

  async *documents(sync: string, filter: DocumentFilter = {}): AsyncIterable<StoredDocument> {
    checkSync(sync);
    this.#checkOpen();
    const { ids, status } = filter;
    const statement = sql.readLines(this.#settings.place, sync, status, ids !== undefined);
    for (const binds of ids === undefined ? [[]] : bindsOf(ids)) {
      for await (const [id, order, line] of this.#rows(statement, binds)) {
        yield { id: String(id), order: String(order), status: String(line) as Status };
      }
    }
  }

  async *rows(table: Table, ids: readonly string[]): AsyncIterable<StoredRow> {
    checkTables([table]);
    checkHeld([table]);
    const found = await this.#checkOpen().with((session) =>
      this.#catalog.storedTable(session, table),
    );
    if (found === undefined) return;
    const statement = sql.readRows(this.#settings.place, found.stored, found.columns);
    for (const binds of bindsOf(ids)) {
      for await (const [id, ...cells] of this.#rows(statement, binds)) {
        const row = table.columns.map(({ type }, at) => decode(type, cells[at]));
        yield { id: String(id), row };
      }
    }
  }

  async *damages(sync: string, tables: readonly Table[]): AsyncIterable<RowDamage> {
    checkSync(sync);
    checkTables(tables);
    checkHeld(tables);
    const where = { place: this.#settings.place, catalog: this.#catalog };
    yield* await this.#checkOpen().with((session) => damagesIn(session, where, sync, tables));
  }

  async begin(target: Target): Promise<Load> {
    checkTarget(target);
    checkHeld(target.tables);
    this.#checkOpen();
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
    const sessions = this.#checkOpen();
    await sessions.withNew((session) =>
      session.transaction(async () => {
        for (const statement of sql.forget(this.#settings.place))
          await session.query(statement, [sync]);
      }),
    );
    sessions.renew();
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

  async #open(target: Target): Promise<SnowflakeLoad> {
    const tables = await this.#prepared(target.tables);
    const load = new SnowflakeLoad({
      settings: this.#settings,
      sessions: this.#sessions,
      traffic: this.#traffic,
      target,
      tables,
      onError: () => this.#catalog.forget(),
      onClose: (load) => this.#loads.delete(load),
    });
    this.#loads.add(load);
    return load;
  }

  async #prepared(tables: readonly Table[]): Promise<readonly TablePlan[]> {
    const known = this.#catalog.known(tables);
    if (known !== undefined) return known;
    return await this.#traffic.change(() =>
      this.#sessions.with((session) => this.#catalog.prepare(session, tables)),
    );
  }

  async *#rows(statement: string, binds: readonly string[]): AsyncGenerator<Cells> {
    const rows = this.#checkOpen().iterate((session) => session.rows(statement, binds));
    for await (const row of rows) {
      this.#checkOpen();
      yield row;
    }
  }

  #checkOpen(): Sessions {
    if (this.#closed === undefined) return this.#sessions;
    throw new SinkError('SINK_UNAVAILABLE', 'This sink is closed. Open another.');
  }
}

/** Ids that can be stored, each once and in the order of the database, as binds of one statement each. */
function bindsOf(ids: readonly string[]): readonly (readonly string[])[] {
  const sorted = [...new Set(ids)].filter((id) => ID.test(id)).sort();
  const portions: string[][] = [];
  for (let at = 0; at < sorted.length; at += IDS) {
    portions.push([JSON.stringify(sorted.slice(at, at + IDS))]);
  }
  return portions;
}
