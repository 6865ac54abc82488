import type { RunReport } from '@tdp-sync/core';
import type { WithFailures } from '../failures.ts';
import { failureLines } from './failures.ts';
import { counted, number, size } from './format.ts';
import { dealtWith, schemaLines } from './summary.ts';

/** What a reload did. */
export interface ReloadReport extends RunReport {
  /** Files that were chosen. */
  readonly chosen: number;
  /** Of them, those that TDP does not show in the version that is held. */
  readonly notShown: number;
  /** Paths and fileIds that were asked for and mean no file. */
  readonly notFound: readonly string[];
}

/** What came of a reload, as a person reads it. */
export function reloadLines(report: WithFailures<ReloadReport>): readonly string[] {
  const { sync, outcome, chosen, loaded, notShown, failed, failing } = report;
  const ended =
    outcome === 'interrupted'
      ? `stopped after ${number(dealtWith(report))} of ${counted(chosen, 'file')}; the same command begins with the first file again`
      : `${number(loaded)} of ${counted(chosen, 'file')} loaded anew`;
  return [
    `${sync}: ${ended}${loaded === 0 ? '' : ` (${size(report.bytes)})`}`,
    ...(notShown > 0 && outcome === 'complete'
      ? [
          `  not shown  ${number(notShown)}: TDP has another version of them by now, or none; "tdp-sync run" and "tdp-sync sweep" settle that`,
        ]
      : []),
    ...(failed > 0 ? [`  failed     ${number(failed)}; rows of before stay`] : []),
    ...(failing > 0 ? failureLines(report.filesTable, report.failures) : []),
    ...schemaLines(report),
  ];
}
