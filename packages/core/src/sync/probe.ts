import { hash } from 'node:crypto';
import type { Sink } from '@tdp-sync/sink';
import type { FileHit } from '../file.ts';
import { parseOrder } from '../position/order.ts';
import type { ClockReading } from '../source/clocks.ts';
import { concernsOneFile } from '../source/failures.ts';
import { type PageSizes, pages } from '../source/pages.ts';
import type { FileQuery, Hold, QueryClause, Source } from '../source/source.ts';
import { hasContent } from './content.ts';
import type { ContentPolicy } from './options.ts';

/** The run that is in doubt. */
export interface Probing {
  readonly name: string;
  readonly source: Source;
  readonly pageSizes: PageSizes;
  readonly sink: Pick<Sink, 'documents'>;
  readonly filter: readonly QueryClause[];
  readonly content: ContentPolicy;
  readonly clocks: Pick<ClockReading, 'newestMs'> & { readonly nowMs: number };
  readonly signal: AbortSignal | undefined;
}

/** What a probe has found. */
export interface Probed {
  /** A file could be had. */
  readonly isWell: boolean;
  /** So many were tried. */
  readonly tried: number;
}

/** So many files of each kind are tried. */
const MOST = 10;
/** They are chosen of so many hits. */
const PAGE = 100;
/** Larger ones are only tried where there are no others. */
const LARGE_BYTES = 1024 * 1024;
const DAY_MS = 24 * 3_600_000;

/**
 * Finds out whether the source gives anything at all, by files other than those that have just failed: first the one that it gave
 * last, then some that are in the database, new ones, and some from anywhere. Each probe of a run looks elsewhere.
 */
export class Probe {
  #good: FileHit | undefined;
  #count = 0;

  /** This one was given by the source. */
  note(file: FileHit): void {
    const { size = 0 } = this.#good ?? file;
    if ((file.size ?? 0) <= Math.max(size, LARGE_BYTES)) this.#good = file;
  }

  /** `failed`: fileIds that need not be tried. When the run is asked to stop, nothing is found any more. */
  async run(run: Probing, failed: ReadonlySet<string>): Promise<Probed> {
    this.#count += 1;
    const good = this.#good;
    if (good !== undefined && (await isGiven(run, good, run.signal)))
      return { isWell: true, tried: 1 };
    const candidates = await this.#candidates(run, failed);
    const isWell = await this.#isOneGiven(run, candidates);
    return { isWell, tried: candidates.length + (good === undefined ? 0 : 1) };
  }

  async #isOneGiven(run: Probing, candidates: readonly FileHit[]): Promise<boolean> {
    const found = new AbortController();
    const signal =
      run.signal === undefined ? found.signal : AbortSignal.any([found.signal, run.signal]);
    const isFound = async (file: FileHit): Promise<boolean> => {
      if (!(await isGiven(run, file, signal))) return false;
      this.note(file);
      found.abort(new Error('One has been found'));
      return true;
    };
    return (await Promise.all(candidates.map(isFound))).includes(true);
  }

  async #candidates(run: Probing, failed: ReadonlySet<string>): Promise<readonly FileHit[]> {
    const { filter, clocks } = run;
    const recentMs = (clocks.newestMs ?? clocks.nowMs) - DAY_MS;
    const fileIds = await loadedIn(run);
    const some = [
      fileIds.length === 0 ? [] : await firstPage(run, { filter, fileIds }, undefined, MOST),
      await this.#some(run, { filter, indexed: { fromMs: recentMs } }, failed),
      await this.#some(run, { filter }, failed),
    ];
    const files = some
      .flat()
      .filter((hit) => !failed.has(hit.fileId) && hasContent(hit, run.content));
    return [...new Map(files.map((hit) => [hit.fileId, hit])).values()];
  }

  /** Pages are in order of fileId, which says nothing of a file: behind any id are some from anywhere. */
  async #some(
    run: Probing,
    query: FileQuery,
    failed: ReadonlySet<string>,
  ): Promise<readonly FileHit[]> {
    const chance = (of: string): string =>
      hash('sha256', `${run.clocks.nowMs} ${this.#count} ${of}`);
    const hits = new Map<string, FileHit>();
    for (const after of [chance('').slice(0, 8), [...failed].sort().at(-1), undefined]) {
      if (hits.size >= PAGE) break;
      for (const hit of await firstPage(run, query, after, PAGE))
        if (hasContent(hit, run.content) && !failed.has(hit.fileId)) hits.set(hit.fileId, hit);
    }
    const rank = ({ fileId, size = 0 }: FileHit): string =>
      `${size > LARGE_BYTES ? 1 : 0}${chance(fileId)}`;
    return [...hits.values()].sort((a, b) => (rank(a) < rank(b) ? -1 : 1)).slice(0, MOST);
  }
}

/** fileIds of some files that the source has given before. */
async function loadedIn({ name, sink }: Probing): Promise<readonly string[]> {
  const fileIds: string[] = [];
  for await (const { order } of sink.documents(name, { status: 'loaded' })) {
    const loaded = parseOrder(order)?.loadedFileId;
    if (loaded !== undefined) fileIds.push(loaded);
    if (fileIds.length === MOST) break;
  }
  return fileIds;
}

/** At most so many hits: fewer, where TDP or what is before it does not give as many at once. */
async function firstPage(
  { source, pageSizes, signal }: Probing,
  query: FileQuery,
  after: string | undefined,
  size: number,
): Promise<readonly FileHit[]> {
  const sizes = { ...pageSizes, max: size };
  for await (const hits of pages(source, query, after, sizes, signal)) return hits;
  return [];
}

async function isGiven(
  run: Probing,
  file: FileHit,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const enough = new AbortController();
  const either = signal === undefined ? enough.signal : AbortSignal.any([enough.signal, signal]);
  // A large content that comes is proof enough: nobody needs it, and there may be no room for it.
  const hold: Hold = (bytes) => {
    if (bytes > 0) enough.abort(new Error('Enough has come'));
    return undefined;
  };
  try {
    await run.source.retrieve(file, either, hold);
    return true;
  } catch (error) {
    if (enough.signal.aborted) return true;
    if (signal?.aborted !== true && !concernsOneFile(error)) throw error;
    return false;
  }
}
