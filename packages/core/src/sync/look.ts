import type { StoredDocument } from '@tdp-sync/sink';
import { type FileHit, fileKey } from '../file.ts';
import { isEarlier, parseOrder, type Stamp, stampOf } from '../position/order.ts';
import { pages } from '../source/pages.ts';
import type { FileQuery } from '../source/source.ts';
import { filesTable } from '../tables/files-table.ts';
import type { Run } from './run.ts';

/** Files that are looked up with one search. */
export const LOOK_FILES = 500;

/** A superseded version, or one flagged as deleted, does not prove that the file is there. */
export function isCurrent({ outdated, deleted }: FileHit): boolean {
  return !outdated && !deleted;
}

/** A hit that TDP flags as superseded says nothing of the file. */
export function isLatest({ outdated }: FileHit): boolean {
  return !outdated;
}

/** The newest version of each file that TDP shows for a query, by file key; of the current ones, unless told otherwise. */
export async function shownFor(
  run: Run,
  query: FileQuery,
  counts: (hit: FileHit) => boolean = isCurrent,
): Promise<ReadonlyMap<string, FileHit>> {
  const newest = new Map<string, FileHit>();
  for await (const hits of pages(run.source, query, undefined, run.pageSizes, run.signal)) {
    for (const hit of hits.filter(counts)) {
      const key = fileKey(hit);
      const other = newest.get(key);
      if (other === undefined || isEarlier(stampOf(other), stampOf(hit))) newest.set(key, hit);
    }
  }
  return newest;
}

/** The ledger's lines of these files, by file key. */
export async function linesOf(
  run: Run,
  keys: readonly string[],
): Promise<ReadonlyMap<string, StoredDocument>> {
  const lines = new Map<string, StoredDocument>();
  for await (const line of run.sink.documents(run.name, { ids: keys })) lines.set(line.id, line);
  return lines;
}

/** Where a file was, by the files table: the ledger does not know. */
export interface Whereabouts {
  /** The S3 key. */
  readonly path: string | undefined;
  readonly filePath: string | undefined;
}

/** The whereabouts of these files, by file key. */
export async function whereaboutsOf(
  run: Run,
  keys: readonly string[],
): Promise<ReadonlyMap<string, Whereabouts>> {
  const wanted = ['path', 'file_path'];
  const { name, columns } = filesTable(run.name);
  const table = {
    name,
    columns: wanted.flatMap((column) => columns.find((one) => one.name === column) ?? []),
  };
  const text = (value: unknown): string | undefined =>
    typeof value === 'string' ? value : undefined;
  const places = new Map<string, Whereabouts>();
  for await (const { id, row } of run.sink.rows(table, keys))
    places.set(id, { path: text(row[0]), filePath: text(row[1]) });
  return places;
}

/**
 * Of files of which TDP has shown an earlier version than that held (by file key), those for which it shows nothing
 * later when it is asked for both: it has gone back. Gives the fileIds of what it shows.
 */
export async function goneBack(
  run: Run,
  earlier: ReadonlyMap<string, Stamp>,
): Promise<readonly string[]> {
  const lines = await linesOf(run, [...earlier.keys()]);
  const orders = new Map(
    [...lines].flatMap(([key, { order }]) => {
      const parsed = parseOrder(order);
      return parsed === undefined ? [] : [[key, parsed] as const];
    }),
  );
  const fileIds = new Set([...earlier.values(), ...orders.values()].map(({ fileId }) => fileId));
  const shown = await shownFor(run, { filter: run.filter, fileIds: [...fileIds] });
  return [...shown].flatMap(([key, hit]) => {
    const held = orders.get(key);
    return held !== undefined && isEarlier(stampOf(hit), held) ? hit.fileId : [];
  });
}
