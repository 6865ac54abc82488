import { isContainer, isObject, type JsonObject } from '../../exact-json.ts';
import type { ExtractedTable } from '../transform.ts';
import { isEmpty, jsonCell, type Literal } from './cells.ts';
import { regularCube } from './cubes.ts';
import type { CubePoints } from './cubes-points.ts';
import { MAX_LEVELS, type Place, type TablePlan } from './places.ts';
import { byRank, OpenTable } from './tables.ts';

/** How one file is flattened. */
export interface FlattenOptions {
  /** The beginning of all its uuids; `undefined` without them. */
  readonly uuidStem: string | undefined;
  readonly datacubes: 'rows' | 'json' | 'none';
  /** Gathers the points of its data cubes. */
  readonly points: CubePoints;
}

/** The tables of one document, in one walk over it. */
export function flatten(
  plan: TablePlan,
  document: unknown,
  options: FlattenOptions,
): readonly ExtractedTable[] {
  const flattening = new Flattening(options);
  try {
    if (Array.isArray(document)) flattening.items(plan, document, 0n, '');
    else flattening.row(plan, document, 0n, '');
    return flattening.finish();
  } finally {
    flattening.close();
  }
}

class Flattening {
  readonly #options: FlattenOptions;
  readonly #tables = new Map<TablePlan, OpenTable>();
  /** Whether the numbers of the cube at hand become rows of their own. */
  #hasPoints = false;

  constructor(options: FlattenOptions) {
    this.#options = options;
  }

  items(plan: TablePlan, items: readonly unknown[], parentRow: bigint, parentUuid: string): void {
    for (const item of items) this.row(plan, item, parentRow, parentUuid);
  }

  row(plan: TablePlan, item: unknown, parentRow: bigint, parentUuid: string): OpenTable {
    const table = this.#tables.get(plan) ?? this.#open(plan);
    table.addRow(parentRow, parentUuid);
    this.#value(plan.row, item, table);
    return table;
  }

  finish(): readonly ExtractedTable[] {
    const points = this.#options.points.table();
    return [
      ...[...this.#tables.values()]
        .sort((a, b) => byRank(a.plan, b.plan))
        .flatMap((table) => table.finish() ?? []),
      ...(points === undefined ? [] : [points]),
    ];
  }

  close(): void {
    for (const table of this.#tables.values()) table.close();
  }

  #open(plan: TablePlan): OpenTable {
    const table = new OpenTable(plan, this.#options.uuidStem);
    this.#tables.set(plan, table);
    return table;
  }

  #value(place: Place, value: unknown, table: OpenTable): void {
    if (value === null) return;
    if (place.part !== undefined) this.#partOfCubes(place, value, table);
    else this.#ordinary(place, value, table);
  }

  #ordinary(place: Place, value: unknown, table: OpenTable): void {
    if (!isContainer(value)) table.put(place, value as Literal);
    else if (place.depth >= MAX_LEVELS) putWhole(place, value, table);
    else if (Array.isArray(value)) this.#array(place, value, table);
    else this.#object(place, value as JsonObject, table);
  }

  #object(place: Place, object: JsonObject, table: OpenTable): void {
    for (const key in object) {
      const value = object[key];
      // A place that never holds anything is not worth remembering.
      if (value !== null) this.#value(place.child(key), value, table);
    }
  }

  #array(place: Place, items: readonly unknown[], table: OpenTable): void {
    if (items.length === 0) return;
    if (items.some(isContainer)) this.items(place.items, items, BigInt(table.ordinal), table.uuid);
    else table.putJson(place, jsonCell(items));
  }

  /** The data cubes, or the scale of a dimension or value of a measure, which stays whole unless it becomes points. */
  #partOfCubes(place: Place, value: unknown, table: OpenTable): void {
    if (place.part === 'payload') {
      if (!this.#hasPoints) putWhole(place, value, table);
    } else if (this.#options.datacubes === 'rows' && Array.isArray(value) && value.some(isObject)) {
      for (const item of value) this.#cube(place.items, item, table);
    } else if (this.#options.datacubes !== 'none') this.#ordinary(place, value, table);
  }

  #cube(plan: TablePlan, item: unknown, parent: OpenTable): void {
    const cube = isObject(item) ? regularCube(item) : undefined;
    this.#hasPoints = cube !== undefined;
    const table = this.row(plan, item, BigInt(parent.ordinal), parent.uuid);
    if (cube !== undefined) this.#options.points.add(cube, table.ordinal, table.uuid);
  }
}

function putWhole(place: Place, value: unknown, table: OpenTable): void {
  if (!isContainer(value) || !isEmpty(value)) table.putJson(place, jsonCell(value));
}
