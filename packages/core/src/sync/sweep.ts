import type { Document, Row, StoredDocument } from '@tdp-sync/sink';
import { SyncError } from '../errors.ts';
import { type FileHit, fileKey } from '../file.ts';
import { formatOrder, type Order, parseOrder } from '../position/order.ts';
import type { FileQuery } from '../source/source.ts';
import { deletedFilesRow, filesTable } from '../tables/files-table.ts';
import { commitDocuments } from './commit.ts';
import { emptied } from './document.ts';
import type { RunReport } from './events.ts';
import type { SyncOptions } from './options.ts';
import { untilProven } from './page.ts';
import { rebuildRows } from './rebuild.ts';
import { reportOf } from './report.ts';
import { isStop, isStopped, type Run, startRun } from './run.ts';
import { syncPages } from './steps.ts';

/** A sync, and how much of it may vanish at once. */
export interface SweepOptions extends SyncOptions {
  /**
   * Largest share of the files in the sink that may be newly absent in one sweep. Default 0.1; ten files
   * may always be. More is taken for a change of access rights or filter, and nothing is marked.
   */
  readonly maxVanishedShare?: number;
}

/** What a sweep did, besides what a run does. */
export interface SweepReport extends RunReport {
  /** Files that were absent for the first time: the next sweep decides. */
  readonly missing: number;
  /** Files that were absent again and are now marked or removed. */
  readonly vanished: number;
  /** Files that search does not show although TDP has them, or does not say: left as they are. */
  readonly hidden: number;
}

/** A file that the sink holds and TDP's listing did not show. */
interface Absent {
  readonly stored: StoredDocument;
  readonly order: Order;
}

const ALWAYS_ALLOWED = 10;
const DEFAULT_SHARE = 0.1;
const COMMIT_DOCUMENTS = 500;

/**
 * Compares TDP's full listing of the sync's files with the ledger. Versions that were missed and
 * attributes that changed without a stamp are brought in as in a run. A file that TDP does not show
 * any more is noted as missing; when the next sweep does not find it either, and TDP's own record does
 * not say otherwise, it is deleted by the sync's policy. The position stays where it is.
 *
 * @throws SyncError `SWEEP_REFUSED` when more has vanished than may, and whatever `sync` throws. Then
 *   nothing is marked.
 */
export async function sweep(options: SweepOptions): Promise<SweepReport> {
  const { filter = [], sinceMs } = options;
  const query: FileQuery = {
    filter,
    ...(sinceMs === undefined ? {} : { indexed: { fromMs: sinceMs } }),
  };
  const run = await startRun(options, query);
  const counts = { missing: 0, vanished: 0, hidden: 0 };
  try {
    await run.trace.during(async () => {
      await rebuildRows(run);
      const listed = await list(run, query);
      if (!isStopped(run)) await settleAbsent(run, listed, options, counts);
    });
  } catch (error) {
    if (!isStop(run, error)) throw error;
  }
  return { ...(await reportOf(run, isStopped(run))), ...counts };
}

/** The keys of all files that TDP shows, proven complete by its own count. */
async function list(run: Run, query: FileQuery): Promise<ReadonlySet<string>> {
  const listed = new Set<string>();
  const onHits = (hits: readonly FileHit[]): void => {
    for (const hit of hits) if (isCurrent(hit)) listed.add(compact(fileKey(hit)));
  };
  await untilProven(run, query, {
    read: (pass) => syncPages(run, { query, pass, onHits }),
    isSafe: 'Nothing was marked as deleted; the next sweep tries again.',
  });
  return listed;
}

/** A superseded version, or one flagged as deleted, does not prove that the file is there. */
function isCurrent({ outdated, deleted }: FileHit): boolean {
  return !outdated && !deleted;
}

/** Sixteen characters of one byte in place of 32: the listing of a million files has to fit into memory. */
function compact(key: string): string {
  return Buffer.from(key, 'hex').toString('latin1');
}

async function settleAbsent(
  run: Run,
  listed: ReadonlySet<string>,
  options: SweepOptions,
  counts: { missing: number; vanished: number; hidden: number },
): Promise<void> {
  const documents: Document[] = [];
  if (run.deletes !== 'ignore') {
    const absent = await findAbsent(run, listed, options.maxVanishedShare ?? DEFAULT_SHARE);
    for (const file of absent) {
      if (isStopped(run)) return;
      const document = await settle(run, file, counts);
      if (document !== undefined) documents.push(document);
      if (documents.length >= COMMIT_DOCUMENTS)
        await commitDocuments(run, documents.splice(0), await run.catalog.save(), {});
    }
  }
  const { missing, vanished: deleted } = counts;
  const sweep = { atMs: run.nowMs(), listed: listed.size, missing, deleted };
  await commitDocuments(run, documents, await run.catalog.save(), { sweep });
}

/** Every present document of the ledger that was not listed. */
async function findAbsent(
  run: Run,
  listed: ReadonlySet<string>,
  share: number,
): Promise<readonly Absent[]> {
  const absent: Absent[] = [];
  let present = 0;
  let newly = 0;
  for await (const stored of run.sink.documents(run.name)) {
    const order = parseOrder(stored.order);
    if (order === undefined || order.stage.is === 'deleted') continue;
    present += 1;
    if (listed.has(compact(stored.id))) continue;
    if (order.stage.is !== 'missing') newly += 1;
    absent.push({ stored, order });
  }
  if (newly > Math.max(share * present, ALWAYS_ALLOWED)) throw refused(newly, present, share);
  return absent;
}

function refused(newly: number, present: number, share: number): SyncError {
  return new SyncError(
    'SWEEP_REFUSED',
    `${newly} of ${present} files are not in TDP's listing any more, and more than ${Math.round(share * 100)} percent at once look like a change of access rights or of the filter. ` +
      'Nothing was marked as deleted. If they are really gone, allow it once with a larger maxVanishedShare.',
  );
}

/** What becomes of an absent file: noted at first, deleted when it is absent again and TDP does not say that it is there. */
async function settle(
  run: Run,
  { stored, order }: Absent,
  counts: { missing: number; vanished: number; hidden: number },
): Promise<Document | undefined> {
  if (order.stage.is !== 'missing') {
    counts.missing += 1;
    const { id, status } = stored;
    return {
      id,
      status,
      order: formatOrder({ ...order, stage: { is: 'missing' } }),
      rows: new Map(),
    };
  }
  if ((await run.source.presence(order.fileId, run.signal)) !== 'gone') {
    counts.hidden += 1;
    return undefined;
  }
  counts.vanished += 1;
  return deletedDocument(run, stored.id, order);
}

async function deletedDocument(run: Run, id: string, order: Order): Promise<Document> {
  const isRemoved = run.deletes === 'remove';
  const loadedFileId = isRemoved ? undefined : order.loadedFileId;
  const layout = isRemoved ? 0 : order.layout;
  const catalog = await run.catalog.save();
  const rows = new Map<string, Iterable<Row>>(isRemoved ? emptied(catalog, [order.layout]) : []);
  const nowMs = run.nowMs();
  const table = filesTable(run.name);
  // Its attributes are in the database only: TDP does not show them any more.
  for await (const { row } of run.sink.rows(table, [id])) {
    rows.set(table.name, [
      deletedFilesRow(row, { loadedFileId, deletedAtMs: nowMs, syncedAtMs: nowMs }),
    ]);
  }
  return {
    id,
    status: 'deleted',
    order: formatOrder({ ...order, layout, loadedFileId, stage: { is: 'deleted' } }),
    rows,
  };
}
