import { SyncError } from '../errors.ts';
import { type FileHit, fileKey } from '../file.ts';
import { isEarlier, stampOf } from '../position/order.ts';
import { pages } from '../source/pages.ts';
import type { FileQuery } from '../source/source.ts';
import type { Window } from '../source/window.ts';
import { isLatest, linesOf } from '../sync/look.ts';
import { sizesOfPass } from '../sync/page.ts';
import { expectedOrder, type MetKeys } from './ledger.ts';
import { judgeIn, type Look, lookAgain } from './look.ts';

/** Times that a listing is read while TDP counts more than it shows. */
const MAX_PASSES = 10;
/** Files that are looked at a second time with one search. */
const LOOK_FILES = 500;

/**
 * Holds the files that TDP lists for a query against the ledger, and returns their number. `count` is
 * how many there were when they were counted.
 *
 * @throws SyncError `WINDOW_NOT_PROVEN` when the listing goes on showing fewer than TDP counts.
 */
export async function lookAtListed(
  look: Look,
  query: FileQuery,
  count: number,
  met: MetKeys,
): Promise<number> {
  const { source, signal, pageSizes } = look.run;
  const known = new Set<string>();
  let counted = count;
  for (let pass = 1; pass <= MAX_PASSES; pass += 1) {
    let listed = 0;
    for await (const hits of pages(
      source,
      query,
      undefined,
      sizesOfPass(pageSizes, pass),
      signal,
    )) {
      listed += hits.length;
      const fresh = hits.filter((hit) => !known.has(nameOf(hit)));
      for (const hit of fresh) known.add(nameOf(hit));
      await lookAtHits(look, fresh, met);
    }
    if (listed >= counted) return known.size;
    counted = (await source.survey(query, signal)).count;
    if (listed >= counted) return known.size;
  }
  throw new SyncError(
    'WINDOW_NOT_PROVEN',
    `TDP counts more files than its pages show, after ${MAX_PASSES} readings. Whether the database is complete cannot be said now; try again later.`,
    { retryable: true },
  );
}

function nameOf({ fileId, indexedAt }: FileHit): string {
  return `${fileId} ${indexedAt}`;
}

async function lookAtHits(look: Look, hits: readonly FileHit[], met: MetKeys): Promise<void> {
  const lines = await linesOf(look.run, hits.map(fileKey));
  const suspects = new Map<string, FileHit>();
  for (const hit of hits.filter(isLatest)) {
    const key = fileKey(hit);
    met.add(key);
    if (judgeIn(look.run, hit, lines.get(key)) === undefined) continue;
    const other = suspects.get(key);
    if (other === undefined || isEarlier(stampOf(other), stampOf(hit))) suspects.set(key, hit);
  }
  const fileIds = [...suspects].map(([key, { fileId }]) => [key, fileId] as const);
  for (let start = 0; start < fileIds.length; start += LOOK_FILES)
    await lookAgain(look, new Map(fileIds.slice(start, start + LOOK_FILES)));
}

/** Failed files are in the ledger, so that no count shows them. */
export async function lookAtFailed(look: Look): Promise<void> {
  const suspects = new Map<string, string>();
  for await (const line of look.run.sink.documents(look.run.name, { status: 'failed' })) {
    const order = expectedOrder(line);
    if (order?.stage.is === 'failed') suspects.set(line.id, order.fileId);
    if (suspects.size >= LOOK_FILES) await lookAgain(look, taken(suspects));
  }
  await lookAgain(look, taken(suspects));
}

/** Files whose rows follow an older mapping are counted like all others. Once the next run has made all rows anew there are none. */
export async function lookAtOutdated(look: Look): Promise<void> {
  const { revision, isApplied } = look.run.position.state.mapping;
  if (isApplied) return;
  const suspects = new Map<string, string>();
  for await (const line of look.run.sink.documents(look.run.name)) {
    const order = expectedOrder(line);
    if (order === undefined || order.mapping >= revision) continue;
    suspects.set(line.id, order.fileId);
    if (suspects.size >= LOOK_FILES) await lookAgain(look, taken(suspects));
  }
  await lookAgain(look, taken(suspects));
}

/** Looks at the files of the ledger in damaged stretches that no listing showed. */
export async function lookAtUnmet(
  look: Look,
  damaged: readonly Window[],
  met: MetKeys,
): Promise<void> {
  if (damaged.length === 0) return;
  const suspects = new Map<string, string>();
  for await (const line of look.run.sink.documents(look.run.name)) {
    const order = expectedOrder(line);
    if (order === undefined || !isIn(damaged, order.indexedAtMs) || met.has(line.id)) continue;
    suspects.set(line.id, order.fileId);
    if (suspects.size >= LOOK_FILES) await lookAgain(look, taken(suspects));
  }
  await lookAgain(look, taken(suspects));
}

/** Whether a time is in one of the stretches, which are in order. */
function isIn(windows: readonly Window[], timeMs: number): boolean {
  let low = 0;
  let high = windows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((windows[middle]?.toMs ?? 0) <= timeMs) low = middle + 1;
    else high = middle;
  }
  const window = windows[low];
  return window !== undefined && window.fromMs <= timeMs;
}

function taken(suspects: Map<string, string>): ReadonlyMap<string, string> {
  const all = new Map(suspects);
  suspects.clear();
  return all;
}
