import { parseOrder } from '../position/order.ts';
import type { Redaction } from '../position/state.ts';
import { filesTable } from '../tables/files-table.ts';
import { commitDocuments } from './commit.ts';
import { isStopped, type Run } from './run.ts';

/** Files that are looked up at once. */
const PORTION = 500;

/**
 * Finds out of how many files there are rows of before what `columns` leaves out and hashes by now, and notes it in the position, so that
 * it is told as long as it is so. That reads the ledger, so it is done when the rules have changed or the sync begins anew, and later only by runs that have
 * loaded or deleted something while some are left.
 */
export async function settleUnredacted(run: Run): Promise<void> {
  const { mapping, watermarkMs, slices } = run.position.state;
  const { redaction } = mapping;
  // Before a run has come to its end, most files would only be those that it has yet to load.
  const isUnderWay = isStopped(run) || !mapping.isApplied || slices !== undefined;
  if (redaction.hash === '' || isUnderWay || watermarkMs === undefined) return;
  const { left: before } = redaction;
  if (before !== undefined && (before === 0 || run.tally.loaded + run.tally.deleted === 0)) return;
  // It never grows: a file that fails later has rows by these rules, and its line looks the same.
  const left = Math.min(await countUnredacted(run, redaction), before ?? Number.POSITIVE_INFINITY);
  if (left === before) return;
  const change = { mapping: { ...mapping, redaction: { ...redaction, left } } };
  await commitDocuments(run, [], await run.catalog.save(), change);
  if (left > 0) run.emit({ type: 'redaction-left', sync: run.label, files: left });
}

/** Of how many files there are such rows, as far as it is known; `undefined` where nothing is left out or hashed. */
export function unredactedFiles(redaction: Redaction): number | undefined {
  return redaction.hash === '' ? undefined : redaction.left;
}

async function countUnredacted(run: Run, { since }: Redaction): Promise<number> {
  const { inherited } = run.position.state;
  const bare: string[] = [];
  let files = 0;
  for await (const stored of run.sink.documents(run.name)) {
    const order = parseOrder(stored.order);
    if (order === undefined) continue;
    const hasFailed = order.stage.is === 'failed';
    const hasRows = order.layout > 0 && order.loadedFileId !== undefined;
    // A failed attempt leaves the rows that there were.
    if (hasRows && (hasFailed || order.mapping < since)) files += 1;
    // Of before a reset the ledger knows nothing: only what was loaded since has replaced it.
    if (!hasRows && order.stage.is !== 'loaded' && inherited > 0) bare.push(stored.id);
  }
  if (inherited === 0) return files;
  return files + (await countWithRows(run, bare)) + (await countUnlisted(run));
}

async function countWithRows(run: Run, ids: readonly string[]): Promise<number> {
  let files = 0;
  for (const some of portions(ids)) {
    const found = new Set<string>();
    for (const { name, columns } of run.catalog.all()) {
      const narrow = { name, columns: columns.slice(0, 1) };
      for await (const { id } of run.sink.rows(narrow, some)) found.add(id);
    }
    files += found.size;
  }
  return files;
}

/** Files of before a reset that TDP has not shown since. */
async function countUnlisted(run: Run): Promise<number> {
  const table = filesTable(run.name);
  const unlisted: string[] = [];
  for await (const { id, recorded } of run.sink.damages(run.name, [table]))
    if (recorded === 0) unlisted.push(id);
  const column = table.columns.filter(({ name }) => name === 'loaded_file_id');
  let files = 0;
  for (const some of portions(unlisted))
    for await (const { row } of run.sink.rows({ ...table, columns: column }, some))
      if (row[0] !== null) files += 1;
  return files;
}

function* portions(ids: readonly string[]): Generator<readonly string[]> {
  for (let start = 0; start < ids.length; start += PORTION) yield ids.slice(start, start + PORTION);
}
