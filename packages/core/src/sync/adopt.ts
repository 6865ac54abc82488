import type { Document, Row, Status, Table, Value } from '@tdp-sync/sink';
import { attributeColumns, hitOfAttributes } from '../attributes.ts';
import { attributesFingerprint, fileKey } from '../file.ts';
import { formatOrder, type Order, type Stage, stampOf } from '../position/order.ts';
import { filesTable } from '../tables/files-table.ts';
import { historyLine, historyRow, historyTable, knownLine } from '../tables/history-table.ts';
import { commitDocuments } from './commit.ts';
import { nowOf } from './history.ts';
import { filesCell, layoutWith, loadedIn, mayBeReset, rowsIn } from './left-rows.ts';
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
  if (!run.history && !mayBeReset(run)) return;
  const found = new Set<string>();
  for await (const { id, recorded } of run.sink.damages(run.name, ownTables(run)))
    if (recorded === 0 && /^[\da-f]{32}$/.test(id) && !listed.has(compact(id))) found.add(id);
  const ids = [...found];
  for (let start = 0; start < ids.length; start += PORTION)
    await adopt(run, ids.slice(start, start + PORTION));
}

function ownTables({ name, history }: Run): readonly Table[] {
  return [filesTable(name), ...(history ? [historyTable(name)] : [])];
}

async function adopt(run: Run, ids: readonly string[]): Promise<void> {
  const lines = await linesOf(run, ids);
  const unknown = ids.filter((id) => !lines.has(id));
  const catalog = await run.catalog.save();
  const rows = await rowsIn(run, [...ownTables(run), ...run.catalog.all()], unknown);
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
  if (row === undefined) return movedBefore(run, id, rows);
  const cell = (column: string): Value => filesCell(row, column);
  const hit = hitOfAttributes(attributeColumns.map(({ name }) => cell(name)));
  // The key is made of bucket and path: a row that was edited by hand is not adopted.
  if (fileKey(hit) !== id) return undefined;
  const stage = stageOf(String(cell('status')), run.nowMs());
  const own = ownTables(run).map(({ name }) => name);
  const tables = [...rows.keys()].filter((name) => !own.includes(name));
  const order = {
    ...{ ...stampOf(hit), epoch: 0, mapping: mappingOf(run), edits: 0 },
    attributes: attributesFingerprint(hit),
    layout: layoutWith(run, tables),
    loadedFileId: loadedIn(row),
  };
  return {
    ...{ id, status: statusOf(stage), order: formatOrder({ ...order, stage }) },
    rows: withKnown(run, { ...order, stage }, row, rows),
  };
}

/** By which rules the rows were made nobody knows: where there are some, by none of these. */
function mappingOf({ position }: Run): number {
  const { revision, redaction } = position.state.mapping;
  return redaction.hash === '' ? revision : Math.max(redaction.since - 1, 0);
}

/** Of a file that has moved away before, only its history is left. */
function movedBefore(
  run: Run,
  id: string,
  rows: ReadonlyMap<string, readonly Row[]>,
): Document | undefined {
  const last = rows.get(historyTable(run.name).name)?.at(-1);
  if (last === undefined) return undefined;
  const { file_id, created_at, indexed_at, attributes } = historyLine(last);
  const text = (value: Value): string | undefined => (value === null ? undefined : String(value));
  const order = {
    ...stampOf({
      fileId: String(file_id),
      createdAt: text(created_at),
      indexedAt: text(indexed_at),
    }),
    ...{ epoch: 0, mapping: run.position.state.mapping.revision, edits: 0, layout: 0 },
    ...{
      attributes: String(attributes),
      loadedFileId: undefined,
      stage: { is: 'deleted' } as const,
    },
  };
  return { id, status: 'deleted', order: formatOrder(order), rows };
}

/** A file of which there is no history yet begins it with what is known. */
function withKnown(
  run: Run,
  order: Order,
  file: Row,
  rows: ReadonlyMap<string, readonly Row[]>,
): ReadonlyMap<string, readonly Row[]> {
  const { name } = historyTable(run.name);
  if (!run.history || rows.has(name)) return rows;
  const line = knownLine(undefined, nowOf(run, order, file));
  return line === undefined ? rows : new Map([...rows, [name, [historyRow(line)]]]);
}

function stageOf(status: string, nowMs: number): Stage {
  if (status === 'deleted' || status === 'unmatched' || status === 'loaded') return { is: status };
  return { is: 'failed', attempts: 1, retryAtMs: nowMs };
}

function statusOf({ is }: Stage): Status {
  return is === 'loaded' || is === 'failed' ? is : 'deleted';
}
