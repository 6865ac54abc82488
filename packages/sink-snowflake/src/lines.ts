import { aboutDocument, checkRow, type Document, type Row, SinkError } from '@tdp-sync/sink';
import type { TablePlan } from './plan.ts';
import { entriesOf, tableTag } from './records.ts';
import { capacity, encode, LIMITS, type ValueLimit } from './values.ts';

/*
 * What is staged is lines of JSON, of which each says by `t` what it is: the row of a table (its number there), a document (-1), a
 * table that documents of a shape name (-2), or a shape (-3). A shape is which tables a document names.
 */

/** The line of a row of a document. Throws `INVALID_VALUE` where it does not fit, or is larger than Snowflake holds. */
export function rowLine(
  { table, index, columns }: TablePlan,
  [seq, number]: readonly [number, number],
  row: Row,
  limit: ValueLimit,
): string {
  checkRow(table, row);
  const cells: string[] = [];
  let size = 0;
  for (const [at, { column, type }] of columns.entries()) {
    const value = row[at];
    if (value === null || value === undefined) continue;
    const most = column.type === 'string' ? capacity(type, limit) : LIMITS[limit];
    const bytes = typeof value === 'string' ? Buffer.byteLength(value) : 0;
    size += bytes;
    if (bytes > most) throw tooLarge(table.name, `column ${JSON.stringify(column.name)}`, most);
    if (size > LIMITS[limit]) throw tooLarge(table.name, 'a row', LIMITS[limit]);
    cells.push(`"${at}":${encode(column.type, value)}`);
  }
  const line = `{"t":${index},"s":${seq},"r":${number},"c":{${cells.join(',')}}}`;
  if (Buffer.byteLength(line) > LIMITS[limit]) throw tooLarge(table.name, 'a row', LIMITS[limit]);
  return line;
}

/** The line of a document. */
export function documentLine(document: Document, seq: number, shape: number): string {
  const { id, order, status, replaces } = document;
  const against = replaces === undefined ? {} : { x: replaces ?? '' };
  return JSON.stringify({ t: -1, s: seq, id, o: order, st: status, h: shape, ...against });
}

/** The lines of a shape: what finds the records of its tables, and each of these. */
export function shapeLines(shape: number, plans: readonly TablePlan[]): readonly string[] {
  const tags = plans.map(({ stored }) => tableTag(stored));
  const pattern = tags.length === 0 ? '' : entriesOf(tags);
  return [
    JSON.stringify({ t: -3, h: shape, p: pattern }),
    ...plans.map(({ index }) => JSON.stringify({ t: -2, h: shape, n: index })),
  ];
}

/** Runs what is refused, if it is, on account of one document. */
export function about<T>(id: string, task: () => T): T {
  try {
    return task();
  } catch (error) {
    throw aboutDocument(error, id);
  }
}

function tooLarge(table: string, what: string, limit: number): SinkError {
  return new SinkError(
    'INVALID_VALUE',
    `Table ${JSON.stringify(table)}: ${what} is larger than Snowflake holds, which is ${limit / 1_048_576} MB. See valueLimit, or map less of the file.`,
  );
}
