import type { ColumnType } from '@tdp-sync/sink';
import type { ColumnNote } from '../transform.ts';
import type { OpenColumn } from './column.ts';
import {
  cutName,
  digestOf,
  joinName,
  joinPath,
  keyName,
  MAX_COLUMN_NAME,
  MAX_TABLE_NAME,
  pathKey,
  renamedPath,
} from './names.ts';

/** What is nested deeper than this stays JSON. */
export const MAX_LEVELS = 32;

/** Comes after all that the schema names. */
export const UNRANKED: number = Number.POSITIVE_INFINITY;

/** What all places of a layout share. */
export interface Layout {
  /** Prefix, type and major version: what every table name begins with. */
  readonly base: string;
  /** How many places there are by now. */
  places: number;
  /** What the user wants the column for a path of the documents to be called. */
  readonly nameAt?: (path: string) => string | undefined;
}

interface Called {
  readonly name: string;
  readonly path: string;
  readonly about: ColumnNote | undefined;
}

/**
 * A place in the rows of a table: the row itself, or a key on the way into it. Names and paths are
 * worked out once, when a document first has something there.
 */
export class Place {
  /** Where it is, seen from the row; `.` is the row itself. */
  readonly inRow: string;
  /** How deep in the document, in keys and positions. */
  readonly depth: number;
  readonly #table: TablePlan;
  /** Before it is cut. */
  readonly #fullName: string;
  readonly #children = new Map<string, Place>();
  #called: Called | undefined;
  #items: TablePlan | undefined;
  /** The type that the schema names, and where it stands in its order. */
  type: ColumnType | undefined = undefined;
  rank: number = UNRANKED;
  /** What the schema says of it in words, and in which unit its values are. */
  description: string | undefined = undefined;
  unit: string | undefined = undefined;
  /** Set where the documents' convention has data cubes, or the numbers of one. */
  part: 'cubes' | 'payload' | undefined = undefined;
  /** Its column in the file at hand. */
  column: OpenColumn | undefined = undefined;

  constructor(table: TablePlan, inRow: string, fullName: string, depth: number) {
    this.#table = table;
    this.inRow = inRow;
    this.#fullName = fullName;
    this.depth = depth;
    table.layout.places += 1;
  }

  /** What a column for the literals here is called. */
  get name(): string {
    return this.#call().name;
  }

  /** What tells this column from the others of its table. One that is called otherwise by the user is another one. */
  get path(): string {
    return this.#call().path;
  }

  /** What is known of this column besides. */
  get about(): ColumnNote | undefined {
    return this.#call().about;
  }

  /** The place of a key in the object here. */
  child(key: string): Place {
    return this.#children.get(key) ?? this.#addChild(key);
  }

  /** The table for the items of an array here. */
  get items(): TablePlan {
    this.#items ??= this.#table.nested(
      this.#isRow ? '' : this.inRow,
      this.#fullName,
      this.depth + 1,
    );
    return this.#items;
  }

  get #isRow(): boolean {
    return this === this.#table.row;
  }

  #call(): Called {
    this.#called ??= this.#nameNow();
    return this.#called;
  }

  #nameNow(): Called {
    const wanted = this.#table.layout.nameAt?.(joinPath(this.#table.path, this.inRow));
    const name = wanted ?? cutName(this.#fullName, MAX_COLUMN_NAME);
    const path = wanted === undefined ? this.inRow : renamedPath(this.inRow, name);
    const { description, unit } = this;
    const about = {
      ...(name === this.#fullName ? {} : { original: this.#fullName }),
      ...(description === undefined ? {} : { description }),
      ...(unit === undefined ? {} : { unit }),
    };
    return { name, path, about: Object.keys(about).length === 0 ? undefined : about };
  }

  #addChild(key: string): Place {
    const path = this.#isRow ? pathKey(key) : `${this.inRow}.${pathKey(key)}`;
    const name = joinName(this.#isRow ? '' : this.#fullName, keyName(key));
    const child = new Place(this.#table, path, name, this.depth + 1);
    this.#children.set(key, child);
    return child;
  }
}

/** A table of a layout: the rows of all places with one path. */
export class TablePlan {
  readonly layout: Layout;
  readonly path: string;
  readonly name: string;
  /** Differs from that of other tables; part of the rows' `uuid`. */
  readonly digest: string;
  readonly isRoot: boolean;
  /** The row itself. Items that are no objects become its column `value`. */
  readonly row: Place;
  /** The normalised keys on the way. */
  readonly #pathName: string;
  /** Where the schema has it. The root stands before all others, which are reached through it. */
  rank: number;

  private constructor(
    layout: Layout,
    path: string,
    pathName: string,
    { depth, isRoot }: { readonly depth: number; readonly isRoot: boolean },
  ) {
    this.layout = layout;
    this.path = path;
    this.#pathName = isRoot ? '' : pathName;
    this.name = cutName(`${layout.base}_${pathName}`, MAX_TABLE_NAME);
    this.digest = digestOf(path, 5);
    this.isRoot = isRoot;
    this.rank = isRoot ? 0 : UNRANKED;
    this.row = new Place(this, '.', 'value', depth);
  }

  /** The table for the document itself, or for its items where it is an array. */
  static root(layout: Layout, documentIs: 'array' | 'value'): TablePlan {
    const [path, depth] = documentIs === 'array' ? ['[]', 1] : ['.', 0];
    return new TablePlan(layout, path, 'root', { depth, isRoot: true });
  }

  /** The table for the items of an array at a path within the rows. */
  nested(path: string, name: string, depth: number): TablePlan {
    const pathName = joinName(this.#pathName, name);
    const options = { depth, isRoot: false };
    return new TablePlan(this.layout, `${joinPath(this.path, path)}[]`, pathName, options);
  }
}
