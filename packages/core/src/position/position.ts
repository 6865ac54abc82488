import type { CommitResult, Document, Sink, Table } from '@tdp-sync/sink';
import { load } from './load.ts';
import type { PullBack } from './pull-back.ts';
import { quietly, type Retrying, retried } from './retrying.ts';
import type { Slice, SlicePlan } from './slices.ts';
import { formatState, NO_REDACTION, parseState, type Redaction, type SyncState } from './state.ts';

/** What a sync's position depends on besides the files it has seen. */
export interface PositionSource {
  readonly sync: string;
  /** In whose ledger the documents are. Default: the sync's. */
  readonly ledger?: string;
  readonly sink: Sink;
  /** Fingerprint of what decides which files belong to the sync. */
  readonly scope: string;
  /** Fingerprint of what decides which rows they become. */
  readonly mapping: string;
  /** Fingerprint of what is kept from the database of the documents; empty for nothing. */
  readonly redaction: string;
  /** Whether files may be refused for what the tables have no place for. */
  readonly isFrozen: boolean;
  /** Whether the sync keeps a history of its files. */
  readonly hasHistory: boolean;
  /** Names the run, so that no other run can store the same state. */
  readonly run: string;
  /** Layouts of the catalogue that files may have rows in without a line of the ledger, when the position is a new one. */
  readonly inherited: number;
  /** Default: as {@link load} has it. */
  readonly retrying?: Retrying;
}

/** What of the config differs from what the position was made with. */
export interface Changes {
  readonly scope: boolean;
  readonly mapping: boolean;
}

/** A position, and what is new since it was stored. */
export interface ReadPosition {
  readonly position: Position;
  readonly changes: Changes;
  /** There is a history, and the config has none. */
  readonly endsHistory: boolean;
  /** The slices that there were and are no more, since the sync begins anew. */
  readonly dropped: SlicePlan | undefined;
}

/** Where the sync stands: read once from the sink, and moved only together with documents. */
export class Position {
  /** What it was read with. */
  readonly source: PositionSource;
  #stored: string | undefined;
  #state: SyncState;

  private constructor(source: PositionSource, stored: string | undefined, state: SyncState) {
    this.source = source;
    this.#stored = stored;
    this.#state = state;
  }

  /**
   * Reads the position. It starts again from the beginning when the scope has changed since; when the
   * mapping has, the rows of all files are to be made anew.
   */
  static async read(source: PositionSource): Promise<ReadPosition> {
    const { sink, sync, retrying = quietly } = source;
    const stored = await retried(() => sink.readState(sync), retrying);
    const fresh = freshState(source);
    if (stored === undefined)
      return {
        position: new Position(source, stored, fresh),
        changes: { scope: false, mapping: false },
        endsHistory: false,
        dropped: undefined,
      };
    const state = parseState(stored);
    const changes = {
      scope: state.scope !== source.scope,
      mapping: state.mapping.hash !== source.mapping,
    };
    const { inherited, hasEpochs } = state;
    const isFrozen = state.isFrozen || source.isFrozen;
    const start = changes.scope ? { ...fresh, inherited, hasEpochs } : state;
    const mapping = changes.mapping ? remapped(state.mapping, source) : state.mapping;
    const { commits } = state;
    const hasHistory = state.hasHistory && source.hasHistory;
    const current = { ...start, isFrozen, hasHistory, mapping, run: source.run, commits };
    const dropped = changes.scope ? state.slices : undefined;
    const endsHistory = state.hasHistory && !source.hasHistory;
    return { position: new Position(source, stored, current), changes, endsHistory, dropped };
  }

  get state(): SyncState {
    return this.#state;
  }

  /**
   * The position of a slice, which is made if there is none. `main` is the sync's own state as it was read before; what it says of the mapping
   * holds for the slice, too. `undefined`: the slice follows another mapping by now.
   */
  static async ofSlice(
    source: PositionSource,
    slice: Slice,
    main: SyncState,
  ): Promise<Position | undefined> {
    const { sink, sync: ledger, run, retrying = quietly } = source;
    const of = { ...source, sync: slice.name, ledger };
    const stored = await retried(() => sink.readState(slice.name), retrying);
    if (stored === undefined) {
      const position = new Position(of, stored, stateOfSlice(slice, main, run));
      await position.commit(() => [], [], {});
      return position;
    }
    const state = parseState(stored);
    if (state.mapping.revision !== main.mapping.revision) return undefined;
    const { clocks, isFrozen, inherited } = main;
    return new Position(of, stored, { ...state, clocks, isFrozen, inherited, run });
  }

  /** Whether nobody else has moved it since it was read or moved here. */
  async isCurrent(): Promise<boolean> {
    const { sync, sink, retrying = quietly } = this.source;
    return (await retried(() => sink.readState(sync), retrying)) === this.#stored;
  }

  /** From here on, the rows of all files are to be made anew. */
  remap(): void {
    const { mapping } = this.#state;
    const next = { ...mapping, revision: mapping.revision + 1, isApplied: false };
    this.#state = { ...this.#state, mapping: next };
  }

  /** All failed files have been tried without a frozen schema. */
  thaw(): void {
    this.#state = { ...this.#state, isFrozen: false };
  }

  /** From here on it stands where it was pulled back to. Like all, that is stored by the next commit. */
  pullBack({ change }: PullBack): void {
    this.#state = { ...this.#state, ...change };
  }

  /**
   * Moves the position in memory alone, where only that is new that time has passed: nothing is lost if the next run starts from what is
   * stored and looks at a longer window. A stored position grows no older by it than `idleMs`.
   *
   * @returns whether it could; if not, the change has to be committed.
   */
  idle(change: Partial<SyncState>, idleMs: number): boolean {
    const next = { ...this.#state, ...change };
    if (this.#stored === undefined || !isOnlyLater(this.#stored, next, idleMs)) return false;
    this.#state = next;
    return true;
  }

  /**
   * Makes documents, which name only these tables, and change of position durable, together. Each portion of the documents
   * is asked for when the one before is staged, and all of them anew when the database fails in passing.
   *
   * @throws SinkError `STATE_CONFLICT` when another run has moved the position meanwhile.
   */
  async commit(
    documents: () => Iterable<readonly Document[]>,
    tables: readonly Table[],
    change: Partial<SyncState>,
  ): Promise<CommitResult> {
    const { sync, ledger, sink, retrying } = this.source;
    const next = { ...this.#state, ...change, commits: this.#state.commits + 1 };
    const state = formatState(next);
    const loading = { sync, ledger, tables, since: this.#stored, state, documents };
    const result = await load(sink, loading, retrying);
    this.#state = next;
    this.#stored = state;
    return result;
  }
}

/** The next revision. What is kept from the database is part of the mapping, and changes with it or not. */
function remapped(
  { revision: before, redaction }: SyncState['mapping'],
  source: PositionSource,
): SyncState['mapping'] {
  const revision = before + 1;
  const next = { hash: source.mapping, revision, isApplied: false };
  return redaction.hash === source.redaction
    ? { ...next, redaction }
    : { ...next, redaction: redactionSince(revision, source.redaction, redaction.first) };
}

/** Rows of before a reset may have been made by any rules, and documents kept by any: they are of before the first revision. */
function freshMapping({ mapping, redaction, inherited }: PositionSource): SyncState['mapping'] {
  const hash = { hash: mapping, isApplied: true };
  if (redaction !== '' && inherited > 0)
    return { ...hash, revision: 1, redaction: { hash: redaction, since: 1, first: 0 } };
  const since = redactionSince(0, redaction, undefined);
  return { ...hash, revision: 0, redaction: redaction === '' ? since : { ...since, left: 0 } };
}

function redactionSince(since: number, hash: string, first: number | undefined): Redaction {
  return hash === '' && first === undefined ? NO_REDACTION : { hash, since, first: first ?? since };
}

/** Whether a state says nothing but a later time than what is stored, and not one that is later by `idleMs`. */
function isOnlyLater(stored: string, next: SyncState, idleMs: number): boolean {
  const { watermarkMs, clocks, run, commits } = parseState(stored);
  if (watermarkMs === undefined || next.watermarkMs === undefined || clocks === undefined)
    return false;
  const laterMs = next.watermarkMs - watermarkMs;
  const isYoung = laterMs >= 0 && laterMs < idleMs;
  return isYoung && formatState({ ...next, watermarkMs, clocks, run, commits }) === stored;
}

/** Where a slice begins. */
export function stateOfSlice({ fromMs, toMs }: Slice, main: SyncState, run: string): SyncState {
  const open = { fromMs, toMs, after: undefined };
  const own = { watermarkMs: undefined, open, slices: undefined, sweep: undefined };
  return { ...main, ...own, verification: undefined, run, commits: 0 };
}

function freshState(source: PositionSource): SyncState {
  return {
    watermarkMs: undefined,
    startMs: 0,
    open: undefined,
    slices: undefined,
    scope: source.scope,
    mapping: freshMapping(source),
    inherited: source.inherited,
    hasEpochs: true,
    isFrozen: source.isFrozen,
    hasHistory: source.hasHistory,
    clocks: undefined,
    sweep: undefined,
    verification: undefined,
    run: source.run,
    commits: 0,
  };
}
