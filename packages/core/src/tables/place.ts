import type { Column, ColumnType, Row, Value } from '@tdp-sync/sink';
import { ExactNumber } from '../exact-json.ts';
import {
  type Cell,
  type ExtractedColumn,
  type ExtractedTable,
  Unfit,
} from '../transform/transform.ts';
import type { CatalogTable } from './catalog-text.ts';

/** An extracted column that has no place of its own, or none for all of its cells. */
export interface Gathered {
  readonly from: number;
  readonly path: string;
  readonly place: Place | undefined;
}

/** Where the cells of an extracted column go. */
export interface Place {
  readonly from: number;
  /** Column of the table. */
  readonly to: number;
  readonly type: ColumnType;
  /** Type of the cells. */
  readonly given: ColumnType;
  /** Column for the texts of what does not fit. */
  readonly text: number | undefined;
}

/** The column of the table for what an extracted column holds. */
export function heldColumn(
  { table, positions }: CatalogTable,
  { path }: ExtractedColumn,
): Column | undefined {
  const at = positions.value.get(path);
  return at === undefined ? undefined : table.columns[at];
}

/** Whether a column takes all cells of an extracted one. Text and JSON take everything. */
export function fits({ type }: Column, given: ExtractedColumn): boolean {
  return isOpen(type) || (given.unfit === 0 && given.type === type);
}

function isOpen(type: ColumnType): boolean {
  return type === 'string' || type === 'json';
}

export function placeOf(
  { table, positions }: CatalogTable,
  { path, type: given }: ExtractedColumn,
  from: number,
): Place | undefined {
  const to = positions.value.get(path);
  if (to === undefined) return undefined;
  return {
    from,
    to,
    type: table.columns[to]?.type ?? given,
    given,
    text: positions.text.get(path),
  };
}

/** Whether some cells have no place, since the table is too wide for a column of their texts. */
export function lacksText({ type, text }: Place, column: ExtractedColumn): boolean {
  return text === undefined && !fits({ name: column.name, type }, column);
}

/** The rows of a file as wide as its table. */
export function* placed(
  { columns, rows }: ExtractedTable,
  places: readonly Place[],
  more: readonly Gathered[],
  moreAt: number | undefined,
  width: number,
): Generator<Row> {
  if (isInPlace(columns, places, width)) {
    yield* rows as Iterable<Row>;
    return;
  }
  const empty: readonly Value[] = new Array<Value>(width).fill(null);
  for (const cells of rows) {
    const row = empty.slice();
    for (const place of places) putCell(row, place, cells[place.from] ?? null);
    if (moreAt !== undefined && more.length > 0) row[moreAt] = gathered(more, columns, cells);
    yield row;
  }
}

/** Whether the rows are the table's already. */
function isInPlace(
  columns: readonly ExtractedColumn[],
  places: readonly Place[],
  width: number,
): boolean {
  return (
    width === columns.length &&
    places.length === width &&
    columns.every(({ unfit }) => unfit === 0) &&
    places.every(({ from, to, type, given }) => from === to && type === given)
  );
}

function putCell(row: Value[], place: Place, cell: Cell): void {
  const { to, type, given, text } = place;
  if (cell === null) return;
  if (!(cell instanceof Unfit) && type === given) row[to] = cell;
  else if (type === 'json') row[to] = jsonOf(cell, given);
  else if (type === 'string') row[to] = textOf(cell);
  else {
    if (cell instanceof Unfit && type === given) row[to] = cell.nearest;
    if (text !== undefined) row[text] = textOf(cell);
  }
}

function textOf(cell: Cell): string {
  return cell instanceof Unfit ? cell.text : String(cell);
}

/** A cell as JSON text. */
function jsonOf(cell: Cell, type: ColumnType): string {
  if (type === 'json' && typeof cell === 'string') return cell;
  return JSON.stringify(cell instanceof Unfit ? cell.text : jsonValue(cell));
}

function jsonValue(value: Value): unknown {
  return typeof value === 'bigint' ? new ExactNumber(String(value)) : value;
}

function gathered(
  more: readonly Gathered[],
  columns: readonly ExtractedColumn[],
  cells: readonly Cell[],
): Value {
  const parts = more.flatMap(({ from, path, place }) => {
    const cell = cells[from] ?? null;
    const type = columns[from]?.type ?? 'string';
    const isPlaced = place?.type === type && !(cell instanceof Unfit);
    return cell === null || isPlaced ? [] : [`${JSON.stringify(path)}:${jsonOf(cell, type)}`];
  });
  return parts.length === 0 ? null : `{${parts.join(',')}}`;
}
