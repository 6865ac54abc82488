import type { SyncState } from '../position/state.ts';
import type { Clocks } from '../source/read-clocks.ts';
import type { Survey } from '../source/source.ts';
import type { WindowRule } from '../source/window.ts';
import type { SyncOptions } from './options.ts';
import { DEFAULT_LOOKBACK_MS, DEFAULT_SETTLE_MS } from './standing.ts';

/** What bounds the windows of a run besides the watermark. */
export function windowsOf(
  options: SyncOptions,
  state: SyncState,
  survey: Survey,
  { nowMs }: Clocks,
): Omit<WindowRule, 'watermarkMs'> {
  const { lookbackMs = DEFAULT_LOOKBACK_MS, settleMs = DEFAULT_SETTLE_MS } = options;
  const { maxWindowMs = 30 * 24 * 3_600_000 } = options;
  const { watermarkMs, open, slices } = state;
  const isFirst = watermarkMs === undefined && open === undefined && slices === undefined;
  const firstMs = options.sinceMs ?? before(survey.oldestMs, lookbackMs);
  // Nothing to see yet: no window is opened, and the next run asks again.
  const startMs = isFirst ? (firstMs ?? Number.POSITIVE_INFINITY) : state.startMs;
  // The time as it was at the start: a run ends when it has caught up with the moment it began.
  return { startMs, nowMs, settleMs, lookbackMs, maxWindowMs };
}

/** A file that becomes searchable late may be a little older than the oldest of now. */
function before(oldestMs: number | undefined, lookbackMs: number): number | undefined {
  return oldestMs === undefined ? undefined : oldestMs - lookbackMs;
}
