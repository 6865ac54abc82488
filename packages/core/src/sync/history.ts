import type { Document, Row } from '@tdp-sync/sink';
import { type Order, parseOrder } from '../position/order.ts';
import { filesTable } from '../tables/files-table.ts';
import {
  historyLine,
  historyRow,
  historyTable,
  type Now,
  nextLine,
} from '../tables/history-table.ts';
import type { Run } from './run.ts';

/** The lines that files have in the history, by file key. */
export type Histories = ReadonlyMap<string, readonly Row[]>;

/** Lines that are held in memory at once. */
const MOST_LINES = 50_000;

/**
 * What the database has of the history of these files, as of the position from which the next commit goes on: whatever else is committed
 * meanwhile makes that one fail. `undefined` where the sync keeps no history.
 */
export async function historiesOf(
  run: Run,
  ids: readonly string[],
): Promise<Histories | undefined> {
  if (!run.history) return undefined;
  const histories = new Map<string, Row[]>();
  if (ids.length === 0) return histories;
  for await (const { id, row } of run.sink.rows(historyTable(run.name), ids)) {
    const rows = histories.get(id);
    if (rows === undefined) histories.set(id, [row]);
    else rows.push(row);
  }
  return histories;
}

/** Whether they are more than a commit should hold in memory, each of which it writes anew. */
export function isLong(histories: Histories): boolean {
  let lines = 0;
  for (const rows of histories.values()) lines += rows.length;
  return lines > MOST_LINES;
}

/**
 * The document with the history of its file, a line longer where that is changed by it. So the line is there exactly if the change is: the
 * database leaves a document alone, or takes it, whole. Lines that are held are named too, or they would have no record after a reset.
 */
export function withHistory(
  run: Run,
  document: Document,
  histories: Histories | undefined,
): Document {
  const { name } = historyTable(run.name);
  if (histories === undefined || document.rows.has(name)) return document;
  const held = histories.get(document.id) ?? [];
  const last = held.at(-1);
  const order = parseOrder(document.order);
  const line =
    order && nextLine(last && historyLine(last), nowOf(run, order, fileIn(document, run.name)));
  if (line === undefined && held.length === 0) return document;
  const lines = line === undefined ? held : [...held, historyRow(line)];
  return { ...document, rows: new Map([...document.rows, [name, lines]]) };
}

/** What a line of the history says that is made now. */
export function nowOf(run: Run, order: Order, file: Now['file']): Now {
  const { attributes, loadedFileId, stage } = order;
  const { run: name } = run.position.state;
  return { stage: stage.is, file, loadedFileId, attributes, nowMs: run.nowMs(), run: name };
}

function fileIn({ rows }: Document, sync: string): Now['file'] {
  const named = rows.get(filesTable(sync).name);
  if (named === undefined) return 'kept';
  const [row] = named;
  return row ?? 'none';
}
