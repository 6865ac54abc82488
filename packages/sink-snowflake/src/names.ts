import { SinkError, type Table } from '@tdp-sync/sink';

/** How names are written: as analysts write them without quotes, or exactly as they are. */
export type Identifiers = 'upper' | 'exact';

/** Where everything is, and how names are written there. */
export interface Place {
  readonly database: string;
  readonly schema: string;
  readonly identifiers: Identifiers;
}

/** A name that Snowflake would take without quotes, and then has in upper case. */
const SIMPLE = /^[a-z_][a-z0-9_]*$/;

/** Two of a table's columns are the sink's own, and more than some thousands compile for minutes. */
const COLUMNS = 5_000;

/** A name in quotes, whatever it holds. */
export function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text as a literal. */
export function literal(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}

/** What a table or column is called in the database. */
export function storedName(identifiers: Identifiers, name: string): string {
  return identifiers === 'upper' && SIMPLE.test(name) ? name.toUpperCase() : name;
}

/** The same with the other setting, to tell of tables that were made under it. */
export function otherName(identifiers: Identifiers, name: string): string {
  return storedName(identifiers === 'upper' ? 'exact' : 'upper', name);
}

/** A name of ours or of a user's, as a statement has it. */
export function named(place: Place, name: string): string {
  return quote(storedName(place.identifiers, name));
}

/** The schema. */
export function schemaOf(place: Place): string {
  return `${named(place, place.database)}.${named(place, place.schema)}`;
}

/** A table of the schema, by the name that it is stored under. */
export function qualified(place: Place, stored: string): string {
  return `${schemaOf(place)}.${quote(stored)}`;
}

/** Throws `INVALID_VALUE` when a table has more columns than Snowflake works with. */
export function checkHeld(tables: readonly Table[]): void {
  const wide = tables.find(({ columns }) => columns.length > COLUMNS);
  if (wide === undefined) return;
  throw new SinkError(
    'INVALID_VALUE',
    `Table ${JSON.stringify(wide.name)} has ${wide.columns.length} columns; ${COLUMNS} are possible. Choose another mapping.`,
  );
}
