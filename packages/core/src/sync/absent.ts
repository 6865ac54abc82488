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
 * Why a file is absent. `shown`: it is not, TDP shows it now; `moved`: its version has another key, and what the filter shows
 * of it is in the database; `elsewhere`: another version has its S3 key in another bucket, of the same file or not; `unmatched`: TDP shows
 * it, but not for the sync's filter; `vanished`: TDP does not show it at all.
 */
export type Fate = 'shown' | 'moved' | 'elsewhere' | 'unmatched' | 'vanished';

/**
 * Looks each absent file up once more, by its version and where it was, for the sync's filter and without one. Those that
 * only the latter shows are looked up a second time: they may have become searchable between the two.
 */
export async function fatesOf(run: Run, absent: readonly Absent[]): Promise<readonly Fate[]> {
  const fates: Fate[] = [];
  for (let start = 0; start < absent.length; start += LOOK_FILES) {
    const some = absent.slice(start, start + LOOK_FILES);
    const found = await fatesOfSome(run, some);
    const unmatched = some.filter((_, index) => found[index] === 'unmatched');
    const again = unmatched.length === 0 ? [] : await fatesOfSome(run, unmatched);
    const second = new Map(unmatched.map((file, index) => [file, again[index] ?? 'shown']));
    fates.push(...some.map((file, index) => second.get(file) ?? found[index] ?? 'shown'));
  }
  return fates;
}

async function fatesOfSome(run: Run, absent: readonly Absent[]): Promise<readonly Fate[]> {
  const names = await namesOf(run, absent);
  const matching = await lookUp(run, run.filter, names);
  const any = await lookUp(run, [], names);
  const others = names.flatMap(Object.values).flatMap((name) => matching.get(name) ?? []);
  const lines = await linesOf(run, others);
  return names.map(({ own, version, path }, index): Fate => {
    if (matching.has(own)) return 'shown';
    const moved = matching.get(version);
    // Where it is itself, if only without the filter, what has its S3 key elsewhere is another file.
    const other = moved ?? (any.has(own) ? undefined : matching.get(path));
    if (other === undefined)
      return [own, version, path].some((name) => any.has(name)) ? 'unmatched' : 'vanished';
    // What has moved is taken away where it was only when it is where it is now, or has no rows.
    const hasRows = absent[index]?.order.loadedFileId !== undefined;
    const status = lines.get(other)?.status;
    if (status !== 'loaded' && !(status === 'failed' && !hasRows)) return 'shown';
    // Without the filter it may be there too.
    return moved === undefined && !any.has(version) ? 'elsewhere' : 'moved';
  });
}

/** By what a file may be found: its key, the fileId of its version, its S3 key (empty where it has none). */
interface Names {
  readonly own: string;
  readonly version: string;
  readonly path: string;
}

async function namesOf(run: Run, absent: readonly Absent[]): Promise<readonly Names[]> {
  const ids = absent.map(({ stored }) => stored.id);
  const places = await whereaboutsOf(run, ids);
  return absent.map(({ stored: { id }, order: { fileId } }) => {
    const path = places.get(id)?.path;
    return { own: id, version: fileId, path: path === undefined ? '' : atPath(path) };
  });
}

const AT_PATH = 'path ';

function atPath(path: string): string {
  return `${AT_PATH}${path}`;
}

/** Keys of the files that TDP shows, by each of their names. */
async function lookUp(
  run: Run,
  filter: readonly QueryClause[],
  names: readonly Names[],
): Promise<ReadonlyMap<string, string>> {
  const paths = names.flatMap(({ path }) => (path === '' ? [] : path.slice(AT_PATH.length)));
  const queries: FileQuery[] = [{ filter, fileIds: names.map(({ version }) => version) }];
  if (paths.length > 0) queries.push({ filter: [...filter, atAnyPath(paths)] });
  const keys = new Map<string, string>();
  for (const query of queries) {
    for (const [key, { fileId, path }] of await shownFor(run, query)) {
      keys.set(key, key).set(fileId, key);
      if (path !== undefined) keys.set(atPath(path), key);
    }
  }
  return keys;
}
