import type { Bucket } from '../source/source.ts';
import type { Window } from '../source/window.ts';
import type { Held, LedgerTimes } from './ledger.ts';

/** A stretch of time in which TDP and ledger do not count the same. */
export interface Damage extends Window {
  /** File versions that TDP counts there. */
  readonly shown: number;
  /** Files that the ledger has there. */
  readonly held: number;
}

/** What finding damage needs. */
export interface Counts {
  readonly held: LedgerTimes;
  /** What TDP counts. */
  readonly shown: (window: Window, intervalMs: number) => Promise<readonly Bucket[]>;
  /** Takes every stretch for damaged. */
  readonly full: boolean;
}

/** A stretch with more files is counted once more in finer ones before its files are looked at. */
export const READABLE = 1000;
/** Stretches that a count is divided into. Engines refuse more than 10,000. */
const DIVISIONS = 5000;

/**
 * Every stretch in the window that differs, in order of time, each with at most {@link READABLE} files of
 * TDP, or of one millisecond.
 */
export async function* damages(window: Window, counts: Counts): AsyncGenerator<Damage> {
  if (window.toMs <= window.fromMs) return;
  const intervalMs = Math.max(1, Math.ceil((window.toMs - window.fromMs) / DIVISIONS));
  const held = counts.held.histogram(window, intervalMs);
  const shown = new Map(
    (await counts.shown(window, intervalMs)).map((bucket) => [bucket.fromMs, bucket]),
  );
  const starts = new Set([...held.keys(), ...shown.keys()]);
  for (const startMs of [...starts].sort((a, b) => a - b)) {
    const [theirs, ours] = [shown.get(startMs), held.get(startMs)];
    const part = {
      fromMs: Math.max(startMs, window.fromMs),
      toMs: Math.min(startMs + intervalMs, window.toMs),
    };
    const isDivisible = part.toMs - part.fromMs > 1;
    const isAlike = !counts.full && countsAlike(theirs, ours);
    if (isAlike && (!isDivisible || isExact(ours))) continue;
    if (isDivisible && (isAlike || (theirs?.count ?? 0) > READABLE)) yield* damages(part, counts);
    else yield { ...part, shown: theirs?.count ?? 0, held: ours?.count ?? 0 };
  }
}

/**
 * The sum notices what count, oldest and newest do not: a file in the middle whose time is another. TDP
 * adds doubles, so a sum proves nothing beyond 2^53; such a stretch has to be divided.
 */
function countsAlike(theirs: Bucket | undefined, ours: Held | undefined): boolean {
  if (theirs === undefined || ours === undefined) return theirs === ours;
  if (theirs.count !== ours.count) return false;
  if (theirs.oldestMs !== ours.oldestMs || theirs.newestMs !== ours.newestMs) return false;
  return !isExact(ours) || theirs.sumMs === Number(ours.sumMs);
}

function isExact(ours: Held | undefined): boolean {
  return ours === undefined || ours.sumMs <= BigInt(Number.MAX_SAFE_INTEGER);
}

/** Puts neighbouring stretches into groups that one search can list. */
export async function* grouped(source: AsyncIterable<Damage>): AsyncGenerator<readonly Damage[]> {
  let group: Damage[] = [];
  let files = 0;
  for await (const damage of source) {
    if (group.length > 0 && (files + damage.shown > READABLE || group.length >= MAX_GROUP)) {
      yield group;
      [group, files] = [[], 0];
    }
    group.push(damage);
    files += damage.shown;
  }
  if (group.length > 0) yield group;
}

/** Clauses in one search. Engines refuse more than 1,024. */
const MAX_GROUP = 200;
