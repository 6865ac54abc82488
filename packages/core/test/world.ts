import type { CommitResult, Document, Load, RowRoom, Sink, State, Target } from '@tdp-sync/sink';
import { MemoryDatabase, memorySink } from '@tdp-sync/sink/memory';
import { expect } from 'vitest';
import { parseState, type SyncState } from '../src/position/state.ts';
import type { RunReport, SyncEvent } from '../src/sync/events.ts';
import type { SyncOptions } from '../src/sync/options.ts';
import { retry, sync } from '../src/sync/sync.ts';
import { Lake } from './lake.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

/** A sink that can be made to fail around a commit, and that counts what it is given. */
export class WatchedSink implements Sink {
  readonly #sink: Sink;
  tablesPerLoad: number;
  rowRoom: RowRoom;
  /** Tables that each load has named, those of the catalogue's own left out. */
  readonly named: number[] = [];
  staged = 0;
  commits = 0;
  beforeCommit: (count: number) => void | Promise<void> = () => undefined;
  afterCommit: (count: number) => void | Promise<void> = () => undefined;

  constructor(sink: Sink) {
    this.#sink = sink;
    this.tablesPerLoad = sink.tablesPerLoad;
    this.rowRoom = sink.rowRoom;
  }

  readState(sync: string): Promise<State | undefined> {
    return this.#sink.readState(sync);
  }

  documents(...given: Parameters<Sink['documents']>): ReturnType<Sink['documents']> {
    return this.#sink.documents(...given);
  }

  rows(...given: Parameters<Sink['rows']>): ReturnType<Sink['rows']> {
    return this.#sink.rows(...given);
  }

  damages(...given: Parameters<Sink['damages']>): ReturnType<Sink['damages']> {
    return this.#sink.damages(...given);
  }

  async begin(target: Target): Promise<Load> {
    const load = await this.#sink.begin(target);
    // The catalogue of tables is committed on its own, once.
    if (target.sync.endsWith('#tables')) return load;
    this.named.push(target.tables.length);
    const commit = async (state: State): Promise<CommitResult> => {
      this.commits += 1;
      const count = this.commits;
      await this.beforeCommit(count);
      const result = await load.commit(state);
      await this.afterCommit(count);
      return result;
    };
    const stage = async (documents: readonly Document[]): Promise<void> => {
      this.staged += documents.length;
      await load.stage(documents);
    };
    return { stage, commit, [Symbol.asyncDispose]: () => load[Symbol.asyncDispose]() };
  }

  clear(sync: string): Promise<void> {
    return this.#sink.clear(sync);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sink[Symbol.asyncDispose]();
  }
}

/** A lake, a database, and runs that bring the one into the other. */
export class World {
  readonly lake = new Lake();
  readonly database = new MemoryDatabase();
  readonly events: SyncEvent[] = [];

  async sink(): Promise<WatchedSink> {
    return new WatchedSink(await memorySink.open({ database: this.database }, { baseDir: '/' }));
  }

  /** One run over a connection of its own. */
  async run(options: Partial<SyncOptions> = {}): Promise<RunReport> {
    return sync(await this.options(options));
  }

  async options(options: Partial<SyncOptions> = {}): Promise<SyncOptions> {
    return {
      name: 'lab',
      source: this.lake,
      sourceId: 'lake',
      sink: await this.sink(),
      clock: this.lake.clock(),
      // Time passes when the test says so, and nobody would wake a run that waits for its database.
      sinkRetry: { attempts: 1 },
      emit: (event) => void this.events.push(event),
      ...options,
    };
  }

  /** Runs after the lake has settled, and says what it cost. */
  async settle(
    options: Partial<SyncOptions> = {},
  ): Promise<RunReport & { readonly retrieved: number; readonly staged: number }> {
    this.lake.pass(2 * MINUTE);
    const before = this.lake.retrieved.length;
    const sink = await this.sink();
    const report = await this.run({ sink, ...options });
    const retrieved = this.lake.retrieved.length - before;
    return { ...report, retrieved, staged: sink.staged };
  }

  /** Tries the failed files, due or not. */
  async retry(): Promise<RunReport & { readonly retrieved: number }> {
    const before = this.lake.retrieved.length;
    const report = await retry(await this.options());
    return { ...report, retrieved: this.lake.retrieved.length - before };
  }

  get state(): SyncState {
    return parseState(this.database.content.states.get('lab') ?? '');
  }

  files(): readonly Readonly<Record<string, unknown>>[] {
    return this.database.read('lab_files');
  }

  /** The only row of the files table, or the one at this path. */
  file(path?: string): Readonly<Record<string, unknown>> {
    const [row] = this.files().filter((file) => path === undefined || file['path'] === path);
    return row ?? {};
  }

  documents(): Map<string, unknown> {
    return new Map(
      this.database.read('lab').map((row) => [String(row['_file_key']), row['document']]),
    );
  }

  /** The database holds what the lake shows: each file once, in its newest version. */
  expectTruth(): void {
    const truth = this.lake.truth();
    const shown = new Map(
      [...truth].flatMap(([key, { document }]) =>
        document === undefined ? [] : [[key, document]],
      ),
    );
    expect(this.documents()).toEqual(shown);
    const rows = new Map(this.files().map((row) => [row['_file_key'], row]));
    expect(rows.size).toBe(this.files().length);
    for (const [key, { hit }] of truth) {
      const { fileId } = hit;
      expect(rows.get(key)).toMatchObject({
        status: 'loaded',
        file_id: fileId,
        loaded_file_id: fileId,
      });
    }
  }
}
