import { SyncError } from '../errors.ts';
import type { FileHit } from '../file.ts';
import type { FileQuery, Source } from './source.ts';
import { TransportError } from './tdp/transport.ts';

/** Sizes of a page, in hits. */
export interface PageSizes {
  /** Where it starts and what it grows back to. Default 1,000, TDP's own advice. */
  readonly max?: number;
  /** Below this a failing page is an error; one that is too large only when it has one hit. Default 10. */
  readonly min?: number;
}

/**
 * Every page of a query, from the hit after `after` to the end. Ends only at a page without hits: a
 * page that is merely short proves nothing. A page that is too much for TDP or for a gateway between
 * is asked for again at half its size; the size grows back with success.
 */
export async function* pages(
  source: Source,
  query: FileQuery,
  after: string | undefined,
  sizes: PageSizes = {},
  signal?: AbortSignal,
): AsyncGenerator<readonly FileHit[], void, undefined> {
  const max = sizes.max ?? 1000;
  const min = sizes.min ?? 10;
  let size = max;
  let cursor = after;
  while (true) {
    let hits: readonly FileHit[];
    try {
      hits = await source.page(query, cursor, size, signal);
    } catch (error) {
      const least = isTooLarge(error) ? 1 : min;
      if (!isTooMuch(error) || size <= least) throw error;
      size = Math.max(Math.floor(size / 2), least);
      continue;
    }
    const last = hits.at(-1);
    if (last === undefined) return;
    cursor = last.fileId;
    yield hits;
    size = Math.min(Math.ceil(size * 1.25), max);
  }
}

/** Fewer hits take less room, whatever else is wrong. */
function isTooLarge(error: unknown): boolean {
  if (!(error instanceof SyncError)) return false;
  const { cause } = error;
  return [error, cause].some((one) => one instanceof SyncError && one.code === 'FILE_TOO_LARGE');
}

const TOO_MUCH = new Set([413, 502, 504]);

/** 400 is how Elasticsearch refuses a page beyond its limit, the other statuses are a gateway's. */
function isTooMuch(error: unknown): boolean {
  if (!(error instanceof SyncError)) return false;
  if (error.code === 'QUERY_REJECTED') return /result window|\bsize\b/i.test(error.message);
  if (error.code === 'PAGE_INVALID' || isTooLarge(error)) return true;
  if (error.cause instanceof TransportError) return error.cause.kind === 'timeout';
  return error.status !== undefined && TOO_MUCH.has(error.status);
}
