import { parseState, type RunLine, readJournal, type SyncState } from '@tdp-sync/core';
import type { Sink } from '@tdp-sync/sink';
import { type Failures, failuresOf } from '../sync/failed-files.ts';
import type { Marks } from './lane.ts';

/** What the database says of a sync at one moment. */
export interface Snapshot {
  /** `undefined` before the first run. */
  readonly state: SyncState | undefined;
  readonly failures: Failures;
  /** The newest lines of its journal. */
  readonly runs: readonly RunLine[];
}

/** Lines of the journal that are shown. */
const RUNS = 25;

/** Reads what the status shows of a sync. */
export async function readSnapshot(name: string, sink: Sink): Promise<Snapshot> {
  const stored = await sink.readState(name);
  return {
    state: stored === undefined ? undefined : parseState(stored),
    failures: await failuresOf(name, sink),
    runs: await readJournal(sink, name, RUNS),
  };
}

/**
 * When things were done last. A run that comes to its end moves the watermark to `settle` before the moment when
 * it began; so the watermark tells when that was, by TDP's clock. Runs since then that found nothing may have stored none.
 */
export function marksOf({ state }: Snapshot, settleMs: number, nowMs: number): Marks {
  // Behind slices runs go on meanwhile.
  const reachedMs = state?.slices?.tailMs ?? state?.watermarkMs;
  const watermarkMs = state?.open === undefined ? reachedMs : undefined;
  return {
    ranAtMs: watermarkMs === undefined ? undefined : Math.min(watermarkMs + settleMs, nowMs),
    ...sideMarksOf(state, nowMs),
  };
}

/**
 * When sweep and verification came to their end last, as far as that is news after `before`. A mark that is yet to come was dated by another
 * clock: it counts as of now, once, and not as of each time that it is seen again.
 */
export function sideMarksOf(
  state: SyncState | undefined,
  nowMs: number,
  before: SyncState | undefined = undefined,
): Marks {
  const { sweep, verification } = state ?? {};
  const isNews = (mark: Mark, other: Mark): mark is Mark & object =>
    mark !== undefined && mark.atMs !== other?.atMs;
  return {
    hasSlices: state?.slices !== undefined,
    ...(isNews(sweep, before?.sweep) ? { sweptAtMs: Math.min(sweep.atMs, nowMs) } : {}),
    ...(isNews(verification, before?.verification)
      ? { verifiedAtMs: Math.min(verification.atMs, nowMs) }
      : {}),
  };
}

type Mark = { readonly atMs: number } | undefined;
