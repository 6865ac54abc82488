import type { Column, ColumnType, Row, Table, Value } from '@tdp-sync/sink';
import type { Catalog, CatalogTable, ColumnKind } from './catalog.ts';
import { SyncError } from './errors.ts';
import { describeFile, type FileHit } from './file.ts';
import { ExactNumber } from './transform/exact-json.ts';
import {
  type Cell,
  type Extract,
  type ExtractedColumn,
  type ExtractedTable,
  Unfit,
} from './transform/transform.ts';

/**
 * What becomes of data that the tables have no place for: `evolve` adds tables and columns, `freeze` lets the
 * file fail, `drop` leaves the data out and says so.
 */
export type SchemaPolicy = 'evolve' | 'freeze' | 'drop';

/** Columns of a table; what comes beyond is gathered in one JSON column. SQL Server allows 1,024. */
const MAX_COLUMNS = 1000;
/** The column that gathers it. Names from documents never begin with an underscore. */
const MORE = '_more';

/** Something that the settling of a file has brought about. `column` is `*` where it is about the whole table. */
export type SchemaNote =
  | { readonly is: 'added'; readonly table: string; readonly column: string; readonly type: string }
  /** Its name was another one's already. */
  | {
      readonly is: 'renamed';
      readonly table: string;
      readonly column: string;
      readonly wanted: string;
    }
  | { readonly is: 'unfit'; readonly table: string; readonly column: string }
  | { readonly is: 'dropped'; readonly table: string; readonly column: string };

/** The rows of one file, and where they go. */
export interface Settled {
  /** Number of the layout. */
  readonly layout: number;
  readonly tables: readonly SettledTable[];
}

/** The rows of one file in one table. */
export interface SettledTable {
  readonly name: string;
  /** The rows as wide as the table, which may have got more columns since. */
  readonly rows: (table: Table) => Iterable<Row>;
}

/** An extracted column that has no place of its own, or none for all of its cells. */
interface Gathered {
  readonly from: number;
  readonly path: string;
  readonly place: Place | undefined;
}

/** Where the cells of an extracted column go. */
interface Place {
  readonly from: number;
  /** Column of the table. */
  readonly to: number;
  readonly type: ColumnType;
  /** Type of the cells. */
  readonly given: ColumnType;
  /** Column for the texts of what does not fit. */
  readonly text: number | undefined;
}

/** Settles files one after the other, in the order in which they are committed. */
export class Settler {
  readonly #catalog: Catalog;
  readonly #policy: SchemaPolicy;
  readonly #declared: ReadonlySet<string>;
  readonly #note: (file: FileHit, note: SchemaNote) => void;

  constructor(
    catalog: Catalog,
    policy: SchemaPolicy,
    declared: readonly Table[],
    note: (file: FileHit, note: SchemaNote) => void,
  ) {
    this.#catalog = catalog;
    this.#policy = policy;
    this.#declared = new Set(declared.map(({ name }) => name));
    this.#note = note;
  }

  /**
   * Finds the table and column of everything in a file, adding what is missing.
   *
   * @throws SyncError `SCHEMA_FROZEN` when something is missing and may not be added. Then nothing was.
   */
  settle(file: FileHit, { layout, tables }: Extract): Settled {
    if (this.#policy === 'freeze') this.#refuseNew(file, tables);
    const settled = tables.flatMap((table) => this.#settleTable(file, table) ?? []);
    const names = settled.map(({ name }) => name);
    return { layout: this.#catalog.layout(layout, names), tables: settled };
  }

  #settleTable(file: FileHit, extracted: ExtractedTable): SettledTable | undefined {
    const found = this.#find(extracted);
    if (found === undefined && this.#policy === 'drop') {
      this.#note(file, { is: 'dropped', table: extracted.name, column: '*' });
      return undefined;
    }
    let table = found ?? this.#addTable(file, extracted);
    const places: Place[] = [];
    const more: Gathered[] = [];
    for (const [from, column] of extracted.columns.entries()) {
      table = this.#withColumn(file, table, column);
      const place = placeOf(table, column, from);
      if (place !== undefined) places.push(place);
      if (place === undefined || lacksText(place, column))
        more.push({ from, path: column.path, place });
    }
    if (table.table.columns.length === 0) return undefined;
    const moreAt = table.positions.more.get(MORE);
    return {
      name: table.table.name,
      rows: ({ columns }) => placed(extracted, places, more, moreAt, columns.length),
    };
  }

  #addTable(file: FileHit, { path, name: wanted }: ExtractedTable): CatalogTable {
    const added = this.#catalog.addTable(path, wanted);
    const { name } = added.table;
    if (name !== wanted) this.#note(file, { is: 'renamed', table: name, column: '*', wanted });
    return added;
  }

  #find({ path, name }: ExtractedTable): CatalogTable | undefined {
    const isDeclared = path === name && this.#declared.has(name);
    return isDeclared ? this.#catalog.get(name) : this.#catalog.find(path, name);
  }

  /** The table with a place for the column and, if some of its values do not fit, for their texts. */
  #withColumn(file: FileHit, given: CatalogTable, column: ExtractedColumn): CatalogTable {
    const table = this.#added(file, given, column, 'value', column.type);
    const held = heldColumn(table, column);
    if (held === undefined || fits(held, column)) return table;
    this.#note(file, { is: 'unfit', table: table.table.name, column: held.name });
    return this.#added(file, table, { ...column, name: `${held.name}__text` }, 'text', 'string');
  }

  #added(
    file: FileHit,
    table: CatalogTable,
    { path, name }: ExtractedColumn,
    kind: ColumnKind,
    type: ColumnType,
  ): CatalogTable {
    if (table.positions[kind].has(path)) return table;
    if (this.#policy === 'drop') {
      this.#note(file, { is: 'dropped', table: table.table.name, column: name });
      return table;
    }
    const isFull = table.table.columns.length >= MAX_COLUMNS;
    if (isFull && table.positions.more.has(MORE)) return table;
    const added = isFull
      ? this.#catalog.addColumn(table, { path: MORE, kind: 'more' }, MORE, 'json')
      : this.#catalog.addColumn(table, { path, kind }, name, type);
    const last = added.table.columns.at(-1);
    if (last !== undefined)
      this.#note(file, {
        is: 'added',
        table: added.table.name,
        column: last.name,
        type: last.type,
      });
    if (last !== undefined && !isFull && last.name !== name)
      this.#note(file, {
        is: 'renamed',
        table: added.table.name,
        column: last.name,
        wanted: name,
      });
    return added;
  }

  #refuseNew(file: FileHit, tables: readonly ExtractedTable[]): void {
    for (const extracted of tables) {
      const table = this.#find(extracted);
      if (table === undefined) throw frozen(file, `the table ${extracted.name}`);
      const where = `the table ${table.table.name}`;
      for (const column of extracted.columns) {
        const held = heldColumn(table, column);
        if (held === undefined) throw frozen(file, `the column ${column.name} in ${where}`);
        if (!fits(held, column) && !table.positions.text.has(column.path))
          throw frozen(
            file,
            `a place in ${where} for values of ${held.name} that are no ${held.type}`,
          );
      }
    }
  }
}

function frozen(file: FileHit, missing: string): SyncError {
  return new SyncError(
    'SCHEMA_FROZEN',
    `${describeFile(file)} needs ${missing}, and the sync's schema is frozen. ` +
      'Its earlier rows stay. Set "schema: evolve" for a run to let it in.',
  );
}

/** The column of the table for what an extracted column holds. */
function heldColumn(
  { table, positions }: CatalogTable,
  { path }: ExtractedColumn,
): Column | undefined {
  const at = positions.value.get(path);
  return at === undefined ? undefined : table.columns[at];
}

/** Whether a column takes all cells of an extracted one. Text and JSON take everything. */
function fits({ type }: Column, given: ExtractedColumn): boolean {
  return isOpen(type) || (given.unfit === 0 && given.type === type);
}

function isOpen(type: ColumnType): boolean {
  return type === 'string' || type === 'json';
}

function placeOf(
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
function lacksText({ type, text }: Place, column: ExtractedColumn): boolean {
  return text === undefined && !fits({ name: column.name, type }, column);
}

function* placed(
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
