/** What TDP and this machine said the time was, at one moment, in milliseconds since 1970. */
export interface ClockReading {
  /** TDP's own clock, by the Date header of its answers. */
  readonly dateMs: number;
  /** This machine's. */
  readonly localMs: number;
  /** The newest index time that TDP shows, of those that are not later than both clocks; `undefined` without one. */
  readonly newestMs: number | undefined;
}

/** What an earlier run has proven about the time, and what the clocks said then. */
export interface ProvenTime extends Pick<ClockReading, 'dateMs' | 'localMs'> {
  /** TDP's true time was not before this. */
  readonly provenMs: number;
}

/**
 * Who is right. `local-wrong` and `date-wrong`: TDP's stamps speak for the other clock, or against this one.
 * `unsure`: the two differ, and nothing tells which one is wrong.
 */
export type Verdict = 'agree' | 'local-wrong' | 'date-wrong' | 'unsure';

/** By which time a run may go. */
export interface Judgement {
  readonly nowMs: number;
  readonly verdict: Verdict;
  /** TDP's clock is behind what was proven before, and nothing newer is proven: its answers may be old ones. */
  readonly isStale: boolean;
}

const NEVER = Number.NEGATIVE_INFINITY;

/**
 * Finds the time by which a run may go. TDP's clock and this machine's, within the tolerance: the earlier one. Else the one that TDP's newest
 * stamp is near. Else the earlier one, but not before what stamps prove: a file that was indexed at some time proves
 * that it was that time in TDP, so a clock that is behind is wrong and holds up nothing. Never after both.
 *
 * `docs/how-it-works.md` has the table of cases.
 */
export function judgeClocks(
  reading: ClockReading,
  before: ProvenTime | undefined,
  toleranceMs: number,
): Judgement {
  const { dateMs, localMs, newestMs = NEVER } = reading;
  const earliestMs = Math.min(dateMs, localMs);
  const latestMs = Math.max(dateMs, localMs);
  const within = (floorMs: number): number => Math.min(latestMs, Math.max(earliestMs, floorMs));
  if (latestMs - earliestMs <= toleranceMs)
    return { nowMs: within(newestMs), verdict: 'agree', isStale: false };

  const carriedMs = carried(reading, before, toleranceMs);
  const refuted = (clockMs: number): boolean => (carriedMs ?? NEVER) > clockMs + toleranceMs;
  const isNear = (clockMs: number): boolean =>
    Math.abs(newestMs - clockMs) <= toleranceMs && !refuted(clockMs);
  if (isNear(dateMs) !== isNear(localMs))
    return isNear(dateMs)
      ? { nowMs: dateMs, verdict: 'local-wrong', isStale: false }
      : { nowMs: localMs, verdict: 'date-wrong', isStale: false };

  // A stamp that TDP's clock has not reached may be of a wrong clock itself.
  const stampMs = newestMs <= dateMs + toleranceMs ? newestMs : NEVER;
  const earlierMs = carriedMs ?? reachable(before, latestMs + toleranceMs);
  const nowMs = within(Math.max(stampMs, earlierMs));
  const isStale =
    carriedMs === undefined && nowMs === earlierMs && earlierMs > dateMs + toleranceMs;
  if (nowMs <= earliestMs + toleranceMs) return { nowMs, verdict: 'unsure', isStale };
  return { nowMs, verdict: dateMs < localMs ? 'date-wrong' : 'local-wrong', isStale };
}

/**
 * What was proven before and the time since, if both clocks have seen the same time pass. Then each of them is as wrong as it was, and it
 * need not be proven anew how late it is.
 */
function carried(
  { dateMs, localMs }: ClockReading,
  before: ProvenTime | undefined,
  toleranceMs: number,
): number | undefined {
  if (before === undefined) return undefined;
  const byDate = dateMs - before.dateMs;
  const byLocal = localMs - before.localMs;
  const passedMs = Math.min(byDate, byLocal);
  if (Math.abs(byDate - byLocal) > toleranceMs || passedMs < -toleranceMs) return undefined;
  return before.provenMs + Math.max(passedMs, 0);
}

/** What was proven before, unless both clocks say that this is yet to come. */
function reachable(before: ProvenTime | undefined, endMs: number): number {
  return before === undefined || before.provenMs > endMs ? NEVER : before.provenMs;
}
