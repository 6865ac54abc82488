import type { ColumnType } from '@tdp-sync/sink';
import type { Cell, ExtractedTable } from '../transform.ts';
import { cellOf, type Literal } from './cells.ts';
import type { Cube } from './cubes.ts';
import { addPointColumns, type PointColumn, type PointColumns } from './cubes-columns.ts';
import { systemColumns } from './tables.ts';

/** A cube and the row that describes it. */
interface PlacedCube {
  readonly cube: Cube;
  readonly row: bigint;
  readonly uuid: string;
}

/**
 * The points of all data cubes of a file as one table, named as in TetraScience's own files of cubes
 * (`dimension_0_value`, `measure_0_value`). The last dimension counts fastest.
 */
export class CubePoints {
  readonly #name: string;
  readonly #uuids: boolean;
  readonly #cubes: PlacedCube[] = [];

  constructor(name: string, uuids: boolean) {
    this.#name = name;
    this.#uuids = uuids;
  }

  /** Adds the points of a cube, which is described by this row. */
  add(cube: Cube, row: number, uuid: string): void {
    if (cube.points > 0) this.#cubes.push({ cube, row: BigInt(row), uuid });
  }

  /** The rows are made while they are read. */
  table(): ExtractedTable | undefined {
    if (this.#cubes.length === 0) return undefined;
    const columns = [...systemColumns({ isRoot: false, hasUuid: false, uuids: this.#uuids })];
    const layout = addPointColumns(
      columns,
      this.#cubes.map(({ cube }) => cube),
    );
    const cubes = this.#cubes;
    const system = ({ row, uuid }: PlacedCube): readonly Cell[] =>
      this.#uuids ? [row, uuid] : [row];
    return {
      // Ordinary tables end in `[]`: this one is nobody else's.
      path: 'datacubes[].measures[].value',
      name: this.#name,
      columns,
      rows: {
        length: cubes.reduce((sum, { cube }) => sum + cube.points, 0),
        *[Symbol.iterator]() {
          for (const placed of cubes)
            for (const line of linesOf(placed.cube, layout, system(placed)))
              for (let index = 0; index < line.length; index += 1) yield pointOf(line, index);
        },
      },
    };
  }
}

/** Points that differ in the last dimension only. */
interface Line {
  readonly length: number;
  /** What they have in common. */
  readonly head: readonly Cell[];
  readonly indexes: readonly Cell[];
  readonly indexSlot: number;
  readonly scale: readonly Cell[];
  readonly scaleSlot: number | undefined;
  readonly measures: readonly (PointColumn & { readonly values: readonly unknown[] })[];
}

function* linesOf(
  { scales, measures, points }: Cube,
  columns: PointColumns,
  system: readonly Cell[],
): Generator<Line> {
  const dimensions = scales.map(({ nested }, at) => cellsOf(nested, columns.scales[at]));
  const last = dimensions.length - 1;
  const scale = dimensions[last] ?? [];
  const common = {
    length: scale.length,
    indexes: scale.map((_, index) => BigInt(index)),
    indexSlot: columns.indexes[last]?.slot ?? 0,
    scale,
    scaleSlot: columns.scales[last]?.slot,
  };
  const at = dimensions.map(() => 0);
  for (let made = 0; made < points; made += scale.length) {
    const values = measures.flatMap(({ nested }, measure) => {
      const column = columns.measures[measure];
      return column === undefined ? [] : [{ ...column, values: lineAt(nested, at) }];
    });
    yield { ...common, head: headOf(dimensions, at, columns, system), measures: values };
    advance(at, dimensions);
  }
}

function pointOf(line: Line, index: number): readonly Cell[] {
  const row = line.head.slice();
  row[line.indexSlot] = line.indexes[index] ?? null;
  if (line.scaleSlot !== undefined) row[line.scaleSlot] = line.scale[index] ?? null;
  for (const { slot, type, values } of line.measures) row[slot] = cellAt(values[index], type);
  return row;
}

/** What the points of one line, which differ in the last dimension only, have in common. */
function headOf(
  dimensions: readonly (readonly Cell[])[],
  at: readonly number[],
  columns: PointColumns,
  system: readonly Cell[],
): Cell[] {
  const head = new Array<Cell>(columns.width).fill(null);
  for (const [slot, cell] of system.entries()) head[slot] = cell;
  for (const [dimension, cells] of dimensions.entries()) {
    const index = at[dimension] ?? 0;
    const slot = columns.scales[dimension]?.slot;
    head[columns.indexes[dimension]?.slot ?? 0] = BigInt(index);
    if (slot !== undefined) head[slot] = cells[index] ?? null;
  }
  return head;
}

function lineAt(nested: readonly unknown[], at: readonly number[]): readonly unknown[] {
  let line = nested;
  for (const index of at.slice(0, -1)) line = line[index] as readonly unknown[];
  return line;
}

/** Counts on in all dimensions but the last. */
function advance(at: number[], dimensions: readonly (readonly Cell[])[]): void {
  for (let dimension = at.length - 2; dimension >= 0; dimension -= 1) {
    const next = (at[dimension] ?? 0) + 1;
    if (next < (dimensions[dimension]?.length ?? 0)) {
      at[dimension] = next;
      return;
    }
    at[dimension] = 0;
  }
}

function cellsOf(values: readonly unknown[], column: PointColumn | undefined): readonly Cell[] {
  return values.map((value) => (column === undefined ? null : cellAt(value, column.type)));
}

function cellAt(value: unknown, type: ColumnType): Cell {
  if (value === null || value === undefined) return null;
  // The usual numbers need no second look.
  if (typeof value === 'number' && type === 'float64') return value;
  return cellOf(value as Literal, type);
}
