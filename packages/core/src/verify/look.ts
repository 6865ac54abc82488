import type { StoredDocument } from '@tdp-sync/sink';
import { type FileHit, fileKey } from '../file.ts';
import { orderableId } from '../position/order.ts';
import { pages } from '../source/pages.ts';
import type { FileQuery } from '../source/source.ts';
import type { Window } from '../source/window.ts';
import type { Run } from '../sync/run.ts';
import { syncFiles } from '../sync/sync.ts';
import { filesTable } from '../tables/files-table.ts';
import { parseTimeMs } from '../timestamp.ts';
import { type Finding, judge } from './judge.ts';
import { expectedOrder } from './ledger.ts';
import { atAnyPath } from './query.ts';
import type { Difference, VerifyOptions } from './report.ts';

/** What looking at files one by one needs. */
export interface Look {
  readonly run: Run;
  /** With the source that counts. */
  readonly options: VerifyOptions;
  /** What is compared. Newer files are for the next run. */
  readonly window: Window;
  /** Keys of the files that were told and still differ. They are not told again. */
  readonly left: ReadonlySet<string>;
  readonly tell: (difference: Difference) => void;
}

/** Files that differed at first sight: the fileId to look for, by file key. */
export type Suspects = ReadonlyMap<string, string>;

/**
 * Looks at files a second time, on both sides, since either may have changed while the verification
 * ran. Mends what still differs where that is asked for, looks a third time, and tells each difference.
 */
export async function lookAgain(look: Look, suspects: Suspects): Promise<void> {
  const fresh = new Map([...suspects].filter(([key]) => !look.left.has(key)));
  const found = await differences(look, fresh);
  const mendable = found.filter(({ reason }) => reason !== 'vanished');
  const isRepair = look.options.repair === true && mendable.length > 0;
  const left = isRepair ? await mend(look, mendable) : undefined;
  for (const difference of found) {
    const isMendable = difference.reason !== 'vanished';
    if (left === undefined || !isMendable) look.tell(difference);
    else look.tell(left.get(difference.key) ?? { ...difference, mended: true });
  }
}

/** Brings files in as a run does. Gives what differs afterwards, by file key. */
async function mend(
  look: Look,
  found: readonly Difference[],
): Promise<ReadonlyMap<string, Difference>> {
  const fileIds = found.map(({ fileId }) => fileId);
  await syncFiles(look.options, fileIds);
  look.options.signal?.throwIfAborted();
  const after = await differences(look, new Map(found.map(({ key, fileId }) => [key, fileId])));
  return new Map(after.map((difference) => [difference.key, difference]));
}

async function differences(look: Look, suspects: Suspects): Promise<readonly Difference[]> {
  if (suspects.size === 0) return [];
  const shown = new Map<string, FileHit>();
  for (const hit of await hitsOf(look, { fileIds: [...new Set(suspects.values())] }))
    keepNewer(shown, hit.fileId, hit);
  const lines = await linesOf(look.run, [...suspects.keys()]);
  const found: Difference[] = [];
  const gone: StoredDocument[] = [];
  for (const [key, fileId] of suspects) {
    const [hit, line] = [shown.get(fileId), lines.get(key)];
    if (hit !== undefined) found.push(...differenceOf(look, hit, line));
    else if (line !== undefined && isHeldAs(line, fileId)) gone.push(line);
  }
  return [...found, ...(await lookByPath(look, gone))];
}

/** A fileId that TDP does not show may have been superseded: whether the file is gone says its path. */
async function lookByPath(
  look: Look,
  gone: readonly StoredDocument[],
): Promise<readonly Difference[]> {
  // What was deleted in TDP is then meant to stay as it is.
  if (gone.length === 0 || look.run.deletes === 'ignore') return [];
  const places = await placesOf(look.run, gone);
  const paths = [...places.values()].flatMap(({ path }) => path ?? []);
  const shown = new Map<string, FileHit>();
  if (paths.length > 0)
    for (const hit of await hitsOf(look, { filter: [atAnyPath(paths)] }))
      keepNewer(shown, fileKey(hit), hit);
  return gone.flatMap((line) => {
    const hit = shown.get(line.id);
    if (hit !== undefined) return differenceOf(look, hit, line);
    const { path, filePath } = places.get(line.id) ?? {};
    return {
      sync: look.run.name,
      reason: 'vanished',
      detail: "the database holds it, TDP's search does not show it",
      key: line.id,
      fileId: expectedOrder(line)?.fileId ?? '',
      path: filePath ?? path,
      mended: false,
    };
  });
}

function differenceOf(
  look: Look,
  hit: FileHit,
  line: StoredDocument | undefined,
): readonly Difference[] {
  const finding = isCompared(look, hit) ? judgeIn(look.run, hit, line) : undefined;
  if (finding === undefined) return [];
  const { fileId, filePath, path } = hit;
  const { name: sync } = look.run;
  return [{ sync, ...finding, key: fileKey(hit), fileId, path: filePath ?? path, mended: false }];
}

/** {@link judge}, for the mapping and the clock of a run. */
export function judgeIn(
  run: Run,
  hit: FileHit,
  line: StoredDocument | undefined,
): Finding | undefined {
  const { revision: mapping } = run.position.state.mapping;
  const { deletes, transform } = run;
  const { readsAttributes } = transform;
  const context = { mapping, nowMs: run.nowMs(), retryNow: false, readsAttributes };
  return judge(hit, line, { ...context, deletes });
}

function isCompared({ window, options }: Look, { indexedAt }: FileHit): boolean {
  const timeMs = indexedAt === undefined ? undefined : parseTimeMs(indexedAt);
  if (timeMs === undefined) return options.sinceMs === undefined;
  return timeMs < window.toMs && (options.sinceMs === undefined || timeMs >= options.sinceMs);
}

/** Whether the ledger holds this version of a file, as data or as failed. */
function isHeldAs(line: StoredDocument, fileId: string): boolean {
  return expectedOrder(line)?.fileId === orderableId(fileId);
}

/** Everything current that TDP shows for a query, the sync's own filter included, whenever it was indexed. */
async function hitsOf({ run }: Look, query: Partial<FileQuery>): Promise<readonly FileHit[]> {
  const found: FileHit[] = [];
  const whole = { ...query, filter: [...run.filter, ...(query.filter ?? [])] };
  for await (const hits of pages(run.source, whole, undefined, run.pageSizes, run.signal))
    found.push(...hits.filter(isCurrent));
  return found;
}

/** A hit that TDP flags as superseded says nothing of the file. */
export function isCurrent({ outdated }: FileHit): boolean {
  return !outdated;
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

interface Place {
  readonly path: string | undefined;
  readonly filePath: string | undefined;
}

/** Where the files were, by the files table: the ledger does not know. */
async function placesOf(
  run: Run,
  lines: readonly StoredDocument[],
): Promise<ReadonlyMap<string, Place>> {
  const wanted = ['path', 'file_path'];
  const { name, columns } = filesTable(run.name);
  const table = {
    name,
    columns: wanted.flatMap((column) => columns.find((one) => one.name === column) ?? []),
  };
  const text = (value: unknown): string | undefined =>
    typeof value === 'string' ? value : undefined;
  const places = new Map<string, Place>();
  const keys = lines.map(({ id }) => id);
  for await (const { id, row } of run.sink.rows(table, keys))
    places.set(id, { path: text(row[0]), filePath: text(row[1]) });
  return places;
}

function keepNewer(hits: Map<string, FileHit>, name: string, hit: FileHit): void {
  const other = hits.get(name);
  if (other === undefined || ageOf(other) < ageOf(hit)) hits.set(name, hit);
}

/** Grows from an older version to a newer one, as the order does. */
export function ageOf({ createdAt, indexedAt, fileId }: FileHit): string {
  const time = (text = ''): string => String(parseTimeMs(text) ?? 0).padStart(16, '0');
  return `${time(createdAt)} ${time(indexedAt)} ${fileId}`;
}
