import { type Difference, describeFile, type VerifyReport, verify } from '@tdp-sync/core';
import { type Console, print } from '../console.ts';
import { describeError, exitCodeOf } from '../exit.ts';
import { ExitCode } from '../exit-code.ts';
import { publishedLines } from '../render/copies.ts';
import { counted, moment, number, span } from '../render/format.ts';
import { printResults } from '../render/results.ts';
import { clockLines, unredactedLines } from '../render/summary.ts';
import { Stopped, stoppedCode } from '../stop.ts';
import { journaled } from '../sync/journal.ts';
import { copyStatus } from '../sync/publish.ts';
import { type EachSyncOptions, type OpenedSync, walkSyncs, withCopies } from './each-sync.ts';

/** Options of `tdp-sync verify`. */
export interface VerifyCommandOptions extends EachSyncOptions {
  /** Bring in what differs. */
  readonly repair: boolean;
  /** Look at every file. */
  readonly full: boolean;
  /** Fetch so many files anew and compare every cell. */
  readonly sample?: number | undefined;
}

type Outcome =
  | { readonly report: VerifyReport; readonly differences: readonly Difference[] }
  | { readonly error: unknown };

/** Compares TDP with the database, prints each difference and a summary per sync. */
export async function verifyNow(options: VerifyCommandOptions, console: Console): Promise<number> {
  const given = { ...options, isLook: !options.repair };
  const { outcomes, isWhole, published } = await walkSyncs<Outcome>(given, console, (opened) =>
    verifyOne(opened, options, console),
  );
  if (options.json)
    printResults(console, 'verify', [...outcomes].map(asJson), published.map(copyStatus));
  else print(console, ...publishedLines(published));
  if (!isWhole) throw options.signal.reason;
  return withCopies(exitCode([...outcomes.values()], options.signal), published);
}

async function verifyOne(
  { name, source, progress, options: optionsOf }: OpenedSync,
  { repair, full, sample, json, signal }: VerifyCommandOptions,
  console: Console,
): Promise<Outcome> {
  const differences: Difference[] = [];
  const others = { unknown: 0, lasting: 0 };
  const onDifference = (difference: Difference): void => {
    // Those that the files table has no row of, a repair takes away.
    if (isUnknown(difference) && difference.path !== undefined) others.unknown += 1;
    if (difference.isLasting) others.lasting += 1;
    if (json) differences.push(difference);
    else progress.aside(() => print(console, line(difference)));
  };
  // How far it is the lines say.
  const emit = (): void => undefined;
  try {
    const sync = await optionsOf();
    const options = { ...sync, source: source.client, repair, full, sample, onDifference, emit };
    const report = await journaled(
      'verify',
      options,
      () => verify(options),
      (_line, trouble) => {
        if (trouble !== undefined) progress.note(`${name}: ${trouble}`);
      },
    );
    if (!json) progress.aside(() => print(console, ...summary(report, repair, others)));
    return { report, differences };
  } catch (error) {
    if (signal.aborted) progress.note(`${name}: interrupted; nothing can be said of the rest`);
    else progress.failed(error, name);
    return { error };
  }
}

/** The ledger does not know the file: its rows are of before a drop or a reset, or were written by others. */
function isUnknown({ reason, fileId }: Difference): boolean {
  return reason === 'rows' && fileId === '';
}

function line(difference: Difference): string {
  const { reason, key, path, fileId, detail, mended } = difference;
  const file = isUnknown(difference)
    ? (path ?? `_file_key ${key}`)
    : describeFile({ filePath: path, path: undefined, fileId });
  return `${mended ? 'mended ' : ''}${reason} ${file}: ${detail}`;
}

/** Differences that no repair mends, or not as others. */
interface Others {
  /** Rows of files that the ledger does not know. */
  readonly unknown: number;
  /** Rows of the history. */
  readonly lasting: number;
}

function summary(report: VerifyReport, repair: boolean, others: Others): readonly string[] {
  const { sync, outcome, watermarkMs, shown, held, examined, searches, requests, found } = report;
  const cost = costOf(requests, searches);
  if (outcome === 'not-run') {
    return [
      `${sync}: has not run to an end with this config yet; "tdp-sync run" brings ${counted(shown, 'file')}`,
      `  cost       ${cost}`,
      ...clockLines(report),
    ];
  }
  if (watermarkMs === undefined && shown + held === 0)
    return [
      `${sync}: equal to TDP: it shows no file for this filter, and the database holds none`,
      `  cost       ${cost}`,
      ...clockLines(report),
    ];
  const lines = [
    `${sync}: ${headline(report)}`,
    `  compared   ${counted(shown, 'file')} that TDP shows, up to ${moment(watermarkMs)}; the database holds ${number(held)}`,
    `  cost       ${cost}, ${number(examined)} of the files looked at one by one`,
  ];
  lines.push(
    `  rows       of all tables held against what the commits have recorded of them`,
    ...(report.sampled > 0
      ? [`  sample     ${counted(report.sampled, 'file')} fetched anew and compared cell by cell`]
      : []),
  );
  for (const [reason, count] of Object.entries(found))
    if (count > 0) lines.push(`  ${reason.padEnd(10)} ${number(count)}`);
  lines.push(...unredactedLines(report));
  return [...lines, ...clockLines(report), ...advice(report, repair, others)];
}

function costOf(requests: number, searches: number): string {
  const others = requests - searches;
  const asked = `${number(searches)} ${searches === 1 ? 'search' : 'searches'}`;
  return others === 0 ? asked : `${asked} and ${counted(others, 'other request')}`;
}

function headline({ outcome, mended, left, durationMs }: VerifyReport): string {
  const mending = mended === 0 ? '' : `${counted(mended, 'difference')} mended, `;
  if (outcome === 'equal') return `${mending}equal to TDP, in ${span(durationMs)}`;
  return `${mending}${counted(left, 'difference')}${mended === 0 ? '' : ' left'}, in ${span(durationMs)}`;
}

function advice(
  { left, found }: VerifyReport,
  repair: boolean,
  { unknown, lasting }: Others,
): readonly string[] {
  if (left === 0) return [];
  const { vanished, moved, unmatched, failed, ...others } = found;
  const mendable = Object.values(others).reduce((sum, count) => sum + count, 0);
  const isMendable = mendable > unknown + lasting;
  const lines: string[] = [];
  if (unknown > 0)
    lines.push(
      '  next       "tdp-sync sweep" settles rows of files that the ledger does not know, such as those from before a drop or a reset',
    );
  if (isMendable && !repair)
    lines.push('  next       "tdp-sync verify --repair" brings in what TDP shows');
  if (lasting > 0)
    lines.push(
      '  next       no repair makes rows of the history anew: put them back from a backup',
    );
  if (failed > 0)
    lines.push(
      '  next       "tdp-sync status" says why files have failed; when that is mended, "tdp-sync retry"',
    );
  if (moved + unmatched > 0)
    lines.push(
      '  next       "tdp-sync sweep" settles what has moved and what the filter does not match',
    );
  if (vanished > 0)
    lines.push('  next       "tdp-sync sweep", twice, decides what of the vanished was deleted');
  return lines;
}

function asJson([sync, outcome]: readonly [string, Outcome]): unknown {
  if (!('error' in outcome)) return { ...outcome.report, differences: outcome.differences };
  const { error } = outcome;
  const how = error instanceof Stopped ? 'interrupted' : 'failed';
  return { sync, outcome: how, error: describeError(error) };
}

function exitCode(outcomes: readonly Outcome[], signal: AbortSignal): number {
  if (signal.aborted) return stoppedCode(signal);
  for (const outcome of outcomes) if ('error' in outcome) return exitCodeOf(outcome.error);
  const isEqual = outcomes.every(
    (outcome) =>
      'report' in outcome && outcome.report.left === 0 && outcome.report.outcome === 'equal',
  );
  return isEqual ? ExitCode.complete : ExitCode.different;
}
