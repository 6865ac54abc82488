import type { StoredDocument } from '@tdp-sync/sink';
import type { Order } from '../position/order.ts';
import { atAnyPath } from '../source/query.ts';
import type { FileQuery, QueryClause } from '../source/source.ts';
import { LOOK_FILES, linesOf, shownFor, whereaboutsOf } from './look.ts';
import type { Run } from './run.ts';

/** A file that the sink holds and TDP's listing did not show. */
export interface Absent {
  readonly stored: StoredDocument;
  readonly order: Order;
}

/**
 * Why a file is absent. `shown`: it is not, TDP shows it now; `moved`: its version has another key; `unmatched`: TDP
 * shows it, but not for the sync's filter; `vanished`: TDP does not show it at all.
 */
export type Fate = 'shown' | 'moved' | 'unmatched' | 'vanished';

/** Looks each absent file up once more, by its version and where it was, for the sync's filter and without one. */
export async function fatesOf(run: Run, absent: readonly Absent[]): Promise<readonly Fate[]> {
  const fates: Fate[] = [];
  for (let start = 0; start < absent.length; start += LOOK_FILES)
    fates.push(...(await fatesOfSome(run, absent.slice(start, start + LOOK_FILES))));
  return fates;
}

async function fatesOfSome(run: Run, absent: readonly Absent[]): Promise<readonly Fate[]> {
  const places = await whereaboutsOf(
    run,
    absent.map(({ stored }) => stored.id),
  );
  const asked = {
    fileIds: absent.map(({ order }) => order.fileId),
    paths: [...places.values()].flatMap(({ path }) => path ?? []),
  };
  const matching = await lookUp(run, run.filter, asked);
  const any = await lookUp(run, [], asked);
  const loaded = await loadedKeys(
    run,
    asked.fileIds.flatMap((fileId) => matching.get(fileId) ?? []),
  );
  return absent.map(({ stored, order: { fileId } }) => {
    const [own, other] = [matching.get(stored.id), matching.get(fileId)];
    // What has moved is taken away where it was only when it is where it is.
    if (own !== undefined || other !== undefined)
      return own === undefined && other !== undefined && loaded.has(other) ? 'moved' : 'shown';
    return any.has(stored.id) || any.has(fileId) ? 'unmatched' : 'vanished';
  });
}

/** Keys of the files that TDP shows, by themselves and by fileId. */
async function lookUp(
  run: Run,
  filter: readonly QueryClause[],
  { fileIds, paths }: { readonly fileIds: readonly string[]; readonly paths: readonly string[] },
): Promise<ReadonlyMap<string, string>> {
  const queries: FileQuery[] = [{ filter, fileIds }];
  if (paths.length > 0) queries.push({ filter: [...filter, atAnyPath(paths)] });
  const keys = new Map<string, string>();
  for (const query of queries)
    for (const [key, { fileId }] of await shownFor(run, query)) keys.set(key, key).set(fileId, key);
  return keys;
}

async function loadedKeys(run: Run, keys: readonly string[]): Promise<ReadonlySet<string>> {
  const lines = await linesOf(run, keys);
  return new Set([...lines.values()].flatMap(({ id, status }) => (status === 'loaded' ? id : [])));
}
