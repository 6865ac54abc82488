import type { Sink } from '@tdp-sync/sink';
import { slicesOf } from './slices.ts';
import { parseState } from './state.ts';

/**
 * Forgets where a sync stands and the ledger of its files: the next run reads everything again. Its tables and rows stay. Workers that bring in
 * a slice of it can commit no more.
 *
 * @throws SinkError for what concerns the sink.
 */
export async function clearSync(sink: Sink, sync: string): Promise<void> {
  const stored = await sink.readState(sync);
  await sink.clear(sync);
  const slices = slicesIn(stored);
  // After the sync's own state: who begins with a slice later finds that it belongs to no plan.
  for (const { name } of slices === undefined ? [] : slicesOf(sync, slices)) await sink.clear(name);
}

/** Whoever resets a sync may do so because nobody can read its state. */
function slicesIn(stored: string | undefined): ReturnType<typeof parseState>['slices'] {
  if (stored === undefined) return undefined;
  try {
    return parseState(stored).slices;
  } catch {
    return undefined;
  }
}
