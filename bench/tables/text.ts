import type { GrowthPoint } from './growth.ts';
import type { KindCase, KindResult, Leg } from './kinds.ts';
import type { MemoryResult } from './memory.ts';

const LEGS: Readonly<Record<Leg, string>> = {
  extract: 'in memory',
  sync: 'sync into DuckDB',
  staged: 'DuckDB alone, the same rows',
};
const SHAPES: Readonly<Record<KindCase['shape'], string>> = {
  parse: 'JSON.parse alone',
  exact: 'exact parse',
  document: 'whole document',
  mapping: 'mapping, three tables',
  rows: 'auto, cubes as rows',
  json: 'auto, cubes as JSON',
  none: 'auto, no cubes',
};
const NOUNS: Readonly<Record<GrowthPoint['axis'], string>> = {
  columns: 'columns of one table, 1,000 values per document',
  tables: 'tables of one layout, 100 rows per document',
  layouts: 'layouts in a sync, 100 rows per document',
  wide: 'layouts by turns, 300 columns per document',
  apart: 'files, each with two tables of its own',
  untouched: 'other layouts in the database, 5 tables each, that no document touches',
};

/** Every case of a kind. */
export function kindText({ kind, bytesPerFile, cases }: KindResult): string {
  const lines = [`${kind}, ${(bytesPerFile / 1000).toFixed(1)} KB per document`];
  let leg: Leg | undefined;
  for (const one of cases) {
    if (one.leg !== leg) lines.push(headLine(one.leg));
    leg = one.leg;
    lines.push(caseLine(one));
  }
  return lines.join('\n');
}

function headLine(leg: Leg): string {
  return row(LEGS[leg], [
    'rows/doc',
    'CPU us/doc',
    'us/row',
    'rows/s',
    'x parse',
    'x whole',
    'peak MiB',
  ]);
}

function caseLine(one: KindCase): string {
  const { shape, rowsPerFile, cpuUsPerFile, cpuUsPerRow, rowsPerSecond } = one;
  return row(`  ${SHAPES[shape]}`, [
    rowsPerFile.toFixed(0),
    count(cpuUsPerFile),
    cpuUsPerRow === null ? '' : cpuUsPerRow.toFixed(2),
    cpuUsPerRow === null ? '' : count(rowsPerSecond),
    one.ofParse.toFixed(1),
    one.ofDocuments.toFixed(2),
    one.peakMiB.toFixed(0),
  ]);
}

/** What grows with what. */
export function growthText(points: readonly GrowthPoint[]): string {
  const lines: string[] = [];
  let axis: GrowthPoint['axis'] | undefined;
  for (const point of points) {
    if (point.axis !== axis) lines.push(NOUNS[point.axis], GROWTH_HEAD);
    axis = point.axis;
    lines.push(growthLine(point));
  }
  return lines.join('\n');
}

const GROWTH_HEAD: string = growthRow('', [
  ...['us/doc in mem', 'x parse', 'x first', 'sync us/doc', 'x first'],
  ...['files', 'commits', 'ms/commit', 'peak MiB'],
]);

function growthLine({ size, extract, sync }: GrowthPoint): string {
  const inMemory =
    extract === null
      ? ['', '', '']
      : [count(extract.cpuUsPerFile), extract.ofParse.toFixed(1), extract.ofFirst.toFixed(2)];
  return growthRow(`  ${count(size)}`, [
    ...inMemory,
    count(sync.cpuUsPerFile),
    sync.ofFirst.toFixed(2),
    count(sync.files),
    count(sync.commits),
    count(sync.cpuMsPerCommit),
    sync.peakMiB.toFixed(0),
  ]);
}

function growthRow(label: string, cells: readonly string[]): string {
  return `${label.padEnd(8)}${cells.map((cell) => cell.padStart(14)).join('')}`.trimEnd();
}

/** Peaks of syncs of several batches. */
export function memoryText(results: readonly MemoryResult[]): string {
  const lines = results.map(({ kind, shape, files, rows, peakMiB }) =>
    row(`  ${kind}, ${SHAPES[shape]}`, [count(files), count(rows), peakMiB.toFixed(0)]),
  );
  return [row('several batches in one sync', ['files', 'rows', 'peak MiB']), ...lines].join('\n');
}

function count(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: value < 100 ? 1 : 0 });
}

function row(label: string, cells: readonly string[]): string {
  return `${label.padEnd(38)}${cells.map((cell) => cell.padStart(12)).join('')}`.trimEnd();
}
