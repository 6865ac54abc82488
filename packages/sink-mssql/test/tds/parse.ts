import type { Cell } from './tokens.ts';

/** A column. */
export interface Column {
  readonly name: string;
  readonly type: string;
}

/** A table and what is in it. */
export interface StoredTable {
  readonly name: string;
  readonly columns: Column[];
  rows: Map<string, Cell>[];
}

/** A name in brackets or quotes. */
export const NAME: RegExp = /(?:\[(\w+)\]|"((?:[^"]|"")*)")/;
const COLUMN =
  /(?:\[(\w+)\]|"((?:[^"]|"")*)") (n?varchar\(\w+\)|char\(\d+\)|int|bit|bigint|float\(53\)|decimal\(38,9\)|datetime2\(6\)|date)/g;
const TARGET = new RegExp(`(?:FROM|INTO|TABLE|UPDATE|JOIN) ${NAME.source}\\.${NAME.source}`);
/** The name as the table has it. */
export function held(table: StoredTable, name: string): string {
  const found = table.columns.find((column) => column.name.toLowerCase() === name.toLowerCase());
  if (found === undefined) throw new Error(`There is no column ${name}.`);
  return found.name;
}

/** The literals of a statement. */
export function literals(sql: string): readonly string[] {
  return [...sql.matchAll(/N'((?:[^']|'')*)'/g)].map(([, text = '']) => text.replaceAll("''", "'"));
}

/** The columns that a statement defines. */
export function columnsOf(sql: string): Column[] {
  return [...sql.matchAll(COLUMN)].map((match) => ({ name: nameOf(match), type: match[3] ?? '' }));
}

/** The first table that a statement names, and its schema. */
export function target(sql: string): readonly [schema: string, table: string] {
  const match = TARGET.exec(sql);
  return [nameOf(match), match?.[3] ?? match?.[4]?.replaceAll('""', '"') ?? ''];
}

/** The name that was matched. */
export function nameOf(match: RegExpMatchArray | null): string {
  return match?.[1] ?? match?.[2]?.replaceAll('""', '"') ?? '';
}

/** A cell as text. */
export function text(row: ReadonlyMap<string, Cell>, name: string): string {
  return String(row.get(name));
}

/** A cell as a number. */
export function number(row: ReadonlyMap<string, Cell>, name: string): number {
  const value = row.get(name);
  return typeof value === 'object' && value !== null ? value.int : Number.NaN;
}
