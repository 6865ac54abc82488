import type { StoredDocument } from '@tdp-sync/sink';
import { parseOrder } from '../position/order.ts';
import { rowsOfBefore } from './left-rows.ts';
import type { Run } from './run.ts';
import type { Draft, HeldRows } from './shapes.ts';

/**
 * The lines of the files by what the sink holds now that the batch before is committed: where their drafts depend on it and, where others
 * bring in files of the same sync, of all of them.
 */
export async function linesOf(
  run: Run,
  drafts: readonly Draft[],
): Promise<ReadonlyMap<string, StoredDocument>> {
  const lines = new Map<string, StoredDocument>();
  const ids = drafts.flatMap(({ needsHeld, id }) => (needsHeld || run.isShared ? id : []));
  if (ids.length === 0) return lines;
  for await (const line of run.sink.documents(run.name, { ids })) lines.set(line.id, line);
  return lines;
}

/** Which rows the files have, by their lines; of files that have none, by what was there before a reset. */
export async function heldRows(
  run: Run,
  drafts: readonly Draft[],
  lines: ReadonlyMap<string, StoredDocument>,
): Promise<ReadonlyMap<string, HeldRows>> {
  const without = drafts.flatMap(({ needsHeld, id }) => (needsHeld && !lines.has(id) ? id : []));
  const held = new Map(await rowsOfBefore(run, without));
  for (const { id, order } of lines.values()) {
    const rows = parseOrder(order);
    if (rows !== undefined) held.set(id, rows);
  }
  return held;
}
