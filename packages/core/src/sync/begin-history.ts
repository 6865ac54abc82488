import type { Document, Row, StoredDocument } from '@tdp-sync/sink';
import { formatOrder, parseOrder } from '../position/order.ts';
import { filesTable } from '../tables/files-table.ts';
import { historyLine, historyRow, historyTable, knownLine } from '../tables/history-table.ts';
import { commitDocuments } from './commit.ts';
import { historiesOf, nowOf } from './history.ts';
import { isStopped, type Run } from './run.ts';

/** Files that are read and committed at once. */
const PORTION = 500;

/**
 * Where a history is wanted of files that the database has already, or that changed while none was kept: gives each a line that says how it
 * stands. Interrupted, it goes on where it was. While other workers bring in slices, it waits for them.
 */
export async function beginHistory(run: Run): Promise<void> {
  if (!run.history || run.position.state.hasHistory || run.isShared) return;
  let files = 0;
  let lines: StoredDocument[] = [];
  const flush = async (): Promise<void> => {
    files += await begin(run, lines);
    lines = [];
  };
  for await (const line of run.sink.documents(run.name)) {
    lines.push(line);
    if (lines.length === PORTION) await flush();
    if (isStopped(run)) return;
  }
  await flush();
  await commitDocuments(run, [], await run.catalog.save(), { hasHistory: true });
  run.emit({ type: 'history-begun', sync: run.label, files });
}

/** Gives the number of files that have got a line. */
async function begin(run: Run, lines: readonly StoredDocument[]): Promise<number> {
  const ids = lines.map(({ id }) => id);
  const files = new Map<string, Row>();
  for await (const { id, row } of run.sink.rows(filesTable(run.name), ids)) files.set(id, row);
  const histories = (await historiesOf(run, ids)) ?? new Map<string, readonly Row[]>();
  const documents = lines.flatMap((line) =>
    documentOf(run, line, files.get(line.id), histories.get(line.id) ?? []),
  );
  if (documents.length > 0) await commitDocuments(run, documents, await run.catalog.save(), {});
  return documents.length;
}

function documentOf(
  run: Run,
  { id, order: text, status }: StoredDocument,
  file: Row | undefined,
  held: readonly Row[],
): readonly Document[] {
  const order = parseOrder(text);
  const last = held.at(-1);
  const line = order && knownLine(last && historyLine(last), nowOf(run, order, file ?? 'none'));
  if (order === undefined || line === undefined) return [];
  const rows = new Map([[historyTable(run.name).name, [...held, historyRow(line)]]]);
  // It says the same as before, and yet outranks what is held: else the database would leave it alone.
  return [{ id, status, order: formatOrder({ ...order, edits: order.edits + 1 }), rows }];
}
