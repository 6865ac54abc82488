import type { ColumnType } from '@tdp-sync/sink';
import type { ColumnNote, ExtractedColumn } from '../transform.ts';
import type { Census, Cube } from './cubes.ts';

/** A column of the points, and where its cells stand in the rows. */
export interface PointColumn {
  readonly slot: number;
  readonly type: ColumnType;
}

/** Columns of the dimensions and measures, by their position in the cubes. Those without values have none. */
export interface PointColumns {
  readonly indexes: readonly PointColumn[];
  readonly scales: readonly (PointColumn | undefined)[];
  readonly measures: readonly (PointColumn | undefined)[];
  readonly width: number;
}

/** Adds the columns that have something to hold. */
export function addPointColumns(columns: ExtractedColumn[], cubes: readonly Cube[]): PointColumns {
  const most = (of: (cube: Cube) => number): readonly number[] => [
    ...Array(cubes.reduce((most, cube) => Math.max(most, of(cube)), 0)).keys(),
  ];
  const indexes: PointColumn[] = [];
  const scales = most((cube) => cube.scales.length).map((at) => {
    const path = `dimensions[${at}]`;
    const name = `dimension_${at}_index`;
    indexes.push({
      slot: columns.push({ path, name, type: 'int64', unfit: 0, about: aboutPoints(path) }) - 1,
      type: 'int64',
    });
    return addColumn(columns, `${path}.scale[]`, `dimension_${at}_value`, scaleCounts(cubes, at));
  });
  const measures = most((cube) => cube.measures.length).map((at) =>
    addColumn(columns, `measures[${at}].value[]`, `measure_${at}_value`, measureCounts(cubes, at)),
  );
  return { indexes, scales, measures, width: columns.length };
}

/** What was counted, and how often each value comes up in the rows. */
interface Count {
  readonly census: Census;
  readonly times: number;
}

function scaleCounts(cubes: readonly Cube[], at: number): readonly Count[] {
  return cubes.flatMap(({ scales, points }) => {
    const scale = scales[at];
    return scale === undefined
      ? []
      : [{ census: scale.census, times: points / scale.nested.length }];
  });
}

function measureCounts(cubes: readonly Cube[], at: number): readonly Count[] {
  return cubes.flatMap(({ measures }) => {
    const measure = measures[at];
    return measure === undefined ? [] : [{ census: measure.census, times: 1 }];
  });
}

function addColumn(
  columns: ExtractedColumn[],
  path: string,
  name: string,
  counts: readonly Count[],
): PointColumn | undefined {
  const type = counts.map(({ census }) => census.type).find((found) => found !== undefined);
  if (type === undefined) return undefined;
  const unfit = counts.reduce((sum, { census, times }) => sum + unfitIn(census, type) * times, 0);
  const column = { path, name, type, unfit, about: aboutPoints(path) };
  return { slot: columns.push(column) - 1, type };
}

/** By the path within a cube: of so many dimensions and measures there are not many. */
const notes = new Map<string, ColumnNote>();

function aboutPoints(path: string): ColumnNote {
  const known = notes.get(path) ?? { path: `datacubes[].${path}` };
  notes.set(path, known);
  return known;
}

function unfitIn({ values, fit }: Census, type: ColumnType): number {
  const fitting = type === 'string' || type === 'float64' || type === 'boolean' ? fit[type] : 0;
  return values - fitting;
}
