import { type Column, SinkError, type Table } from '@tdp-sync/sink';
import { isMissing as isMissingThing } from './errors.ts';
import { otherName, type Place, storedName } from './names.ts';
import type { StoredColumn, TablePlan } from './plan.ts';
import type { Session } from './session.ts';
import {
  addColumn,
  createBookkeeping,
  createSchema,
  createTable,
  describeColumns,
  describeTable,
  findSchema,
  LEDGER,
  STATES,
  type TableOptions,
} from './sql.ts';
import { holds } from './values.ts';

/** Runners that create the same at the same time: so often one of them finds that another was first. */
const ROUNDS = 3;

/** Types of columns by name: what there is of a table. */
type Found = ReadonlyMap<string, string>;

/** Creates schema and bookkeeping where missing. Looks first: creating what exists takes rights that need not be had. */
export async function prepareBookkeeping(session: Session, place: Place): Promise<void> {
  const missing: string[] = [];
  for (const name of [STATES, LEDGER]) {
    const found = await describe(session, place, storedName(place.identifiers, name));
    if (found === undefined) missing.push(createBookkeeping(place, name));
  }
  if (missing.length === 0) return;
  const schema = storedName(place.identifiers, place.schema);
  const { rows } = await session.query(findSchema(place));
  if (!rows.some((row) => row[1] === schema)) await session.query(createSchema(place));
  for (const statement of missing) await session.query(statement);
}

/** What is known of the tables of a schema. Describing costs a statement for each, so what was seen is remembered. */
export class Catalog {
  readonly #place: Place;
  readonly #options: TableOptions;
  readonly #known = new Map<string, Found>();

  constructor(place: Place, options: TableOptions) {
    this.#place = place;
    this.#options = options;
  }

  /** Forgets what was seen: something has gone wrong, and it may be that. */
  forget(): void {
    this.#known.clear();
  }

  /** What there is of tables that were all seen, with all their columns; `undefined` where something is to be looked at. */
  known(tables: readonly Table[]): readonly TablePlan[] | undefined {
    const isKnown = tables.every(({ name, columns }) => {
      const found = this.#known.get(this.#stored(name));
      return columns.every(({ name: column, type }) =>
        holds(type, found?.get(this.#stored(column)) ?? ''),
      );
    });
    return isKnown ? tables.map((table, index) => this.#plan(table, index)) : undefined;
  }

  /** Creates the tables and columns that are missing, none at all when one does not match; and says what there is then. */
  async prepare(session: Session, tables: readonly Table[]): Promise<readonly TablePlan[]> {
    for (let round = 0; round < ROUNDS; round += 1) {
      const changes: { readonly stored: string; readonly statements: readonly string[] }[] = [];
      for (const table of tables) {
        const stored = this.#stored(table.name);
        const found = this.#known.get(stored) ?? (await this.#look(session, stored));
        const statements = await this.#changes(session, table, found);
        if (statements.length > 0) changes.push({ stored, statements });
      }
      if (changes.length === 0) return tables.map((table, index) => this.#plan(table, index));
      await session.run(changes.flatMap(({ statements }) => statements));
      // Another runner may have been first, with another type.
      for (const { stored } of changes) this.#known.delete(stored);
    }
    throw new SinkError(
      'SINK_FAILED',
      `Tables or columns of the schema ${JSON.stringify(this.#place.schema)} that were just created are gone. Let nothing else change the schema, and run again.`,
    );
  }

  /** What is stored of a table, which must match; `undefined` when there is none. */
  async storedTable(
    session: Session,
    table: Table,
  ): Promise<
    { readonly stored: string; readonly columns: readonly (StoredColumn | undefined)[] } | undefined
  > {
    const stored = this.#stored(table.name);
    const found = await this.#look(session, stored);
    if (found === undefined) return undefined;
    this.#checkOwn(table.name, found);
    const columns = table.columns.map((column) =>
      this.#isMissing(table.name, found, column) ? undefined : this.#column(found, column),
    );
    return { stored, columns };
  }

  /** Which columns are there of a table, each of the type asked for: `undefined` for one that does not exist, or is none of tdp-sync. */
  async comparable(
    session: Session,
    { name, columns }: Table,
  ): Promise<{ readonly stored: string; readonly found: readonly StoredColumn[] | undefined }> {
    const stored = this.#stored(name);
    const found = await this.#look(session, stored);
    if (found === undefined || !this.#isOwn(found)) return { stored, found: undefined };
    const there = columns
      .filter((column) => holds(column.type, found.get(this.#stored(column.name)) ?? ''))
      .map((column) => this.#column(found, column));
    return { stored, found: there };
  }

  async #look(session: Session, stored: string): Promise<Found | undefined> {
    const found = await describe(session, this.#place, stored);
    if (found === undefined) this.#known.delete(stored);
    else this.#known.set(stored, found);
    return found;
  }

  async #changes(
    session: Session,
    table: Table,
    found: Found | undefined,
  ): Promise<readonly string[]> {
    const { name, columns } = table;
    const stored = this.#stored(name);
    if (found === undefined) {
      await this.#checkOther(session, name);
      const created = createTable(this.#place, stored, columns, this.#options);
      return [created, ...describeColumns(this.#place, stored, columns)];
    }
    this.#checkOwn(name, found);
    const missing = columns.filter((column) => this.#isMissing(name, found, column));
    return [
      ...missing.map((column) => addColumn(this.#place, stored, column, this.#options)),
      ...describeColumns(this.#place, stored, missing),
    ];
  }

  /** A table that was made with the other setting would be forgotten beside a new one. */
  async #checkOther(session: Session, name: string): Promise<void> {
    const other = otherName(this.#place.identifiers, name);
    if (other === this.#stored(name)) return;
    if ((await describe(session, this.#place, other)) === undefined) return;
    throw mismatch(
      `Table ${JSON.stringify(other)} exists, and would be ${JSON.stringify(this.#stored(name))} with "identifiers: ${this.#place.identifiers}". Set "identifiers" as it was when the table was made, or rename it.`,
    );
  }

  #checkOwn(name: string, found: Found): void {
    if (this.#isOwn(found)) return;
    throw mismatch(
      `${JSON.stringify(this.#stored(name))} exists, but is no table of tdp-sync: it has no columns ${this.#stored('_file_key')} and ${this.#stored('_row')}. Rename it, or choose another name for the table.`,
    );
  }

  #isOwn(found: Found): boolean {
    return found.has(this.#stored('_file_key')) && found.has(this.#stored('_row'));
  }

  #isMissing(table: string, found: Found, { name, type }: Column): boolean {
    const stored = found.get(this.#stored(name));
    if (stored === undefined) {
      const other = otherName(this.#place.identifiers, name);
      if (!found.has(other)) return true;
      throw mismatch(
        `Table ${JSON.stringify(table)} has a column ${JSON.stringify(other)}, which would be ${JSON.stringify(this.#stored(name))} with "identifiers: ${this.#place.identifiers}". Rename it, or set "identifiers" as it was.`,
      );
    }
    if (holds(type, stored)) return false;
    throw mismatch(
      `Table ${JSON.stringify(table)}, column ${JSON.stringify(name)} is ${stored}, which does not hold ${type}. Rename or drop the column, or change the mapping.`,
    );
  }

  #plan(table: Table, index: number): TablePlan {
    const stored = this.#stored(table.name);
    const found = this.#known.get(stored);
    if (found === undefined) throw new TypeError('A table was planned that was not found.');
    const columns = table.columns.map((column) => this.#column(found, column));
    return { table, index, stored, columns };
  }

  #column(found: Found, column: Column): StoredColumn {
    const stored = this.#stored(column.name);
    return { column, stored, type: found.get(stored) ?? '' };
  }

  #stored(name: string): string {
    return storedName(this.#place.identifiers, name);
  }
}

async function describe(
  session: Session,
  place: Place,
  stored: string,
): Promise<Found | undefined> {
  try {
    const { rows } = await session.query(describeTable(place, stored));
    return new Map(rows.map(([name, type]) => [String(name), String(type)]));
  } catch (error) {
    if (isMissingThing(error)) return undefined;
    throw error;
  }
}

function mismatch(message: string): SinkError {
  return new SinkError('SCHEMA_MISMATCH', message);
}
