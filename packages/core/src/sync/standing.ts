import type { Clock } from '../clock.ts';
import { SyncError } from '../errors.ts';
import type { Position } from '../position/position.ts';
import { type PullBack, pullBackOf } from '../position/pull-back.ts';
import type { SyncState } from '../position/state.ts';
import { type Clocks, readClocks } from '../source/read-clocks.ts';
import type { FileQuery, Survey } from '../source/source.ts';
import { momentText } from '../timestamp.ts';
import type { SyncOptions } from './options.ts';

/** How far clocks may differ, where the options do not say. */
export const DEFAULT_CLOCK_TOLERANCE_MS = 300_000;
/** Until when files become searchable, where the options do not say. */
export const DEFAULT_SETTLE_MS = 60_000;
/** How far windows look back, where the options do not say. */
export const DEFAULT_LOOKBACK_MS = 3_600_000;

/** How old a stored position may grow while nothing comes, where the options do not say. */
export const DEFAULT_IDLE_MS = 3_600_000;

/** Where a run starts, and by which time it goes. */
export interface Standing {
  /** What TDP has for the run to look at. */
  readonly survey: Survey;
  readonly clocks: Clocks;
  /** The stored position was in the future. */
  readonly pulledBack: PullBack | undefined;
}

/** Asks TDP for its clock and for what there is, by default what a run will look at, and pulls the position back if it is in the future. */
export async function findStanding(
  options: SyncOptions,
  clock: Clock,
  position: Position,
  query?: FileQuery,
): Promise<Standing> {
  const { source, signal, clockToleranceMs: toleranceMs = DEFAULT_CLOCK_TOLERANCE_MS } = options;
  const before = position.state.clocks;
  const ask = { clock, toleranceMs, before, signal };
  const asked = query ?? startQuery(position.state, options);
  const { survey, clocks } = await readClocks(source, asked, ask);
  const pulledBack = pullBackOf(position.state, clocks.nowMs, toleranceMs);
  if (pulledBack === undefined) return { survey, clocks, pulledBack };
  position.pullBack(pulledBack);
  if (query !== undefined) return { survey, clocks, pulledBack };
  const again = await readClocks(source, startQuery(position.state, options), ask);
  return { ...again, pulledBack };
}

/** The error of a run that the clocks have kept from proving what TDP shows. */
export function clocksDisagree({ dateMs, localMs, newestMs, nowMs }: Clocks): SyncError {
  const newest =
    newestMs === undefined ? 'shows no newer file' : `has a file of ${momentText(newestMs)}`;
  return new SyncError(
    'CLOCKS_DISAGREE',
    `TDP's clock (the Date of its answers) says ${momentText(dateMs)}, this machine's ${momentText(localMs)}, and TDP ${newest}. ` +
      `Nothing tells which is right, so the run went no further than ${momentText(nowMs)}, and what is newer is not proven. ` +
      'Nothing was lost; correct the clock of this machine, or of the proxy before TDP, and run again.',
    { retryable: true },
  );
}

function startQuery({ watermarkMs, slices }: SyncState, options: SyncOptions): FileQuery {
  const { filter = [], sinceMs, lookbackMs = DEFAULT_LOOKBACK_MS } = options;
  const reachedMs = slices?.tailMs ?? watermarkMs;
  const fromMs = reachedMs === undefined ? sinceMs : reachedMs - lookbackMs;
  return fromMs === undefined ? { filter } : { filter, indexed: { fromMs } };
}
