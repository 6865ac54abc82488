import type { Document, Row } from '@tdp-sync/sink';
import { SyncError } from '../errors.ts';
import { formatOrder, type Order, parseOrder } from '../position/order.ts';
import type { Presence } from '../source/source.ts';
import { filesTable, goneFilesRow } from '../tables/files-table.ts';
import { type Absent, type Fate, fatesOf } from './absent.ts';
import { adoptUnlisted } from './adopt.ts';
import { commitDocuments } from './commit.ts';
import { emptied } from './document.ts';
import { compact, type Listing } from './listing.ts';
import { isStopped, type Run } from './run.ts';

/** What has become of the files that TDP's listing did not show. */
export interface Settlement {
  /** Files that were absent for the first time: the next sweep decides. */
  readonly missing: number;
  /** Files that were absent again and are now marked or removed. */
  readonly vanished: number;
  /** Files that search does not show although TDP has them, or does not say: left as they are. */
  readonly hidden: number;
  /** Files that TDP shows at another key: what they had left at the old one is taken away. */
  readonly moved: number;
  /** Files that TDP shows, but not for the sync's filter. */
  readonly unmatched: number;
}

const ALWAYS_ALLOWED = 10;
const DEFAULT_SHARE = 0.1;
const COMMIT_DOCUMENTS = 500;

/**
 * Settles what the sink holds and TDP's listing did not show, and remembers the sweep.
 *
 * @throws SyncError `SWEEP_REFUSED` when more than this share has vanished at once. Then nothing is marked.
 */
export async function settleAbsent(
  run: Run,
  listing: Listing,
  maxVanishedShare: number = DEFAULT_SHARE,
): Promise<Settlement> {
  const counts = { missing: 0, vanished: 0, hidden: 0, moved: 0, unmatched: 0 };
  const documents: Document[] = [];
  await adoptUnlisted(run, listing.keys);
  const { absent, present } = await findAbsent(run, listing.keys);
  const fates = await fatesOf(run, absent);
  guard(absent, fates, present, maxVanishedShare);
  const records = new Records(run, listing);
  for (const [index, file] of absent.entries()) {
    if (isStopped(run)) return counts;
    const fate = await settledFate(run, file, fates[index] ?? 'shown', records);
    if (fate === undefined) continue;
    counts[fate] += 1;
    if (fate !== 'hidden') documents.push(await documentOf(run, file, fate));
    if (documents.length >= COMMIT_DOCUMENTS)
      await commitDocuments(run, documents.splice(0), await run.catalog.save(), {});
  }
  const { missing, vanished: deleted } = counts;
  const sweep = { atMs: run.nowMs(), listed: listing.keys.size, missing, deleted };
  await commitDocuments(run, documents, await run.catalog.save(), { sweep });
  return counts;
}

/** Every present document of the ledger that was not listed, and how many are present. */
async function findAbsent(
  run: Run,
  listed: ReadonlySet<string>,
): Promise<{ readonly absent: readonly Absent[]; readonly present: number }> {
  const absent: Absent[] = [];
  let present = 0;
  for await (const stored of run.sink.documents(run.name)) {
    const order = parseOrder(stored.order);
    if (order === undefined || order.stage.is === 'deleted' || order.stage.is === 'unmatched')
      continue;
    present += 1;
    if (!listed.has(compact(stored.id))) absent.push({ stored, order });
  }
  return { absent, present };
}

function guard(
  absent: readonly Absent[],
  fates: readonly Fate[],
  present: number,
  share: number,
): void {
  const newly = absent.filter(
    ({ order }, index) => fates[index] === 'vanished' && order.stage.is !== 'missing',
  ).length;
  if (newly <= Math.max(share * present, ALWAYS_ALLOWED)) return;
  throw new SyncError(
    'SWEEP_REFUSED',
    `TDP does not show ${newly} of ${present} files any more, with or without the sync's filter, and more than ${Math.round(share * 100)} percent at once look like a change of access rights. ` +
      'Nothing was marked as deleted. If they are really gone, allow it once: "tdp-sync sweep --max-vanished 0.5", or whatever the share is. The setting maxVanished of the sync allows it always.',
  );
}

/** TDP's records of files, and whether they can be read at all. */
class Records {
  readonly #run: Run;
  readonly #listing: Listing;
  #areReadable: boolean | undefined;

  constructor(run: Run, listing: Listing) {
    this.#run = run;
    this.#listing = listing;
  }

  /**
   * Whether TDP's record contradicts that a file is gone. Where the records of files that TDP shows cannot be read
   * either, for want of a right, they say nothing, and two listings without the file have to do.
   */
  async contradict(fileId: string): Promise<boolean> {
    const presence = await this.of(fileId);
    return presence === 'unknown' ? this.#readable() : presence !== 'gone';
  }

  of(fileId: string): Promise<Presence> {
    return this.#run.source.presence(fileId, this.#run.signal);
  }

  async #readable(): Promise<boolean> {
    this.#areReadable ??= await this.#isAnyReadable();
    return this.#areReadable;
  }

  /** One alone may have been hidden since it was listed. */
  async #isAnyReadable(): Promise<boolean> {
    for (const fileId of this.#listing.examples)
      if ((await this.of(fileId)) !== 'unknown') return true;
    return this.#listing.examples.length === 0;
  }
}

type Settled = keyof Settlement;

/** A file that has vanished is noted at first, and deleted when it is absent again and TDP does not say that it is there. */
async function settledFate(
  run: Run,
  { order }: Absent,
  fate: Fate,
  records: Records,
): Promise<Settled | undefined> {
  if (fate === 'shown') return undefined;
  if (fate === 'moved') return 'moved';
  if (fate === 'elsewhere' && (await records.of(order.fileId)) === 'superseded') return 'moved';
  if (run.deletes === 'ignore') return undefined;
  if (fate === 'unmatched') return 'unmatched';
  if (order.stage.is !== 'missing') return 'missing';
  return (await records.contradict(order.fileId)) ? 'hidden' : 'vanished';
}

/** What remains of a file, unless somebody else has brought in a version of it meanwhile. */
async function documentOf(
  run: Run,
  absent: Absent,
  fate: Exclude<Settled, 'hidden'>,
): Promise<Document> {
  return { ...(await remaining(run, absent, fate)), replaces: absent.stored.order };
}

async function remaining(
  run: Run,
  { stored: { id, status }, order }: Absent,
  fate: Exclude<Settled, 'hidden'>,
): Promise<Document> {
  switch (fate) {
    case 'missing':
      return {
        ...{ id, status, rows: new Map() },
        order: formatOrder({ ...order, stage: { is: 'missing' } }),
      };
    case 'moved':
      return goneDocument(run, id, order, { is: 'deleted', keepsRows: false, keepsFile: false });
    case 'vanished':
      return goneDocument(run, id, order, {
        ...{ is: 'deleted', keepsFile: true },
        keepsRows: run.deletes !== 'remove',
      });
    case 'unmatched':
      return goneDocument(run, id, order, {
        ...{ is: 'unmatched', keepsFile: true },
        keepsRows: run.deletes !== 'remove',
      });
  }
}

/** What remains of a file that TDP does not show any more. */
interface Remains {
  readonly is: 'deleted' | 'unmatched';
  /** Its rows in the data tables. */
  readonly keepsRows: boolean;
  /** Its row in the files table. */
  readonly keepsFile: boolean;
}

async function goneDocument(
  run: Run,
  id: string,
  order: Order,
  { is, keepsRows, keepsFile }: Remains,
): Promise<Document> {
  const loadedFileId = keepsRows ? order.loadedFileId : undefined;
  const layout = keepsRows ? order.layout : 0;
  const rows = keepsRows
    ? new Map<string, Iterable<Row>>()
    : emptied(await run.catalog.save(), [order.layout]);
  const table = filesTable(run.name);
  const nowMs = run.nowMs();
  const standing = {
    ...{ status: is, loadedFileId, syncedAtMs: nowMs },
    ...(is === 'deleted' ? { deletedAtMs: nowMs } : {}),
  };
  if (!keepsFile) rows.set(table.name, []);
  // Its attributes are in the database only: TDP does not show them any more.
  else
    for await (const { row } of run.sink.rows(table, [id]))
      rows.set(table.name, [goneFilesRow(row, standing)]);
  return {
    ...{ id, status: 'deleted', rows },
    order: formatOrder({ ...order, layout, loadedFileId, stage: { is } }),
  };
}
