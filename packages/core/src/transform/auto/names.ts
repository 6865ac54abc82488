import { hash } from 'node:crypto';

/** So many UTF-16 units leave room in every database for what a sink or the catalogue adds. */
export const MAX_TABLE_NAME = 100;
/** `__text` and a little more still fit into 128. */
export const MAX_COLUMN_NAME = 120;

/**
 * A name as TDP writes it in its own SQL tables: whatever is no ASCII letter or digit becomes `_`, several
 * of them one, none at the beginning; all in lower case. Nothing may be left.
 */
export function normalizeName(text: string): string {
  const joined = text.replace(/[^A-Za-z0-9]+/g, '_');
  return (joined.startsWith('_') ? joined.slice(1) : joined).toLowerCase();
}

/** The name of a key. One of which TDP's rule leaves nothing gets a name made of its hash. */
export function keyName(key: string): string {
  const name = normalizeName(key);
  return name === '' ? `key_${digestOf(key, 6)}` : name;
}

/** The name of a key within an object or array that is called `parent`: the same as for the whole path at once. */
export function joinName(parent: string, name: string): string {
  return parent === '' ? name : normalizeName(`${parent}_${name}`);
}

/** A name of bounded length. Different long names stay different. */
export function cutName(name: string, length: number): string {
  if (name.length <= length) return name;
  return `${name.slice(0, length - 9)}_${digestOf(name, 8)}`.toWellFormed();
}

/**
 * A key as it stands in a path. Keys that could be taken for something else there, or that no database
 * can hold, are written as JSON strings, so that no two places share a path.
 */
export function pathKey(key: string): string {
  const quoted = JSON.stringify(key);
  const isPlain = key !== '' && quoted.length === key.length + 2 && !/[.[]/.test(key);
  return isPlain ? key : quoted;
}

/** The path of a place within a row, seen from the document. `.` and nothing are the row itself. */
export function joinPath(table: string, inRow: string): string {
  const above = table === '.' ? '' : table;
  const within = inRow === '.' ? '' : inRow;
  return above === '' || within === '' ? `${above}${within}` : `${above}.${within}`;
}

/** What stands for the path of a column that the user calls otherwise. A key with a bracket is quoted, so it is nobody else's. */
export function renamedPath(path: string, name: string): string {
  return `${path}[as ${name}]`;
}

/** The path without what {@link renamedPath} has added; `undefined` where the column has its name from the document. */
export function pathBeforeRename(path: string): string | undefined {
  return /^((?:"(?:[^"\\]|\\.)*"|[^"])*?)\[as .*\]$/s.exec(path)?.[1];
}

/** The first hex digits of the hash of a text. */
export function digestOf(text: string, digits: number): string {
  return hash('sha256', text).slice(0, digits);
}
