import type { Row, StoredDocument } from '@tdp-sync/sink';
import { attributeColumns, hitOfAttributes } from '../attributes.ts';
import { type FileHit, fileKey } from '../file.ts';
import { fenceSlices } from '../position/fence.ts';
import { type Order, parseOrder } from '../position/order.ts';
import { filesTable } from '../tables/files-table.ts';
import { documentTableOf } from '../transform/document.ts';
import { commitDocuments } from './commit.ts';
import type { Planning } from './plan.ts';
import { isStopped, type Run } from './run.ts';
import type { Task } from './shapes.ts';
import { syncPages, syncPlanned, type Way } from './steps.ts';

/** Files that are looked up with one search, or read from the database at once. */
const LOOKUP_IDS = 500;

/** A line of the ledger whose rows follow an older mapping. */
interface Outdated {
  readonly stored: StoredDocument;
  readonly order: Order;
}

/**
 * When the mapping has changed: makes the rows of all files anew, from the documents that are kept in the
 * database, of the others from TDP. Each file's rows are replaced whole, and the ledger says which follow the
 * new mapping, so that an interrupted rebuild goes on where it was. Files that TDP does not show and the
 * database does not keep have the rows that they had.
 */
export async function rebuildRows(run: Run): Promise<void> {
  const { mapping } = run.position.state;
  if (mapping.isApplied) return;
  await fenceOthers(run);
  const outdated = await countOutdated(run);
  run.emit({ type: 'rebuild-started', sync: run.label, ...outdated });
  if (keepsDocuments(run))
    await syncPlanned(run, (signal) => storedTasks(run, signal), { isRetry: true });
  await fetchAgain(run);
  if (isStopped(run)) return;
  const change = { mapping: { ...mapping, isApplied: true } };
  await commitDocuments(run, [], await run.catalog.save(), change);
  run.emit({ type: 'rebuild-ended', sync: run.label });
}

/** Files that have rows by an older mapping, which could not be made anew. */
export async function countOlderRows(run: Run): Promise<number> {
  let files = 0;
  for await (const { order } of outdatedLines(run)) if (order.layout > 0) files += 1;
  return files;
}

/** Brings the files with these fileIds up to date, as a run does when it meets them. */
export async function syncByIds(
  run: Run,
  fileIds: readonly string[],
  how: Pick<Way, 'isRetry'> & Planning,
): Promise<void> {
  for (let start = 0; start < fileIds.length && !isStopped(run); start += LOOKUP_IDS) {
    const query = { filter: run.filter, fileIds: fileIds.slice(start, start + LOOKUP_IDS) };
    await syncPages(run, { query, ...how });
  }
}

/** Nobody makes rows by the mapping of before any more once they are made anew. */
async function fenceOthers(run: Run): Promise<void> {
  const { slices } = run.position.state;
  if (slices === undefined) return;
  await commitDocuments(run, [], await run.catalog.save(), {});
  await fenceSlices(run.sink, run.name, slices, run.position.state);
}

/** Lines that follow an older mapping. */
async function* outdatedLines(run: Run): AsyncGenerator<Outdated> {
  const { revision } = run.position.state.mapping;
  for await (const stored of run.sink.documents(run.name)) {
    const order = parseOrder(stored.order);
    if (order !== undefined && order.mapping < revision) yield { stored, order };
  }
}

async function countOutdated(run: Run): Promise<{ stored: number; fetched: number }> {
  const counts = { stored: 0, fetched: 0 };
  const fromDatabase = keepsDocuments(run);
  for await (const line of outdatedLines(run)) {
    if (fromDatabase && isKept(run, line)) counts.stored += 1;
    else counts.fetched += 1;
  }
  return counts;
}

/** Whether there is a table in which this sync has kept whole documents. */
function keepsDocuments(run: Run): boolean {
  const [column] = documentTableOf(run.name).columns;
  const found = run.catalog.get(run.name)?.table.columns;
  return found?.some(({ name, type }) => name === column?.name && type === column.type) ?? false;
}

/** Whether the database has a document of the very version that the line is about, with all that is needed in it. */
function isKept(run: Run, { order }: Outdated): boolean {
  const { since, first = Number.POSITIVE_INFINITY } = run.position.state.mapping.redaction;
  // Kept under other rules, it lacks what they left out, and has hashes of which the values are gone.
  const isUsable = order.mapping < first || order.mapping >= since;
  const hasRows = order.layout > 0 && order.loadedFileId === order.fileId;
  return isUsable && hasRows && order.stage.is !== 'failed';
}

/** Files whose documents are in the database. Others are left to {@link fetchAgain}. */
async function* storedTasks(run: Run, signal: AbortSignal): AsyncGenerator<readonly Task[]> {
  let lines: Outdated[] = [];
  for await (const line of outdatedLines(run)) {
    if (!isKept(run, line)) continue;
    lines.push(line);
    if (lines.length < LOOKUP_IDS) continue;
    yield* tasksOf(run, lines, signal);
    lines = [];
  }
  yield* tasksOf(run, lines, signal);
}

async function* tasksOf(
  run: Run,
  lines: readonly Outdated[],
  signal: AbortSignal,
): AsyncGenerator<readonly Task[]> {
  const ids = lines.map(({ stored }) => stored.id);
  const hits = new Map<string, FileHit>();
  const attributes = { name: filesTable(run.name).name, columns: attributeColumns };
  for await (const { id, row } of run.sink.rows(attributes, ids))
    hits.set(id, hitOfAttributes(row));
  const byId = new Map(lines.map((line) => [line.stored.id, line]));
  for await (const { id, row } of run.sink.rows(documentTableOf(run.name), ids)) {
    signal.throwIfAborted();
    const task = taskOf(run, byId.get(id), hits.get(id), row);
    if (task !== undefined) yield [task];
  }
}

function taskOf(
  run: Run,
  line: Outdated | undefined,
  hit: FileHit | undefined,
  [document]: Row,
): Task | undefined {
  if (line === undefined || hit === undefined || typeof document !== 'string') return undefined;
  // The key is made of bucket and path; a row that was edited by hand is left to TDP.
  if (fileKey(hit) !== line.stored.id) return undefined;
  const { order, stored } = line;
  const version = { ...order, mapping: run.position.state.mapping.revision };
  const { first = Number.POSITIVE_INFINITY } = run.position.state.mapping.redaction;
  const isRedacted = order.mapping >= first;
  const task = { after: order.fileId, hit, content: Buffer.from(document), isRedacted };
  if (order.stage.is === 'loaded')
    return { ...task, decision: { action: 'load', version, attempt: 1 } };
  if (order.stage.is === 'failed') return undefined;
  const { stage } = order;
  return { ...task, decision: { action: 'rederive', version, stage, status: stored.status } };
}

/** Every file of an older mapping that is left, as far as TDP shows it. */
async function fetchAgain(run: Run): Promise<void> {
  let fileIds: string[] = [];
  for await (const { order } of outdatedLines(run)) {
    fileIds.push(order.fileId);
    if (fileIds.length < 20 * LOOKUP_IDS) continue;
    await syncByIds(run, fileIds, {});
    fileIds = [];
  }
  await syncByIds(run, fileIds, {});
}
