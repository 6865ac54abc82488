import { hash } from 'node:crypto';
import { SinkError, type Table } from '@tdp-sync/sink';

/** PostgreSQL's names have at most so many bytes; it would cut longer ones without an error. */
export const NAME_BYTES = 63;
/** Two of a table's columns are the sink's own, and PostgreSQL holds 1,600. */
const COLUMNS = 1_598;
/** What tells two names apart that begin alike. */
const MARK = 8;

/** Columns that each table has already, hidden. */
const HIDDEN: ReadonlySet<string> = new Set(['tableoid', 'xmin', 'cmin', 'xmax', 'cmax', 'ctid']);

/** A name in quotes, whatever it holds. */
export function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text as a literal. Of sessions with `standard_conforming_strings`, as all of ours are. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** What a table is called in the database: as it is, or cut, with a mark made from the whole name. */
export function tableName(name: string): string {
  return Buffer.byteLength(name) <= NAME_BYTES ? name : marked(name);
}

/** What a column is called in the database: as a table, and with a mark where each table has a hidden one by this name. */
export function columnName(name: string): string {
  return HIDDEN.has(name) ? marked(name) : tableName(name);
}

/**
 * Throws `INVALID_VALUE` when PostgreSQL cannot hold a table: it has too many columns, or two names are one once they are
 * cut, which takes an accident of one in four thousand million.
 */
export function checkHeld(tables: readonly Table[]): void {
  checkDistinct(
    'Tables',
    tables.map(({ name }) => tableName(name)),
  );
  for (const { name, columns } of tables) {
    const shown = `Table ${JSON.stringify(name)}`;
    if (columns.length > COLUMNS) {
      throw refusal(`${shown} has ${columns.length} columns; ${COLUMNS} are possible.`);
    }
    checkDistinct(
      `${shown}: columns`,
      columns.map((column) => columnName(column.name)),
    );
  }
}

function checkDistinct(what: string, names: readonly string[]): void {
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice === undefined) return;
  throw refusal(`${what}: two would be called ${JSON.stringify(twice)}.`);
}

function marked(name: string): string {
  const mark = `_${hash('sha256', name).slice(0, MARK)}`;
  return beginning(name, NAME_BYTES - mark.length) + mark;
}

/** As many whole characters as fit. */
function beginning(name: string, bytes: number): string {
  let begun = '';
  let size = 0;
  for (const character of name) {
    size += Buffer.byteLength(character);
    if (size > bytes) break;
    begun += character;
  }
  return begun;
}

function refusal(message: string): SinkError {
  return new SinkError('INVALID_VALUE', `${message} Choose another name or mapping.`);
}
