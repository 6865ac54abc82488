import type { Clock } from '../clock.ts';
import { type ClockReading, judgeClocks, type ProvenTime, type Verdict } from './clocks.ts';
import type { FileQuery, Source, Survey } from './source.ts';

/** The clocks at hand, and by which time a run goes. */
export interface Clocks extends ClockReading {
  /** The time by which windows end: TDP's true time is not before it, as far as anybody can tell. */
  readonly nowMs: number;
  readonly verdict: Verdict;
  /** How far TDP's answers were apart, where that was more than the tolerance, else 0. */
  readonly jumpMs: number;
  /** Files that are stamped later than any clock at hand. */
  readonly future: FutureFiles | undefined;
  /** Going by {@link nowMs} leaves out files that TDP shows, or nothing can be told from TDP's answers: the run proves less than it should. */
  readonly isBarred: boolean;
}

/** Files that a wrong clock has stamped. */
export interface FutureFiles {
  readonly files: number;
  /** A stamp from here on is in the future. */
  readonly fromMs: number;
  readonly newestMs: number;
}

/** How clocks are to be read. */
export interface ClockOptions {
  readonly clock: Clock;
  /** By how much clocks may differ. */
  readonly toleranceMs: number;
  /** What an earlier run has proven. */
  readonly before?: ProvenTime | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** One answer of TDP, and this machine's time when it came. */
interface Answer {
  readonly survey: Survey;
  readonly localMs: number;
}

/** The unfiltered search for the newest stamp looks no further back: an older one is near no clock. */
const DAY_MS = 24 * 3_600_000;

/** Whether there is something to be told about the clocks. */
export function isDoubted({ verdict, jumpMs, future }: Clocks): boolean {
  return verdict !== 'agree' || jumpMs > 0 || future !== undefined;
}

/**
 * Asks TDP for a query as a whole, and judges the clocks by the answer. Where TDP's clock differs from this machine's it asks twice
 * more, and the middle one of three answers counts: one that lies is outvoted. The survey is without the files that are stamped
 * later than any clock at hand.
 */
export async function readClocks(
  source: Pick<Source, 'survey'>,
  query: FileQuery,
  options: ClockOptions,
): Promise<{ readonly survey: Survey; readonly clocks: Clocks }> {
  const { toleranceMs, before } = options;
  const answers = [await ask(source, query, options)];
  const [first] = answers;
  if (first !== undefined && Math.abs(offsetOf(first)) > toleranceMs)
    for (let again = 0; again < 2; again += 1) answers.push(await ask(source, query, options));
  const offsets = answers.map(offsetOf).sort((a, b) => a - b);
  const jumpMs = (offsets.at(-1) ?? 0) - (offsets[0] ?? 0);
  const { survey: shown, localMs } = answers.at(-1) as Answer;
  const dateMs = localMs + (offsets[offsets.length >> 1] ?? 0);
  const endMs = Math.max(dateMs, localMs) + toleranceMs;
  const { survey, future } = await withoutFuture(source, query, shown, endMs, options);
  const reading = { dateMs, localMs, newestMs: survey.newestMs };
  const newestMs = isTelling(reading, toleranceMs)
    ? survey.newestMs
    : await newestOfAll(source, reading, endMs, options);
  const judged = judgeClocks({ ...reading, newestMs }, before, toleranceMs);
  const { nowMs, verdict, isStale } = judged;
  const isBarred = isStale || (survey.newestMs ?? nowMs) > nowMs + toleranceMs;
  const jump = jumpMs > toleranceMs ? jumpMs : 0;
  return {
    survey,
    clocks: { dateMs, localMs, newestMs, nowMs, verdict, jumpMs: jump, future, isBarred },
  };
}

async function ask(
  source: Pick<Source, 'survey'>,
  query: FileQuery,
  { clock, signal }: ClockOptions,
): Promise<Answer> {
  const survey = await source.survey(query, signal);
  // Afterwards: whatever was tried before it took time as well.
  return { survey, localMs: Math.floor(clock.now()) };
}

/** What TDP's clock is ahead of this machine's. */
function offsetOf({ survey, localMs }: Answer): number {
  return survey.nowMs - localMs;
}

/** Leaves files out that are stamped later than any clock: a wrong stamp proves nothing, and no window reaches it before its time. */
async function withoutFuture(
  source: Pick<Source, 'survey'>,
  query: FileQuery,
  survey: Survey,
  endMs: number,
  { signal }: ClockOptions,
): Promise<{ readonly survey: Survey; readonly future: Clocks['future'] }> {
  if (survey.newestMs === undefined || survey.newestMs <= endMs)
    return { survey, future: undefined };
  const fromMs = Math.max(endMs + 1, query.indexed?.fromMs ?? endMs + 1);
  const later = await source.survey({ ...query, indexed: { fromMs } }, signal);
  const indexed = { ...query.indexed, toMs: endMs + 1 };
  const { oldestMs, newestMs } = await source.survey({ ...query, indexed }, signal);
  return {
    survey: { ...survey, count: Math.max(survey.count - later.count, 0), oldestMs, newestMs },
    future: { files: later.count, fromMs, newestMs: survey.newestMs },
  };
}

/** Whether clocks agree, or this stamp is near enough to one of them to speak for it. */
function isTelling({ dateMs, localMs, newestMs }: ClockReading, toleranceMs: number): boolean {
  const isNear = (timeMs: number | undefined, otherMs: number): boolean =>
    timeMs !== undefined && Math.abs(timeMs - otherMs) <= toleranceMs;
  return isNear(dateMs, localMs) || isNear(newestMs, dateMs) || isNear(newestMs, localMs);
}

/** The newest stamp of all files, whatever the filter: the better a clock the more files there are. */
async function newestOfAll(
  source: Pick<Source, 'survey'>,
  { dateMs, localMs, newestMs }: ClockReading,
  endMs: number,
  { signal }: ClockOptions,
): Promise<number | undefined> {
  const indexed = { fromMs: Math.min(dateMs, localMs) - DAY_MS, toMs: endMs + 1 };
  const all = await source.survey({ filter: [], indexed }, signal);
  return all.newestMs ?? newestMs;
}
