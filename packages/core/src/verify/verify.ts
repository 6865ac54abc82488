import { SinkError } from '@tdp-sync/sink';
import type { VerificationMark } from '../position/state.ts';
import { indexedInAny, notFlagged, notStamped } from '../source/query.ts';
import type { HistogramSource } from '../source/source.ts';
import type { Window } from '../source/window.ts';
import { readPosition } from '../sync/read-position.ts';
import { startRun } from '../sync/run.ts';
import { unredactedFiles } from '../sync/unredacted.ts';
import { filesTable } from '../tables/files-table.ts';
import { damages, grouped } from './damage.ts';
import { lookAtFailed, lookAtListed, lookAtOutdated, lookAtUnmet } from './first-look.ts';
import { LedgerTimes, MetKeys } from './ledger.ts';
import type { Look } from './look.ts';
import type { VerifyOptions, VerifyReport } from './report.ts';
import { compareRows } from './rows.ts';
import { compareSample } from './sample.ts';
import { CountedSource } from './source.ts';
import { VerifyTally } from './tally.ts';

/**
 * Compares TDP with the sink, for everything that was indexed before the watermark: by counts per
 * stretch of time, and file by file only where these differ. So what it costs follows the damage and
 * not the number of files. Every difference is seen a second time before it is told. Then the rows of all tables are
 * compared, within the database, with what the commits have recorded of them; and, where a sample is asked for, so many files
 * are fetched anew and compared cell by cell.
 *
 * With `repair` what is missing, stale, changed or failed is brought in as by a run. A file that has
 * vanished is left to `sweep`, which knows when a file may be taken for deleted.
 *
 * @throws SyncError `PAGE_INVALID` or `WINDOW_NOT_PROVEN` when TDP's answers are partial, and whatever
 *   `syncFiles` throws; the signal's reason when it is aborted.
 */
export async function verify(options: VerifyOptions): Promise<VerifyReport> {
  const source = new CountedSource(options.source);
  const run = await startRun({ ...options, source, emit: () => undefined });
  const startedMs = run.clock.now();
  const { watermarkMs } = run.position.state;
  const tally = new VerifyTally(options.onDifference);
  if (watermarkMs === undefined) {
    const { sinceMs } = options;
    const indexed = sinceMs === undefined ? {} : { indexed: { fromMs: sinceMs } };
    tally.shown = (await source.survey({ filter: run.filter, ...indexed }, run.signal)).count;
    tally.held = (await LedgerTimes.read(run.sink, run.name)).size;
  } else {
    const window = { fromMs: options.sinceMs ?? FIRST_STAMP_MS, toMs: watermarkMs };
    const tell: Look['tell'] = (difference) => tally.tell(difference);
    // What it mends is told by its own name.
    const { run: name } = run.position.state;
    const look: Look = {
      ...{ run, options: { ...options, source, run: name }, window },
      ...{ left: tally.left, tell },
    };
    const full = options.full ?? false;
    await run.trace.during(async () => {
      await compareUntilStill({ look, source, tally, full });
      await compareRows(look);
      if (options.sample !== undefined) tally.sampled = await compareSample(look, options.sample);
    });
  }
  const outcome = outcomeOf(watermarkMs, tally);
  const { left, failed } = tally;
  const unredacted =
    outcome === 'not-run'
      ? undefined
      : await remember(options, { atMs: run.nowMs(), differences: left.size, failed });
  return {
    sync: run.label,
    outcome,
    watermarkMs,
    ...tally.counts,
    unredacted,
    requests: source.requests,
    searches: source.searches,
    clocks: run.clocks,
    durationMs: run.clock.now() - startedMs,
  };
}

/**
 * For `status`. When another runner has moved the position meanwhile, nothing is remembered. Gives what the position says of rows
 * that rules have come too late for.
 */
async function remember(
  options: VerifyOptions,
  verification: VerificationMark,
): Promise<number | undefined> {
  const { position } = await readPosition(options);
  try {
    await position.commit(() => [], [filesTable(options.name)], { verification });
  } catch (error) {
    if (!(error instanceof SinkError) || error.code !== 'STATE_CONFLICT') throw error;
  }
  return unredactedFiles(position.state.mapping.redaction);
}

function outcomeOf(watermarkMs: number | undefined, tally: VerifyTally): VerifyReport['outcome'] {
  if (tally.left.size > 0) return 'different';
  const isEmpty = tally.shown === 0 && tally.held === 0;
  return watermarkMs === undefined && !isEmpty ? 'not-run' : 'equal';
}

/** A file without a stamp has the time 0 in the ledger. */
const FIRST_STAMP_MS = 1;

interface Verification {
  readonly look: Look;
  readonly source: HistogramSource;
  readonly tally: VerifyTally;
  /** Looks at every file, and not only where the counts differ. */
  readonly full: boolean;
}

/** Times that all is counted again after a repair. */
const MAX_COUNTS = 5;

/**
 * Two damages can hide each other: a stretch that has lost one file and got another of the very same time
 * counts the same. A repair uncovers the one that is left; so counting goes on until nothing was mended.
 */
async function compareUntilStill(verification: Verification): Promise<void> {
  const { tally } = verification;
  for (let count = 1; count <= MAX_COUNTS; count += 1) {
    const { mended } = tally;
    const full = verification.full && count === 1;
    await compare({ ...verification, full, met: new MetKeys(), damaged: [] });
    if (tally.mended === mended) return;
  }
}

/** One comparison from end to end. */
interface Comparison extends Verification {
  /** Files that were met while TDP's listings were read. */
  readonly met: MetKeys;
  /** Where the ledger has files that may be more than TDP shows, in order of time. */
  readonly damaged: Window[];
}

async function compare(comparison: Comparison): Promise<void> {
  const { look, tally, met, damaged } = comparison;
  const held = await LedgerTimes.read(look.run.sink, look.run.name);
  tally.startCount();
  if (look.options.sinceMs === undefined) await compareUnstamped(comparison, held);
  await compareStamped(comparison, held);
  await lookAtFailed(look);
  await lookAtOutdated(look);
  await lookAtUnmet(look, damaged, met);
}

/** Files without an index time fall into no stretch. There should be few: they are looked at one by one. */
async function compareUnstamped(comparison: Comparison, held: LedgerTimes): Promise<void> {
  const { look, source, tally, met, damaged } = comparison;
  const { signal } = look.run;
  const query = { filter: [...look.run.filter, notFlagged, notStamped] };
  const { count } = await source.survey(query, signal);
  if (count > 0) tally.examined += await lookAtListed(look, query, count, met);
  const unstamped = { fromMs: 0, toMs: FIRST_STAMP_MS };
  if (held.count(unstamped) > 0) damaged.push(unstamped);
  tally.shown += count;
  tally.held += held.count(unstamped);
}

async function compareStamped(comparison: Comparison, held: LedgerTimes): Promise<void> {
  const { look, source, tally, met, damaged } = comparison;
  const { window, options } = look;
  const { signal } = look.run;
  const filter = [...look.run.filter, notFlagged];
  const { fromMs, ...before } = window;
  const indexed = options.sinceMs === undefined ? before : window;
  const { count, oldestMs = window.toMs } = await source.survey({ filter, indexed }, signal);
  tally.shown += count;
  tally.held += held.count(window);
  const oldestHeldMs = held.oldestMs(window) ?? window.toMs;
  const whole = { fromMs: Math.min(oldestMs, oldestHeldMs), toMs: window.toMs };
  const found = damages(whole, {
    held,
    shown: (part, intervalMs) => source.histogram({ filter, indexed: part }, intervalMs, signal),
    full: comparison.full,
  });
  for await (const group of grouped(found)) {
    damaged.push(...group.filter((damage) => damage.held > 0));
    const shown = group.reduce((sum, damage) => sum + damage.shown, 0);
    const query = { filter: [...filter, indexedInAny(group)] };
    if (shown > 0) tally.examined += await lookAtListed(look, query, shown, met);
  }
}
