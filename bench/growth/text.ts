import type { Step } from './lives.ts';
import type { GrowthResult } from './measure.ts';
import type { MemoryPoint } from './memory.ts';

const LABELS: Readonly<Record<Step, string>> = {
  first: 'first sync',
  added: 'as many new files at each size',
  renewed: '1% of the files changed',
  quiet: 'quiet run',
  swept: 'sweep of them all',
  verified: 'verification of them all',
};

/** The result as tables. */
export function growthText({ options, shapes, memory }: GrowthResult): string {
  const { rounds } = options;
  return [
    `medians of ${rounds} rounds; "x first" is CPU time per file over that at the first size, within a round`,
    ...shapes.map(({ shape, points }) =>
      [
        `${shape}`.padEnd(36) +
          '    held      files   CPU us/file    files/s  x first  CPU ms  peak MiB  searches',
        ...points.map((point) =>
          [
            `  ${LABELS[point.step]}`.padEnd(34),
            count(point.size).padStart(10),
            count(point.files).padStart(11),
            (point.cpuUsPerFile?.toFixed(0) ?? '').padStart(14),
            (point.filesPerSecond?.toFixed(0) ?? '').padStart(11),
            (point.ofFirst?.toFixed(2) ?? '').padStart(9),
            point.cpuMs.toFixed(0).padStart(8),
            point.peakMiB.toFixed(0).padStart(10),
            count(point.searches).padStart(10),
          ].join(''),
        ),
      ].join('\n'),
    ),
    ...memory.map(memoryLine),
  ].join('\n');
}

function memoryLine({ label, files, peakMiB, ofFirst }: MemoryPoint): string {
  const said =
    peakMiB === null
      ? 'ended with an error'
      : `${peakMiB.toFixed(0)} MiB, x first ${ofFirst?.toFixed(2) ?? '-'}`;
  return `peak memory, ${label}: ${count(files)}, ${said}`;
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}
