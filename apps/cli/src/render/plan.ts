import type { Forecast } from '@tdp-sync/core';
import { counted, moment, number, size, span } from './format.ts';
import { clockLines } from './summary.ts';

/** What the next run of a sync is expected to do and to take. */
export interface Expectation {
  readonly sync: string;
  readonly found: Forecast;
  /** `undefined` where nothing was measured. */
  readonly rate:
    | {
        readonly filesPerSecond: number;
        readonly bytesPerFile: number;
        readonly measuredBy: 'runs' | 'sample';
        readonly files: number;
      }
    | undefined;
  /** Files whose content is retrieved, those among them that had failed before. */
  readonly retrievals: number;
  /** Whether each retrieval asks TDP for an address first. */
  readonly isTwofold: boolean;
  readonly seconds: number | undefined;
  /** Transactions, at least. */
  readonly commits: number;
  /** The database's file, where that can be told. */
  readonly file:
    | { readonly path: string; readonly bytes: number; readonly bytesPerFile: number }
    | undefined;
}

/** An expectation as a person reads it. What was not counted is called about so much, and says from what it follows. */
export function planLines(plan: Expectation): readonly string[] {
  const { sync, found, retrievals } = plan;
  const { window, hits, looked, toRetrieve, toNote, known, failedDue, rebuilt } = found;
  if (window === undefined || hits + failedDue + rebuilt === 0)
    return [`${sync}: nothing to do for the next run`, ...clockLines(found)];
  const isExact = looked >= hits;
  const about = isExact ? '' : 'about ';
  const all = (count: number): number => (looked === 0 ? 0 : (count * hits) / looked);
  const from = isExact
    ? ''
    : `  (an estimate from ${number(looked)} of the hits, chosen by their ids)`;
  const unsized =
    toRetrieve.unsized === 0 ? '' : `, and ${number(toRetrieve.unsized)} without a size`;
  const lines = [
    `${sync}: what the next run would do`,
    `  looks at   ${counted(hits, 'hit')} of TDP's search, indexed from ${moment(window.fromMs)} on and before ${moment(window.toMs)}`,
    `  retrieves  ${about}${counted(all(toRetrieve.files), 'file')}, ${about}${size(all(toRetrieve.bytes))} as TDP stores them${unsized}${from}`,
    ...(toNote > 0
      ? [`  notes      ${about}${counted(all(toNote), 'file')} by a row in the files table alone`]
      : []),
    `  has        ${about}${counted(all(known), 'file')} of them already`,
    ...(failedDue > 0 ? [`  retries    ${counted(failedDue, 'failed file')} that are due`] : []),
    ...(rebuilt > 0
      ? [
          `  rebuilds   the rows of ${counted(rebuilt, 'file')} first, since the mapping has changed; that is in none of the numbers`,
        ]
      : []),
  ];
  if (retrievals === 0) return [...lines, ...clockLines(found)];
  return [...lines, ...costLines(plan, about), ...clockLines(found)];
}

function costLines(plan: Expectation, about: string): readonly string[] {
  const { found, retrievals, isTwofold, commits, file, rate } = plan;
  const twofold = isTwofold ? ', each one request to TDP and one to its storage' : '';
  const more =
    file === undefined
      ? []
      : [
          `  file       ${file.path} takes ${size(file.bytes)} for ${counted(found.held, 'file')} by now; at that, about ${size(file.bytesPerFile * retrievals)} more`,
        ];
  const unpacked =
    rate === undefined ? '' : `, about ${size(rate.bytesPerFile * retrievals)} of content unpacked`;
  return [
    `  requests   about ${number(found.searches)} searches; ${about}${counted(retrievals, 'retrieval')}${twofold}`,
    `  time       ${timeText(plan)}`,
    `  database   at least ${counted(commits, 'transaction')}${unpacked}`,
    ...more,
  ];
}

function timeText({ seconds, rate }: Expectation): string {
  if (seconds === undefined || rate === undefined)
    return 'unknown: no run has brought enough files yet, and nothing was measured';
  const speed = rate.filesPerSecond.toFixed(rate.filesPerSecond < 10 ? 1 : 0);
  const how =
    rate.measuredBy === 'runs'
      ? `as in the runs so far (${counted(rate.files, 'file')})`
      : `as measured now with ${counted(rate.files, 'file')}, retrieved and thrown away; a run retrieves more at once, and its database takes time besides`;
  return `about ${span(seconds * 1000)} at ${speed} files/s, ${how}`;
}
