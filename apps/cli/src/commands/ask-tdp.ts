import {
  type Clocks,
  type PullBack,
  pullBackOf,
  readClocks,
  type Survey,
  type SyncState,
  systemClock,
} from '@tdp-sync/core';
import type { SyncConfig } from '../config/schema.ts';
import { describeError } from '../exit.ts';
import type { TdpSource } from '../sync/source.ts';

/** What TDP says of a sync; nothing but the reason where it could not be asked. */
export interface Asked {
  readonly behindMs: number | null;
  readonly behindUnknown: string | null;
  readonly clocks: Clocks | undefined;
  /** What the next run would do about a position in the future. */
  readonly pullBack: PullBack | undefined;
}

/**
 * By how much the newest file is later than the watermark, but not more than the oldest missing file has been there: a quiet run stores no
 * watermark, and before it there was nothing.
 */
export function behind(
  { newestMs, oldestMs }: Pick<Survey, 'newestMs' | 'oldestMs'>,
  watermarkMs: number,
  nowMs: number,
): number {
  if (newestMs === undefined) return 0;
  const ageMs = oldestMs === undefined ? Number.POSITIVE_INFINITY : nowMs - oldestMs;
  return Math.max(Math.min(newestMs + 1 - watermarkMs, ageMs), 0);
}

/** Asks TDP what it has that the database has not, by the clocks that a run would go by. */
export async function askTdp(
  { filter, since }: SyncConfig,
  state: SyncState | undefined,
  source: TdpSource,
  toleranceMs: number,
): Promise<Asked> {
  const before = state?.clocks;
  const read = (watermarkMs: number | undefined): ReturnType<typeof readClocks> => {
    const fromMs = watermarkMs ?? since;
    const query = { filter, ...(fromMs === undefined ? {} : { indexed: { fromMs } }) };
    return readClocks(source.client, query, { clock: systemClock, toleranceMs, before });
  };
  try {
    const first = await read(state?.watermarkMs);
    const { nowMs } = first.clocks;
    const pullBack = state === undefined ? undefined : pullBackOf(state, nowMs, toleranceMs);
    const watermarkMs = { ...state, ...pullBack?.change }.watermarkMs;
    const { survey, clocks } = pullBack === undefined ? first : await read(watermarkMs);
    const behindMs = behind(survey, watermarkMs ?? 0, clocks.nowMs);
    return { behindMs, behindUnknown: null, clocks, pullBack };
  } catch (error) {
    const behindUnknown = describeError(error);
    return { behindMs: null, behindUnknown, clocks: undefined, pullBack: undefined };
  }
}
