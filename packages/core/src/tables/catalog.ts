import { type Column, type ColumnType, type Sink, SinkError, type Table } from '@tdp-sync/sink';
import { quietly, type Retrying } from '../position/retrying.ts';
import type { ColumnNote } from '../transform/transform.ts';
import {
  type CatalogTable,
  type ColumnKind,
  described,
  formatCatalog,
  isSameNote,
  type Layout,
  NOWHERE,
  parseCatalog,
  withPosition,
} from './catalog-text.ts';
import { candidates } from './free-names.ts';
import { type CatalogSnapshot, snapshotOf } from './snapshot.ts';
import { StoredCatalog } from './stored-catalog.ts';

/**
 * The tables and columns of a sync's data, which appear as documents with new parts appear. It is kept
 * in the sink, as the state of a sync of its own, and saved before the first rows that need it: it may name
 * a column that no row has filled yet, never the other way round. So a column keeps its name and its
 * type from run to run, and the rows that a file had are found again when it becomes another kind of file.
 */
export class Catalog {
  readonly #stored: StoredCatalog | undefined;
  readonly #now: () => number | undefined;
  readonly #reserved: readonly string[];
  readonly #declared: Table[] = [];
  readonly #layouts: (Layout & { readonly tables: Set<string> })[] = [];
  readonly #tables = new Map<string, CatalogTable>();
  /** Names taken, without case. */
  readonly #names = new Set<string>();
  #isChanged = false;
  #readings = 0;

  private constructor(
    stored: StoredCatalog | undefined,
    reserved: readonly string[],
    now: () => number | undefined,
  ) {
    this.#stored = stored;
    this.#reserved = reserved;
    this.#now = now;
    this.#reserve();
  }

  /** A catalogue that is kept nowhere. `reserved`: names that it gives to nothing. */
  static empty(reserved: readonly string[]): Catalog {
    return new Catalog(undefined, reserved, () => undefined);
  }

  /** @throws SyncError `STATE_UNREADABLE` when another version of tdp-sync wrote it. */
  static async read(
    sync: string,
    sink: Sink,
    reserved: readonly string[],
    retrying: Retrying = quietly,
    now: () => number | undefined = () => undefined,
  ): Promise<Catalog> {
    const catalog = new Catalog(new StoredCatalog(sync, sink, retrying), reserved, now);
    await catalog.readAnew();
    return catalog;
  }

  /**
   * How often it has been read. What was found in it under another number of readings, such as the position of a column or the number of a
   * layout, may be something else now.
   */
  get readings(): number {
    return this.#readings;
  }

  /**
   * Takes what is stored for what there is: since another run has added to it. What was added here and is not saved is
   * forgotten, but for what was declared; whoever needs it adds it again.
   *
   * @throws as {@link read} and {@link declare}.
   */
  async readAnew(): Promise<void> {
    const text = await this.#stored?.read();
    this.#readings += 1;
    this.#layouts.length = 0;
    this.#tables.clear();
    this.#names.clear();
    this.#reserve();
    if (text !== undefined) this.#restore(parseCatalog(text));
    this.#isChanged = false;
    for (const table of this.#declared) this.#add(table);
  }

  #reserve(): void {
    for (const name of this.#reserved) this.#names.add(name.toLowerCase());
  }

  /** How many layouts there are. They are numbered from 1. */
  get layouts(): number {
    return this.#layouts.length;
  }

  /** The table that holds the rows of this path, if there is one by this name or the one that stands in for it. */
  find(path: string, name: string): CatalogTable | undefined {
    for (const candidate of candidates(name, path)) {
      const found = this.#tables.get(candidate);
      if (found?.path === path) return found;
    }
    return undefined;
  }

  /** Every table that has a column. */
  all(): readonly Table[] {
    return [...this.#tables.values()].flatMap(({ table }) =>
      table.columns.length === 0 ? [] : table,
    );
  }

  /** The tables of a layout; none for a number that there is not. */
  tablesOf(layout: number): Iterable<string> {
    return this.#layouts[layout - 1]?.tables ?? [];
  }

  get(name: string): CatalogTable | undefined {
    return this.#tables.get(name);
  }

  /** Adds a table, without columns, under a name that is free. */
  addTable(path: string, name: string): CatalogTable {
    const free = candidates(name, path).find(
      (candidate) => !this.#names.has(candidate.toLowerCase()),
    );
    return this.#put({
      path,
      table: { name: free ?? name, columns: [] },
      positions: NOWHERE,
      notes: [],
    });
  }

  /** Adds a column under a name that is free, and gives the table as it is now. */
  addColumn(
    { path, table, positions, notes }: CatalogTable,
    key: { readonly path: string; readonly kind: ColumnKind },
    name: string,
    type: ColumnType,
    about?: ColumnNote,
  ): CatalogTable {
    const taken = new Set(table.columns.map((column) => column.name.toLowerCase()));
    const free = candidates(name, key.path).find((one) => !taken.has(one.toLowerCase())) ?? name;
    const original = free === name ? {} : { original: name };
    const note = { ...original, ...about, sinceMs: this.#now() };
    return this.#put({
      path,
      table: { ...table, columns: [...table.columns, described(free, type, note)] },
      positions: withPosition(positions, key, table.columns.length),
      notes: Object.assign([...notes], { [table.columns.length]: note }),
    });
  }

  /** Remembers what has become known of a column that there is, such as by a schema that was not there when it came. */
  annotate(table: CatalogTable, position: number, about: ColumnNote): CatalogTable {
    const before = table.notes[position];
    // Versions of an IDS may put it differently: the first word stands, or each run would change it anew.
    const note = { ...about, ...before, path: about.path };
    const column = table.table.columns[position];
    if (column === undefined || isSameNote(before, note)) return table;
    const columns = table.table.columns.with(position, described(column.name, column.type, note));
    return this.#put({
      ...table,
      table: { ...table.table, columns },
      notes: Object.assign([...table.notes], { [position]: note }),
    });
  }

  /**
   * Sees to it that a table has these columns, by their names.
   *
   * @throws SinkError `SCHEMA_MISMATCH` when one of them has another type.
   */
  declare(table: Table): void {
    this.#declared.push(table);
    this.#add(table);
  }

  #add({ name, columns }: Table): void {
    let table = this.#tables.get(name) ?? this.#declareTable(name);
    for (const { name: column, type } of columns) {
      const position = table.positions.value.get(column);
      const held = position === undefined ? undefined : table.table.columns[position];
      if (held === undefined)
        table = this.addColumn(table, { path: column, kind: 'value' }, column, type);
      else if (held.type !== type) throw mismatch(name, held, type);
    }
  }

  #declareTable(name: string): CatalogTable {
    return this.#put({ path: name, table: { name, columns: [] }, positions: NOWHERE, notes: [] });
  }

  /** The number of a layout, which has at least these tables from now on. */
  layout(name: string, tables: readonly string[]): number {
    const found = this.#layouts.findIndex((layout) => layout.name === name);
    const at = found === -1 ? this.#layouts.push({ name, tables: new Set() }) - 1 : found;
    const known = this.#layouts[at]?.tables ?? new Set();
    const before = known.size;
    for (const table of tables) known.add(table);
    if (found === -1 || known.size !== before) this.#isChanged = true;
    return at + 1;
  }

  /**
   * Makes what was added durable, before rows that need it are committed.
   *
   * @throws SinkError `STATE_CONFLICT` when another run has added something meanwhile.
   */
  async save(): Promise<CatalogSnapshot> {
    const snapshot = snapshotOf(this.#tables, this.#layouts);
    if (this.#isChanged) {
      this.#isChanged = false;
      await this.#stored?.store(formatCatalog(this.#layouts, [...this.#tables.values()]));
    }
    return snapshot;
  }

  /** Whether nobody has added something since it was read or saved here. */
  async isCurrent(): Promise<boolean> {
    return (await this.#stored?.isCurrent()) ?? true;
  }

  #put(table: CatalogTable): CatalogTable {
    this.#tables.set(table.table.name, table);
    this.#names.add(table.table.name.toLowerCase());
    this.#isChanged = true;
    return table;
  }

  #restore({ layouts, tables }: ReturnType<typeof parseCatalog>): void {
    for (const { name, tables } of layouts) this.#layouts.push({ name, tables: new Set(tables) });
    for (const table of tables) this.#put(table);
  }
}

function mismatch(table: string, { name, type }: Column, wanted: ColumnType): SinkError {
  return new SinkError(
    'SCHEMA_MISMATCH',
    `The column ${name} of the table ${table} holds ${type}, and the sync's config says ${wanted}. ` +
      'A column never changes its type: give the column or the table another name in the config, or drop the table and reset the sync.',
  );
}
