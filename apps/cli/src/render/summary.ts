import type { RunReport, SchemaCount, SweepReport } from '@tdp-sync/core';
import type { WithFailures } from '../failures.ts';
import { clockSentences, pulledBackSentence } from './clocks.ts';
import { redactionNote } from './column-rules.ts';
import { failureLines } from './failures.ts';
import { counted, moment, number, size, span } from './format.ts';

/** What a run did, as a person wants to read it, in lines. */
export function summary(
  report: WithFailures<RunReport>,
  head: string = headline(report),
): readonly string[] {
  const { sync, seen, known, loaded, refreshed, deleted, failed, failing } = report;
  const rate = (loaded * 1000) / Math.max(report.durationMs, 1);
  const lines = [
    `${sync}: ${head}`,
    `  seen       ${counted(seen, 'hit')} of TDP's search (windows overlap)`,
    `  loaded     ${number(loaded)}${loaded === 0 ? '' : `  (${size(report.bytes)}, ${number(rate)} files/s)`}`,
    `  up to date ${number(known)}  (not fetched again)`,
  ];
  if (refreshed > 0) lines.push(`  refreshed  ${number(refreshed)}  (attributes only)`);
  if (deleted > 0) lines.push(`  deleted    ${number(deleted)}`);
  if (failing > 0)
    lines.push(
      `  failed     ${number(failing)}${failing > failed ? `  (${number(failing - failed)} of them before this run; "tdp-sync retry" tries all now)` : ''}`,
      ...failureLines(report.filesTable, report.failures),
    );
  lines.push(...schemaLines(report), ...unredactedLines(report));
  lines.push(`  complete   ${reached(report)}`, ...backlogLines(report), ...clockLines(report));
  return lines;
}

/** Files that a run has come to an end with, as the database has them. */
export function dealtWith({ known, loaded, refreshed, deleted, failed }: RunReport): number {
  return known + loaded + refreshed + deleted + failed;
}

/** What is to be told of clocks, and of what wrong clocks have left behind. */
export function clockLines({
  clocks,
  pulledBack,
}: Pick<RunReport, 'clocks'> & Partial<Pick<RunReport, 'pulledBack'>>): readonly string[] {
  const lines = clockSentences(clocks).map((sentence) => `  clocks     ${sentence}`);
  if (pulledBack === undefined) return lines;
  const { fromMs, toMs } = pulledBack;
  return [...lines, `  pulled     ${pulledBackSentence(fromMs, toMs)}`];
}

/** What has changed in the tables, and what did not fit. */
export function schemaLines({ schema }: RunReport): readonly string[] {
  const of = (is: SchemaCount['is']): readonly SchemaCount[] =>
    schema.filter((one) => one.is === is);
  const added = of('added');
  const tables = new Set(added.map(({ table }) => table)).size;
  const lines =
    added.length === 0
      ? []
      : [`  schema     ${counted(added.length, 'column')} added in ${counted(tables, 'table')}`];
  const renamed = schema.flatMap((one) =>
    one.is === 'renamed' ? `${place(one)}, since ${JSON.stringify(one.wanted)} was taken` : [],
  );
  if (renamed.length > 0) lines.push(`  renamed    ${firstOf(renamed)}`);
  const unfit = named(of('unfit'));
  if (unfit !== '') lines.push(`  unfit      values that are in <column>__text instead: ${unfit}`);
  const dropped = named(of('dropped'));
  if (dropped !== '') lines.push(`  dropped    no place for it in the tables: ${dropped}`);
  return lines;
}

/** What rules of `columns` have come too late for, as long as it is so. */
export function unredactedLines({
  unredacted = 0,
}: Pick<RunReport, 'unredacted'>): readonly string[] {
  return unredacted === 0 ? [] : [`  columns    ${redactionNote({ files: unredacted })}`];
}

const NAMED = 5;

function named(counts: readonly SchemaCount[]): string {
  return firstOf(counts.map((one) => `${place(one)} (${counted(one.files, 'file')})`));
}

function place({ table, column }: SchemaCount): string {
  return column === '*' ? table : `${table}.${column}`;
}

function firstOf(texts: readonly string[]): string {
  const first = texts.slice(0, NAMED);
  const rest = texts.length - first.length;
  return [...first, ...(rest > 0 ? [`${number(rest)} more`] : [])].join(', ');
}

/** What a sweep found, in lines below a headline. */
export function sweepLines(report: SweepReport): readonly string[] {
  const { seen, missing, vanished, hidden, moved, unmatched, outcome } = report;
  const { loaded, refreshed, missed, wentBack } = report;
  if (outcome === 'interrupted') return ['  swept      interrupted; nothing was marked'];
  const newer = loaded - missed - wentBack;
  const found = [
    missed > 0 ? `${counted(missed, 'file')} loaded that every window had missed` : '',
    wentBack > 0 ? `${counted(wentBack, 'file')} put back to an earlier version, as TDP shows` : '',
    newer > 0
      ? `${counted(newer, 'file')} loaded that ${newer === 1 ? 'is' : 'are'} newer than the last run`
      : '',
    refreshed > 0 ? `${counted(refreshed, 'file')} with changed attributes` : '',
    missing > 0
      ? `${counted(missing, 'file')} missing in TDP, to be decided by the next sweep`
      : '',
    vanished > 0 ? `${counted(vanished, 'file')} deleted in TDP` : '',
    moved > 0 ? `${counted(moved, 'file')} taken away from the old key` : '',
    unmatched > 0 ? `${counted(unmatched, 'file')} that the filter does not match any more` : '',
    hidden > 0
      ? `${counted(hidden, 'file')} not shown by the search, without a record that says so: nothing was changed`
      : '',
  ].filter((part) => part !== '');
  return [
    `  swept      ${counted(seen, 'hit')} listed: ${found.length === 0 ? 'nothing has drifted' : found.join(', ')}`,
  ];
}

/** What has changed and how long it took, or why nothing has. */
export function headline(report: RunReport): string {
  const { outcome, watermarkMs, loaded, refreshed, deleted, failed, failing, durationMs } = report;
  const { slicesLeft } = report;
  if (outcome === 'interrupted')
    return `interrupted after ${span(durationMs)}; everything committed stays, "tdp-sync run" continues here`;
  if (watermarkMs === undefined && slicesLeft === 0) return nothingYet(report);
  const changed = loaded + refreshed + deleted;
  const parts = [
    ...(changed > 0 ? [`${counted(changed, 'file')} brought up to date`] : []),
    ...(failed > 0 ? [`${counted(failed, 'file')} failed`] : []),
  ];
  // Files that were tried and failed were new, so that "nothing new" would be wrong.
  if (parts.length > 0) return `${parts.join(', ')} in ${span(durationMs)}`;
  const before = failing === 0 ? '' : `, ${counted(failing, 'file')} failed before`;
  return `nothing new${before} in ${span(durationMs)}`;
}

/** What of a backlog that was cut for several workers is not in the database. */
function backlogLines({ slicesLeft }: RunReport): readonly string[] {
  if (slicesLeft === 0) return [];
  const left = counted(slicesLeft, 'slice');
  return [
    `  backlog    ${left} left, which workers were at lately ("tdp-sync run --slice"); when none is for ten minutes, a run brings them in`,
  ];
}

/** Why there is nothing: no file, or no time yet for which there could be one. */
function nothingYet({ startMs, clocks }: RunReport): string {
  if (startMs !== undefined && startMs >= clocks.nowMs)
    return `nothing to do before ${moment(startMs)}, where it begins (since): by the clocks it is ${moment(clocks.nowMs)}`;
  if (clocks.future !== undefined) return 'TDP shows only files that are indexed in the future';
  return 'TDP shows no file for this filter';
}

/** What the database is complete up to, and what TDP had besides when it was asked. */
function reached({ watermarkMs, behindMs, clocks }: RunReport): string {
  if (watermarkMs === undefined) return 'up to nothing yet';
  const rest = behindMs === 0 ? 'nothing' : span(behindMs);
  return `up to ${moment(watermarkMs)}, ${rest} behind TDP as of ${moment(clocks.nowMs)}`;
}
