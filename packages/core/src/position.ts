import { type CommitResult, type Document, type Sink, SinkError, type Table } from '@tdp-sync/sink';
import { formatState, parseState, type SyncState } from './state.ts';

/** What a sync's position depends on besides the files it has seen. */
export interface PositionSource {
  readonly sync: string;
  readonly sink: Sink;
  readonly tables: readonly Table[];
  /** Fingerprint of what decides which files belong to the sync. */
  readonly scope: string;
  /** Fingerprint of what decides which rows they become. */
  readonly mapping: string;
  /** Names the run, so that no other run can store the same state. */
  readonly run: string;
}

/** Where the sync stands: read once from the sink, and moved only together with documents. */
export class Position {
  readonly #source: PositionSource;
  #stored: string | undefined;
  #state: SyncState;

  private constructor(source: PositionSource, stored: string | undefined, state: SyncState) {
    this.#source = source;
    this.#stored = stored;
    this.#state = state;
  }

  /** Reads the position, and starts again from the beginning when scope or mapping have changed since. */
  static async read(
    source: PositionSource,
  ): Promise<{ position: Position; change: 'none' | 'scope' | 'mapping' }> {
    const stored = await source.sink.readState(source.sync);
    const fresh = freshState(source);
    if (stored === undefined)
      return { position: new Position(source, stored, fresh), change: 'none' };
    const state = parseState(stored);
    const mappingChanged = state.mapping.hash !== source.mapping;
    if (!mappingChanged && state.scope === source.scope) {
      return {
        position: new Position(source, stored, { ...state, run: source.run }),
        change: 'none',
      };
    }
    const revision = state.mapping.revision + (mappingChanged ? 1 : 0);
    const restarted = {
      ...fresh,
      mapping: { hash: source.mapping, revision },
      commits: state.commits,
    };
    return {
      position: new Position(source, stored, restarted),
      change: mappingChanged ? 'mapping' : 'scope',
    };
  }

  get state(): SyncState {
    return this.#state;
  }

  /**
   * Makes documents and change of position durable, together.
   *
   * @throws SinkError `STATE_CONFLICT` when another run has moved the position meanwhile.
   */
  async commit(documents: readonly Document[], change: Partial<SyncState>): Promise<CommitResult> {
    const { sync, sink, tables } = this.#source;
    const state = { ...this.#state, ...change, commits: this.#state.commits + 1 };
    const text = formatState(state);
    await using load = await sink.begin({ sync, tables, since: this.#stored });
    if (documents.length > 0) await load.stage(documents);
    const result = await this.#settled(load.commit(text), text, documents.length);
    this.#state = state;
    this.#stored = text;
    return result;
  }

  /** A commit whose answer was lost has happened exactly if its state is stored: no other run can write that text. */
  async #settled(
    commit: Promise<CommitResult>,
    text: string,
    staged: number,
  ): Promise<CommitResult> {
    try {
      return await commit;
    } catch (error) {
      if (!(error instanceof SinkError) || !error.retryable) throw error;
      const { sync, sink } = this.#source;
      if ((await sink.readState(sync)) !== text) throw error;
      return { applied: staged, leftAlone: 0 };
    }
  }
}

function freshState(source: PositionSource): SyncState {
  return {
    watermarkMs: undefined,
    startMs: 0,
    open: undefined,
    scope: source.scope,
    mapping: { hash: source.mapping, revision: 0 },
    sweep: undefined,
    verification: undefined,
    run: source.run,
    commits: 0,
  };
}
