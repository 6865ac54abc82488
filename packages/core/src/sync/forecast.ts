import type { StoredDocument } from '@tdp-sync/sink';
import { systemClock } from '../clock.ts';
import { type FileHit, fileKey } from '../file.ts';
import { isSameVersion, type Order, parseOrder, stampOf } from '../position/order.ts';
import type { SyncState } from '../position/state.ts';
import { isRetryDue } from '../source/failures.ts';
import { pages } from '../source/pages.ts';
import type { Clocks } from '../source/read-clocks.ts';
import type { FileQuery } from '../source/source.ts';
import { nextWindow, type Window, type WindowRule } from '../source/window.ts';
import { hasContent } from './content.ts';
import { decide } from './decide.ts';
import type { SyncOptions } from './options.ts';
import { readPosition } from './read-position.ts';
import { findStanding } from './standing.ts';
import { windowsOf } from './windows.ts';

/** What the next run of a sync would find and do, as far as it can be told without retrieving anything. */
export interface Forecast {
  /** What it would look at, all of its windows together; `undefined` when there is nothing yet. */
  readonly window: Window | undefined;
  /** Hits of TDP's search there, windows that overlap not counted twice. */
  readonly hits: number;
  /** So many of them were looked at, chosen by their fileIds, which say nothing of a file. All of them, where that is no more than was asked for. */
  readonly looked: number;
  /** Of those looked at, what is to be retrieved. */
  readonly toRetrieve: Amount;
  /** Of those looked at, the ones that only get a row in the files table, or a new one. */
  readonly toNote: number;
  /** Of those looked at, the ones that the database holds as they are, or that are dealt with before the windows. */
  readonly known: number;
  /** A few of the files that are to be retrieved. */
  readonly examples: readonly FileHit[];
  /** Files that had failed and are due for another try. */
  readonly failedDue: number;
  /** Files whose rows are to be made anew first, since the mapping has changed. */
  readonly rebuilt: number;
  /** Files of the sync that the database holds. */
  readonly held: number;
  /** Searches to come: pages and counts. */
  readonly searches: number;
  readonly watermarkMs: number | undefined;
  readonly clocks: Clocks;
}

/** Files, and what they take. */
export interface Amount {
  readonly files: number;
  /** As TDP stores them, compressed. */
  readonly bytes: number;
  /** So many of them say no size. */
  readonly unsized: number;
}

/** How a forecast is made. */
export interface Looking {
  /** Most hits that are looked at. Default 5,000. */
  readonly most?: number;
  /** Most examples. Default 16. */
  readonly examples?: number;
}

const PAGE = 1000;
/** Searches of a run besides its windows: clocks and newest file. */
const SEARCHES = 2;

/**
 * Says what the next run would do, by TDP's counts, its first hits and the ledger. Retrieves no content, writes nothing.
 *
 * @throws SyncError for what concerns the source, SinkError for what concerns the sink.
 */
export async function forecast(
  options: SyncOptions,
  { most = 5000, examples = 16 }: Looking = {},
): Promise<Forecast> {
  const { filter = [], source, signal, clock = systemClock } = options;
  const { emit: _told, ...quiet } = options;
  const { position } = await readPosition(quiet);
  const { survey, clocks } = await findStanding(quiet, clock, position);
  const rule = windowsOf(quiet, position.state, survey, clocks);
  const windows = windowsFrom(position.state.open, {
    ...rule,
    watermarkMs: position.state.watermarkMs,
  });
  const { watermarkMs, mapping } = position.state;
  const first = doneFirst(mapping, clocks.nowMs);
  const known = { ...(await countHeld(quiet, first)), watermarkMs, clocks };
  const [begin, end] = [windows.at(0), windows.at(-1)];
  if (begin === undefined || end === undefined)
    return { ...known, ...NOTHING, searches: SEARCHES, examples: [] };
  const window = { fromMs: begin.fromMs, toMs: end.toMs };
  const query: FileQuery = { filter, indexed: window };
  const { count: hits } = await source.survey(query, signal);
  const looked = new Looked(options, mapping.revision, clocks.nowMs, { first, most: examples });
  const sizes = { ...options.pageSizes, max: Math.min(options.pageSizes?.max ?? PAGE, most) };
  if (hits > 0)
    for await (const page of pages(source, query, undefined, sizes, signal)) {
      await looked.add(page.slice(0, most - looked.looked));
      if (looked.looked >= most) break;
    }
  // Each window ends with a page without hits, and is counted.
  const searches =
    SEARCHES + 2 * windows.length + Math.ceil(hits / (options.pageSizes?.max ?? PAGE));
  return { ...known, ...looked.found, window, hits: Math.max(hits, looked.looked), searches };
}

const NO_FILES: Amount = { files: 0, bytes: 0, unsized: 0 };
const NOTHING = {
  ...{ window: undefined, hits: 0, looked: 0 },
  ...{ toRetrieve: NO_FILES, toNote: 0, known: 0 },
};

/** The windows that a run would read one after the other. */
function windowsFrom(open: Window | undefined, rule: WindowRule): readonly Window[] {
  const windows: Window[] = open === undefined ? [] : [open];
  let watermarkMs = open?.toMs ?? rule.watermarkMs;
  for (;;) {
    const next = nextWindow({ ...rule, watermarkMs });
    if (next === undefined) return windows;
    windows.push(next);
    watermarkMs = next.toMs;
  }
}

/** What a run does about a file that is held before it comes to its windows. */
type DoneFirst = (order: Order) => 'rebuilt' | 'failedDue' | undefined;

function doneFirst({ revision, isApplied }: SyncState['mapping'], nowMs: number): DoneFirst {
  return ({ mapping, stage }) => {
    if (!isApplied && mapping < revision) return 'rebuilt';
    return stage.is === 'failed' && isRetryDue(stage.retryAtMs, nowMs) ? 'failedDue' : undefined;
  };
}

async function countHeld(
  { name, sink }: SyncOptions,
  first: DoneFirst,
): Promise<Pick<Forecast, 'held' | 'failedDue' | 'rebuilt'>> {
  const counts = { held: 0, failedDue: 0, rebuilt: 0 };
  for await (const { order: text, status } of sink.documents(name)) {
    const order = parseOrder(text);
    if (order === undefined) continue;
    counts.held += 1;
    // One that failed and that a sweep has missed may be back.
    const isMissed = status === 'failed' && order.stage.is !== 'failed';
    const what = first(order) ?? (isMissed ? 'failedDue' : undefined);
    if (what !== undefined) counts[what] += 1;
  }
  return counts;
}

/** Holds hits against the ledger, as a run would. */
class Looked {
  readonly #options: SyncOptions;
  readonly #revision: number;
  readonly #nowMs: number;
  readonly #most: number;
  readonly #first: DoneFirst;
  readonly #examples: FileHit[] = [];
  readonly #toRetrieve: { files: number; bytes: number; unsized: number } = { ...NO_FILES };
  readonly #counts = { looked: 0, toNote: 0, known: 0 };

  constructor(
    options: SyncOptions,
    revision: number,
    nowMs: number,
    { first, most }: { readonly first: DoneFirst; readonly most: number },
  ) {
    this.#options = options;
    this.#revision = revision;
    this.#nowMs = nowMs;
    this.#most = most;
    this.#first = first;
  }

  get looked(): number {
    return this.#counts.looked;
  }

  get found(): Pick<Forecast, 'looked' | 'toRetrieve' | 'toNote' | 'known' | 'examples'> {
    return { ...this.#counts, toRetrieve: this.#toRetrieve, examples: this.#examples };
  }

  async add(hits: readonly FileHit[]): Promise<void> {
    const { sink, name, transform, content = 'ids' } = this.#options;
    const ids = hits.map(fileKey);
    const ledger = new Map<string, StoredDocument>();
    for await (const line of sink.documents(name, { ids })) ledger.set(line.id, line);
    const context = {
      ...{ mapping: this.#revision, nowMs: this.#nowMs, retryNow: false },
      readsAttributes: transform?.readsAttributes ?? false,
    };
    for (const [at, hit] of hits.entries()) {
      const line = ledger.get(ids[at] ?? '');
      const { action } = decide(hit, line, context);
      this.#counts.looked += 1;
      if (action === 'load' && this.#isDoneFirst(hit, line)) this.#counts.known += 1;
      else if (action === 'load' && hasContent(hit, content)) this.#retrieve(hit);
      else if (action === 'load' || action === 'refresh' || action === 'delete')
        this.#counts.toNote += 1;
      else this.#counts.known += 1;
    }
  }

  /** Whether this very version is dealt with before the windows, where it is counted. */
  #isDoneFirst(hit: FileHit, line: StoredDocument | undefined): boolean {
    const order = line === undefined ? undefined : parseOrder(line.order);
    if (order === undefined || !isSameVersion(order, stampOf(hit))) return false;
    return this.#first(order) !== undefined;
  }

  #retrieve(hit: FileHit): void {
    this.#toRetrieve.files += 1;
    this.#toRetrieve.bytes += hit.size ?? 0;
    if (hit.size === undefined) this.#toRetrieve.unsized += 1;
    if (this.#examples.length < this.#most) this.#examples.push(hit);
  }
}
