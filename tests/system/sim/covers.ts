import type { Seen } from './watch.ts';

/** Whether a line of the ledger stands for this document of TDP's index, or for a newer one. */
export function covers(
  order: {
    readonly createdAtMs: number;
    readonly indexedAtMs: number;
    readonly fileId: string;
    readonly mapping: number;
    readonly stage: { readonly is: string };
  },
  doc: Seen,
  revision: number,
  toleranceMs: number,
): boolean {
  if (order.createdAtMs !== doc.createdAt) return order.createdAtMs > doc.createdAt;
  if (order.fileId !== doc.fileId) return true;
  if (order.indexedAtMs < (doc.indexedAt ?? 0) - toleranceMs) return false;
  if (toleranceMs > 0 && order.indexedAtMs > (doc.indexedAt ?? 0)) return true;
  return order.mapping === revision && (order.stage.is === 'loaded' || order.stage.is === 'failed');
}
