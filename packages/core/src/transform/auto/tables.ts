import type { ColumnType } from '@tdp-sync/sink';
import { type Cell, type ExtractedColumn, type ExtractedTable, Unfit } from '../transform.ts';
import { cellOf, type Literal, typeOf } from './cells.ts';
import { OpenColumn } from './column.ts';
import type { Place, TablePlan } from './places.ts';

/** Ordinary paths never begin with a dot and go on, so these are nobody else's. */
const PARENT_ROW: ExtractedColumn = system(
  '_parent_row',
  'int64',
  'The row that this one belongs to: its _row in the table above.',
);
const UUID: ExtractedColumn = system(
  'uuid',
  'string',
  'Names the row, the same at each load of the file.',
);
const PARENT_UUID: ExtractedColumn = system(
  'parent_uuid',
  'string',
  'The row that this one belongs to: its uuid.',
);

function system(name: string, type: ColumnType, description: string): ExtractedColumn {
  return { path: `.${name}`, name, type, unfit: 0, about: { description } };
}

/** The columns that come first in a table. */
export function systemColumns(of: {
  readonly isRoot: boolean;
  readonly hasUuid: boolean;
  readonly uuids: boolean;
}): readonly ExtractedColumn[] {
  return [
    ...(of.isRoot ? [] : [PARENT_ROW]),
    ...(of.uuids && of.hasUuid ? [UUID] : []),
    ...(of.uuids && !of.isRoot ? [PARENT_UUID] : []),
  ];
}

/** The rows of the file at hand in one table, while they are gathered. */
export class OpenTable {
  readonly plan: TablePlan;
  /** Position of the last row, which is the one being filled: its nested rows are in other tables. */
  ordinal = -1;
  /** Its `uuid`; empty when there is none. */
  uuid = '';
  readonly #system: readonly ExtractedColumn[];
  readonly #places: Place[] = [];
  readonly #columns: OpenColumn[] = [];
  readonly #rows: Cell[][] = [];
  /** Of the uuids of all rows; `undefined` without them. */
  readonly #uuidStem: string | undefined;
  #row: Cell[] = [];

  constructor(plan: TablePlan, uuidStem: string | undefined) {
    this.plan = plan;
    this.#uuidStem = uuidStem === undefined ? undefined : uuidStem + plan.digest;
    const uuids = uuidStem !== undefined;
    this.#system = systemColumns({ isRoot: plan.isRoot, hasUuid: true, uuids });
  }

  /** Begins the next row. */
  addRow(parentRow: bigint, parentUuid: string): void {
    this.ordinal += 1;
    const row: Cell[] = this.plan.isRoot ? [] : [parentRow];
    if (this.#uuidStem !== undefined) {
      this.uuid = this.#uuidStem + this.ordinal.toString(16).padStart(7, '0');
      row.push(this.uuid);
      if (!this.plan.isRoot) row.push(parentUuid);
    }
    this.#row = row;
    this.#rows.push(row);
  }

  /** Puts a literal into the last row. */
  put(place: Place, value: Literal): void {
    const column = place.column ?? this.#addColumn(place, typeOf(value));
    // The usual numbers need no second look.
    if (typeof value === 'number' && column.type === 'float64') this.#set(column, value);
    else this.#set(column, cellOf(value, column.type));
  }

  /** Puts an object or array into the last row, as JSON. */
  putJson(place: Place, json: string): void {
    const column = place.column ?? this.#addColumn(place, 'json');
    this.#set(column, column.type === 'json' ? json : new Unfit(json));
  }

  /** Forgets the file. The places go on to the next one. */
  close(): void {
    for (const place of this.#places) place.column = undefined;
  }

  /** All that was gathered; nothing when no column came of it. */
  finish(): ExtractedTable | undefined {
    const width = this.#system.length + this.#columns.length;
    if (width === 0) return undefined;
    for (const row of this.#rows) while (row.length < width) row.push(null);
    const { path, name } = this.plan;
    const columns = this.#columns.toSorted(byRank);
    const rows = isSame(columns, this.#columns)
      ? this.#rows
      : this.#rows.map((row) => reordered(row, this.#system.length, columns));
    return { path, name, columns: [...this.#system, ...columns], rows };
  }

  #set(column: OpenColumn, cell: Cell): void {
    const row = this.#row;
    while (row.length < column.slot) row.push(null);
    row[column.slot] = cell;
    if (cell instanceof Unfit) column.unfit += 1;
  }

  #addColumn(place: Place, seen: ColumnType): OpenColumn {
    const slot = this.#system.length + this.#columns.length;
    const column = new OpenColumn(place, place.type ?? seen, slot);
    place.column = column;
    this.#places.push(place);
    this.#columns.push(column);
    return column;
  }
}

/** In the schema's order; all else behind it, as it came. */
export function byRank(a: { readonly rank: number }, b: { readonly rank: number }): number {
  return a.rank === b.rank ? 0 : a.rank - b.rank;
}

function isSame<Item>(a: readonly Item[], b: readonly Item[]): boolean {
  return a.every((item, index) => item === b[index]);
}

function reordered(
  row: readonly Cell[],
  system: number,
  columns: readonly OpenColumn[],
): readonly Cell[] {
  return [...row.slice(0, system), ...columns.map(({ slot }) => row[slot] ?? null)];
}
