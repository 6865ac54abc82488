/** A half-open interval `[fromMs, toMs)` of `indexedAt`, in milliseconds since 1970. */
export interface Window {
  readonly fromMs: number;
  readonly toMs: number;
}

/** What decides the next window. */
export interface WindowRule {
  /** Everything indexed before it is in the sink; `undefined` before the first window is closed. */
  readonly watermarkMs: number | undefined;
  /** Where the first window begins. */
  readonly startMs: number;
  /** The time by the clocks at hand: any of them may be wrong, see `clocks.ts`. */
  readonly nowMs: number;
  /** A window ends at least this long ago: a file becomes searchable only some time after its stamp. */
  readonly settleMs: number;
  /** A window begins this long before the watermark, for files that became searchable later still. */
  readonly lookbackMs: number;
  /** A window reaches at most this far beyond the watermark. */
  readonly maxWindowMs: number;
}

/**
 * The next closed window, or `undefined` when the time has not moved beyond the watermark.
 * Consecutive windows leave no gap, each ends beyond the watermark, and none ends less than
 * `settleMs` ago.
 */
export function nextWindow(rule: WindowRule): Window | undefined {
  const reached = rule.watermarkMs ?? rule.startMs;
  const toMs = Math.min(rule.nowMs - rule.settleMs, reached + rule.maxWindowMs);
  if (toMs <= reached) return undefined;
  const fromMs = rule.watermarkMs === undefined ? rule.startMs : reached - rule.lookbackMs;
  return { fromMs: Math.min(Math.max(fromMs, rule.startMs), reached), toMs };
}
