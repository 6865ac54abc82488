import type { AgainstResult } from './against.ts';
import type { ChanceResult } from './chances.ts';
import type { FoundResult } from './found.ts';

/** One latency as a table. */
export function againstText({ latencyMs, cases, ofBound, refusedShare }: AgainstResult): string {
  return [
    `${`${latencyMs} ms`.padEnd(40)}    files/s  client us/file  peak MiB  times as fast`,
    ...cases.map((one) =>
      [
        `  ${one.label}`.padEnd(40),
        one.filesPerSecond.toFixed(1).padStart(11),
        one.cpuUsPerFile.toFixed(0).padStart(16),
        one.peakMiB.toFixed(0).padStart(10),
        one.times.toFixed(1).padStart(15),
      ].join(''),
    ),
    `  64 at once / what 64 can reach at this latency: ${ofBound.toFixed(2)}`,
    `  refusals per file: ${refusedShare.toFixed(3)}`,
  ].join('\n');
}

/** The kinds of server as a table. */
export function foundText(results: readonly FoundResult[]): string {
  return [
    `${'server'.padEnd(58)}best fixed    files/s   tdp-sync    of best  refused`,
    ...results.map((one) =>
      [
        one.label.padEnd(58),
        String(one.best.number).padStart(10),
        one.best.filesPerSecond.toFixed(1).padStart(11),
        one.filesPerSecond.toFixed(1).padStart(11),
        one.ofBest.toFixed(2).padStart(11),
        `${(one.refusedShare * 100).toFixed(1)}%`.padStart(9),
      ].join(''),
    ),
  ].join('\n');
}

/** What chance failures cost, as a table for each kind of server. */
export function chancesText({ label, files, faultless, chances }: ChanceResult): string {
  const row = (name: string, filesPerSecond: number, of: number): string =>
    [
      `  ${name}`.padEnd(30),
      filesPerSecond.toFixed(1).padStart(11),
      of.toFixed(2).padStart(15),
    ].join('');
  return [
    `${files.toLocaleString('en-US')} files, ${label}`,
    `${'  fail by chance'.padEnd(30)}    files/s   of faultless`,
    row('none', faultless, 1),
    ...chances.map(({ share, filesPerSecond, ofFaultless }) =>
      row(`${(share * 100).toFixed(1)}%`, filesPerSecond, ofFaultless),
    ),
  ].join('\n');
}
