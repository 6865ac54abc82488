import type { Window } from '../source/window.ts';
import type { SyncState } from './state.ts';

/** A stored position that was in the future, and where it goes back to. */
export interface PullBack {
  /** The watermark, or where a window ends that is being read; it may have come true since by the passing of time. */
  readonly fromMs: number;
  /** `undefined`: to the beginning. */
  readonly toMs: number | undefined;
  readonly change: Partial<SyncState>;
}

/**
 * Takes back a watermark that is later than the time by more than clocks may differ, or was moved by clocks that were: they were wrong. It
 * goes back to the last one that TDP's own stamps have passed, and else to the beginning. Files that are held cost no download.
 */
export function pullBackOf(
  state: SyncState,
  nowMs: number,
  toleranceMs: number,
): PullBack | undefined {
  const { watermarkMs, open, clocks, slices } = state;
  const endMs = nowMs + toleranceMs;
  if (slices !== undefined && Math.max(slices.tailMs, clocks?.provenMs ?? 0) > endMs) {
    // What was brought in is held, and the slices can be cut anew.
    const change = { open: undefined, clocks: undefined, slices: undefined };
    return { fromMs: slices.tailMs, toMs: watermarkMs, change };
  }
  if (watermarkMs !== undefined && Math.max(watermarkMs, clocks?.provenMs ?? 0) > endMs) {
    const confirmedMs = clocks?.confirmedMs;
    const toMs = confirmedMs !== undefined && confirmedMs <= endMs ? confirmedMs : undefined;
    const change = { watermarkMs: toMs, open: undefined, clocks: undefined };
    return { fromMs: watermarkMs, toMs, change };
  }
  if (open === undefined || open.toMs <= endMs) return undefined;
  return { fromMs: open.toMs, toMs: watermarkMs, change: { open: undefined } };
}

/**
 * The last watermark that TDP's stamps have passed, once a window is closed: the end of that window, or the watermark before,
 * or the one known so far. A stamp counts that is not later than the time by which the run goes.
 */
export function confirmed(
  { watermarkMs, clocks }: SyncState,
  window: Window,
  settleMs: number,
  { newestMs = Number.NEGATIVE_INFINITY, nowMs }: { newestMs: number | undefined; nowMs: number },
): number | undefined {
  const isPassed = (timeMs: number): boolean => newestMs <= nowMs && timeMs + settleMs <= newestMs;
  if (isPassed(window.toMs)) return window.toMs;
  if (watermarkMs !== undefined && isPassed(watermarkMs)) return watermarkMs;
  return clocks?.confirmedMs;
}
