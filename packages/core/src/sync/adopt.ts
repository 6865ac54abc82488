import type { Document, Row, Status, Value } from '@tdp-sync/sink';
import { attributeColumns, hitOfAttributes } from '../attributes.ts';
import { attributesFingerprint, fileKey } from '../file.ts';
import { formatOrder, type Stage, stampOf } from '../position/order.ts';
import { filesTable } from '../tables/files-table.ts';
import { commitDocuments } from './commit.ts';
import { compact } from './listing.ts';
import { linesOf } from './look.ts';
import type { Run } from './run.ts';

/** Files that are read and committed at once. */
const PORTION = 500;

/**
 * Gives the files that were there before a reset a line of the ledger again, as far as TDP does not list them: their rows
 * stay as they are, and what has become of them is settled as of any other file that is absent.
 */
export async function adoptUnlisted(run: Run, listed: ReadonlySet<string>): Promise<void> {
  if (run.position.state.inherited === 0) return;
  const ids: string[] = [];
  for await (const { id, recorded } of run.sink.damages(run.name, [filesTable(run.name)]))
    if (recorded === 0 && /^[\da-f]{32}$/.test(id) && !listed.has(compact(id))) ids.push(id);
  for (let start = 0; start < ids.length; start += PORTION)
    await adopt(run, ids.slice(start, start + PORTION));
}

async function adopt(run: Run, ids: readonly string[]): Promise<void> {
  const lines = await linesOf(run, ids);
  const unknown = ids.filter((id) => !lines.has(id));
  const files = filesTable(run.name);
  const catalog = await run.catalog.save();
  const rows = new Map(unknown.map((id) => [id, new Map<string, Row[]>()] as const));
  for (const table of [files, ...run.catalog.all()]) {
    for await (const { id, row } of run.sink.rows(table, unknown)) {
      const tables = rows.get(id);
      tables?.set(table.name, [...(tables.get(table.name) ?? []), row]);
    }
  }
  const documents = [...rows].flatMap(([id, tables]) => documentOf(run, id, tables) ?? []);
  await commitDocuments(run, documents, catalog, {});
}

function documentOf(
  run: Run,
  id: string,
  rows: ReadonlyMap<string, readonly Row[]>,
): Document | undefined {
  const files = filesTable(run.name);
  const [row] = rows.get(files.name) ?? [];
  if (row === undefined) return undefined;
  const cell = (column: string): Value =>
    row[files.columns.findIndex(({ name }) => name === column)] ?? null;
  const hit = hitOfAttributes(attributeColumns.map(({ name }) => cell(name)));
  // The key is made of bucket and path: a row that was edited by hand is not adopted.
  if (fileKey(hit) !== id) return undefined;
  const loaded = cell('loaded_file_id');
  const stage = stageOf(String(cell('status')), run.nowMs());
  const tables = [...rows.keys()].filter((name) => name !== files.name);
  const order = {
    ...{ ...stampOf(hit), epoch: 0, mapping: run.position.state.mapping.revision, edits: 0 },
    attributes: attributesFingerprint(hit),
    layout: layoutWith(run, tables),
    loadedFileId: typeof loaded === 'string' ? loaded : undefined,
  };
  return { id, status: statusOf(stage), order: formatOrder({ ...order, stage }), rows };
}

function stageOf(status: string, nowMs: number): Stage {
  if (status === 'deleted' || status === 'unmatched' || status === 'loaded') return { is: status };
  return { is: 'failed', attempts: 1, retryAtMs: nowMs };
}

function statusOf({ is }: Stage): Status {
  return is === 'loaded' || is === 'failed' ? is : 'deleted';
}

/** A layout that has all these tables; 0 when there are none, or no layout has them all. */
function layoutWith(run: Run, tables: readonly string[]): number {
  if (tables.length === 0) return 0;
  for (let layout = 1; layout <= run.catalog.layouts; layout += 1) {
    const own = new Set(run.catalog.tablesOf(layout));
    if (tables.every((name) => own.has(name))) return layout;
  }
  return 0;
}
