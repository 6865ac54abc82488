import { type ColumnType, ENDLESS_ROOM, type Row, type RowRoom, type Table } from '@tdp-sync/sink';
import { SyncError } from '../errors.ts';
import { describeFile, type FileHit } from '../file.ts';
import type {
  ColumnNote,
  Extract,
  ExtractedColumn,
  ExtractedTable,
} from '../transform/transform.ts';
import type { Catalog } from './catalog.ts';
import type { CatalogTable, ColumnKind } from './catalog-text.ts';
import {
  fits,
  type Gathered,
  heldColumn,
  lacksText,
  type Place,
  placed,
  placeOf,
} from './place.ts';
import { hasRoomFor } from './width.ts';

/**
 * What becomes of data that the tables have no place for: `evolve` adds tables and columns, `freeze` lets the
 * file fail, `drop` leaves the data out and says so.
 */
export type SchemaPolicy = 'evolve' | 'freeze' | 'drop';

/** The column that gathers what a full table has no column for: such a table gets no more. Names from documents never begin with an underscore. */
const MORE = '_more';

/** Something that resolving a file has brought about. `column` is `*` where it is about the whole table. */
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
export interface Resolved {
  /** Number of the layout. */
  readonly layout: number;
  readonly tables: readonly ResolvedTable[];
}

/** The rows of one file in one table. */
export interface ResolvedTable {
  readonly name: string;
  /** The rows as wide as the table, which may have got more columns since. */
  readonly rows: (table: Table) => Iterable<Row>;
}

/** Resolves files one after the other, in the order in which they are committed. */
export class SchemaResolver {
  readonly #catalog: Catalog;
  readonly #policy: SchemaPolicy;
  readonly #declared: ReadonlySet<string>;
  readonly #note: (file: FileHit, note: SchemaNote) => void;
  readonly #room: RowRoom;
  /** In which reading of the catalogue. */
  readonly #noted = new Map<ColumnNote, number>();

  constructor(
    catalog: Catalog,
    policy: SchemaPolicy,
    declared: readonly Table[],
    note: (file: FileHit, note: SchemaNote) => void,
    room: RowRoom = ENDLESS_ROOM,
  ) {
    this.#catalog = catalog;
    this.#policy = policy;
    this.#declared = new Set(declared.map(({ name }) => name));
    this.#note = note;
    this.#room = room;
  }

  /**
   * Finds the table and column of everything in a file, adding what is missing.
   *
   * @throws SyncError `SCHEMA_FROZEN` when something is missing and may not be added. Then nothing was.
   */
  resolve(file: FileHit, { layout, tables }: Extract): Resolved {
    if (this.#policy === 'freeze') this.#refuseNew(file, tables);
    const resolved = tables.flatMap((table) => this.#resolveTable(file, table) ?? []);
    const names = resolved.map(({ name }) => name);
    return { layout: this.#catalog.layout(layout, names), tables: resolved };
  }

  #resolveTable(file: FileHit, extracted: ExtractedTable): ResolvedTable | undefined {
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
    const table = this.#annotated(this.#added(file, given, column, 'value', column.type), column);
    const held = heldColumn(table, column);
    if (held === undefined || fits(held, column)) return table;
    this.#note(file, { is: 'unfit', table: table.table.name, column: held.name });
    return this.#added(file, table, { ...column, name: `${held.name}__text` }, 'text', 'string');
  }

  /** What is known of a column is looked at once in a run, unless the catalogue was read anew: it may have been forgotten. */
  #annotated(table: CatalogTable, { path, about }: ExtractedColumn): CatalogTable {
    const position = table.positions.value.get(path);
    const { readings } = this.#catalog;
    if (about === undefined || position === undefined) return table;
    if (this.#noted.get(about) === readings) return table;
    this.#noted.set(about, readings);
    return this.#catalog.annotate(table, position, about);
  }

  #added(
    file: FileHit,
    table: CatalogTable,
    { path, name, about }: ExtractedColumn,
    kind: ColumnKind,
    type: ColumnType,
  ): CatalogTable {
    if (table.positions[kind].has(path)) return table;
    if (this.#policy === 'drop') {
      this.#note(file, { is: 'dropped', table: table.table.name, column: name });
      return table;
    }
    if (table.positions.more.has(MORE)) return table;
    const isFull = !hasRoomFor(table.table.columns, type, this.#room);
    const added = isFull
      ? this.#catalog.addColumn(table, { path: MORE, kind: 'more' }, MORE, 'json')
      : this.#catalog.addColumn(
          table,
          { path, kind },
          name,
          type,
          kind === 'value' ? about : undefined,
        );
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
