import { type Clocks, type RunLine, SyncError } from '@tdp-sync/core';
import { SinkError } from '@tdp-sync/sink';
import { describeError } from '../exit.ts';
import { clockSentences } from '../render/clocks.ts';
import type { RunLineStatus, SyncStatus } from './status.ts';

/** What of an error is shown. */
export function errorOf(error: unknown): { readonly code: string; readonly message: string } {
  const isKnown = error instanceof SyncError || error instanceof SinkError;
  // A stack is for the log.
  return isKnown
    ? { code: error.code, message: describeError(error) }
    : { code: 'UNEXPECTED', message: String(error) };
}

/** What clocks said, as it is shown. */
export function clockStatus(clocks: Clocks | undefined): SyncStatus['clocks'] {
  if (clocks === undefined) return null;
  const { dateMs, localMs } = clocks;
  return { differenceSeconds: (dateMs - localMs) / 1000, troubles: clockSentences(clocks) };
}

/** What of a sweep is shown. */
export function sweepCounts({ missing, deleted }: { missing: number; deleted: number }): {
  missing: number;
  deleted: number;
} {
  return { missing, deleted };
}

/** A line of the journal, as it is shown. */
export function lineStatus(line: RunLine, clean: (text: string) => string): RunLineStatus {
  const { startedAtMs, endedAtMs, fromMs, toMs, errorCode, error, ...rest } = line;
  return {
    ...rest,
    startedAt: iso(startedAtMs),
    endedAt: iso(endedAtMs),
    watermarkBefore: isoOrNull(fromMs),
    watermarkAfter: isoOrNull(toMs),
    errorCode: errorCode ?? null,
    error: error === undefined ? null : clean(error),
  };
}

/** A time as it is shown; `null` where there is none. */
export function isoOrNull(timeMs: number | undefined): string | null {
  return timeMs === undefined || !Number.isFinite(timeMs) ? null : iso(timeMs);
}

/** A time as it is shown. */
export function iso(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
