import type { Document, Sink } from '@tdp-sync/sink';
import { upgradedOrder } from '../position/first-orders.ts';
import type { Position } from '../position/position.ts';

/** Lines that are written at once. */
const LINES = 5000;

/**
 * Writes the ledger's orders of an earlier version of tdp-sync in the present form, once: rows and position stay as they
 * are. Interrupted, it goes on where it was.
 */
export async function upgradeOrders(sink: Sink, sync: string, position: Position): Promise<void> {
  if (position.state.hasEpochs) return;
  let lines: Document[] = [];
  for await (const { id, status, order } of sink.documents(sync)) {
    const upgraded = upgradedOrder(order);
    if (upgraded === undefined) continue;
    lines.push({ id, status, order: upgraded, rows: new Map() });
    if (lines.length < LINES) continue;
    const full = lines;
    await position.commit(() => [full], [], {});
    lines = [];
  }
  await position.commit(() => [lines], [], { hasEpochs: true });
}
