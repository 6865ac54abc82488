import type { FileQuery, HistogramSource } from './source.ts';
import type { Window } from './window.ts';

/** Most stretches that are asked for at once: some for each of a thousand slices, and less than a search refuses (10,000). */
const STRETCHES = 4000;
/** What is counted within no shorter stretch is not cut: files are stamped by the millisecond. */
const SHORTEST_MS = 1000;
/** Stretches of a slice that are told apart, so that no two slices differ by much. */
const PER_SLICE = 3;

/** Into how many slices so many files are to be cut. */
export interface Cutting {
  readonly files: number;
  readonly slices: number;
}

/**
 * Where a window is to be cut so that about as many files come to lie between any two cuts; its own ends are the first and the last. As many
 * files as are stamped within a second stay together, so that there may be fewer slices than asked for.
 */
export async function cuts(
  source: HistogramSource,
  query: FileQuery & { readonly indexed: Window },
  { files, slices }: Cutting,
  signal?: AbortSignal,
): Promise<readonly number[]> {
  const { fromMs, toMs } = query.indexed;
  const inner: number[] = [];
  let left = files;
  let count = 0;
  for await (const stretch of stretches(source, query, files / slices / PER_SLICE, signal)) {
    const each = left / (slices - inner.length);
    const isEnough = count > 0 && count + stretch.count / 2 > each;
    if (isEnough && inner.length < slices - 1 && stretch.fromMs > fromMs) {
      inner.push(stretch.fromMs);
      left -= count;
      count = 0;
    }
    count += stretch.count;
  }
  return [fromMs, ...inner, toMs];
}

interface Stretch {
  readonly fromMs: number;
  readonly count: number;
}

/** What is counted by time, in stretches that have no more files each than asked for, where they can be told apart. */
async function* stretches(
  source: HistogramSource,
  query: FileQuery & { readonly indexed: Window },
  files: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Stretch> {
  const { fromMs, toMs } = query.indexed;
  const intervalMs = Math.max(Math.ceil((toMs - fromMs) / STRETCHES), SHORTEST_MS);
  for (const bucket of await source.histogram(query, intervalMs, signal)) {
    if (bucket.count <= files || intervalMs === SHORTEST_MS) {
      yield bucket;
      continue;
    }
    const indexed = {
      fromMs: Math.max(bucket.fromMs, fromMs),
      toMs: Math.min(bucket.fromMs + intervalMs, toMs),
    };
    yield* stretches(source, { ...query, indexed }, files, signal);
  }
}
