import type { BackfillReport } from '@tdp-sync/core';
import type { WithFailures } from '../failures.ts';
import { failureLines } from './failures.ts';
import { counted, moment, number, size } from './format.ts';
import { clockLines, dealtWith, schemaLines } from './summary.ts';

/** A stretch of time, in milliseconds since 1970. */
export interface Stretch {
  /** Left out: from where the sync begins. */
  readonly from: number | undefined;
  /** Left out: until now. */
  readonly to: number | undefined;
}

/** What came of a stretch of time, as a person reads it. */
export function backfillLines(
  report: WithFailures<BackfillReport>,
  { to }: Stretch,
): readonly string[] {
  const { sync, files, window, known, loaded, refreshed, failing } = report;
  const isCut = files !== undefined && to !== undefined && to > window.toMs;
  return [
    `${sync}: ${doneText(report)}`,
    `  loaded     ${number(loaded)}${loaded === 0 ? '' : `  (${size(report.bytes)})`}`,
    `  up to date ${number(known)}  (not fetched again)`,
    ...(refreshed > 0 ? [`  refreshed  ${number(refreshed)}  (attributes only)`] : []),
    ...(failing > 0
      ? [
          `  failed     ${number(failing)}  (of the whole sync)`,
          ...failureLines(report.filesTable, report.failures),
        ]
      : []),
    ...schemaLines(report),
    ...(isCut ? ['  younger    what has not settled yet is for the next run'] : []),
    `  position   ${positionText(report.watermarkMs)}`,
    ...clockLines(report),
  ];
}

/** A stretch of time in words. */
export function stretchText(fromMs: number | undefined, toMs: number | undefined): string {
  const from = fromMs === undefined ? '' : `from ${moment(fromMs)} on`;
  const to = toMs === undefined ? '' : `before ${moment(toMs)}`;
  return [from, to].filter((part) => part !== '').join(' and ');
}

function doneText(report: BackfillReport): string {
  const { files, window, clocks } = report;
  const { fromMs, toMs } = window;
  if (files === undefined)
    return `stopped after ${counted(dealtWith(report), 'file')}; the same command goes on, and retrieves only what is missing`;
  if (toMs > fromMs)
    return `${counted(files, 'file')} indexed ${stretchText(fromMs || undefined, toMs)}, all looked at`;
  return fromMs > clocks.nowMs
    ? `nothing to look at: ${moment(fromMs)} is in the future`
    : `nothing to look at: what was indexed from ${moment(fromMs)} on has not settled yet, and is for the next run`;
}

function positionText(positionMs: number | undefined): string {
  if (positionMs === undefined) return 'none yet: "tdp-sync run" brings in the rest';
  return `stays at ${moment(positionMs)}`;
}
