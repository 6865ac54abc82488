import type { Table } from '@tdp-sync/sink';
import type { FileHit } from '../../file.ts';
import { parseText } from '../document.ts';
import type { Cell } from '../transform.ts';
import { cellOf, Misfit } from './cells.ts';
import { Fault } from './fault.ts';
import { isRecord, kindOf, valueUnder } from './kinds.ts';
import type { CheckedModule } from './module.ts';
import { describeThrown } from './thrown.ts';

/** The rows of one file, for each table of the module in their order. */
export type RowsByTable = readonly (readonly (readonly Cell[])[])[];

/**
 * What a user's function makes of a file, checked to the last value.
 *
 * @throws SyncError `DOCUMENT_INVALID`, and {@link Fault} for all that the function or what it gave does wrong.
 */
export async function rowsOf(
  { module, tables }: CheckedModule,
  url: string,
  file: FileHit,
  content: Buffer,
): Promise<RowsByTable> {
  const { value, text } = parseText(file, content);
  try {
    // In the same breath: what is given may run the user's code when it is looked at.
    return checked(await module.rows(file, value, text), tables);
  } catch (error) {
    if (error instanceof Fault) throw error;
    throw new Fault(`it threw ${describeThrown(error, url)}`, undefined, error);
  }
}

function checked(given: unknown, tables: readonly Table[]): RowsByTable {
  if (!isRecord(given))
    throw new Fault(`it gave ${kindOf(given)} in place of an object that has rows by table`);
  const unknown = Object.keys(given).find((name) => !tables.some((table) => table.name === name));
  if (unknown !== undefined)
    throw new Fault(`it gave rows for ${shown(unknown)}, which is not in its tables`);
  return tables.map((table) => tableRows(table, valueUnder(given, table.name)));
}

function tableRows(table: Table, rows: unknown): readonly (readonly Cell[])[] {
  if (rows === undefined || rows === null) return [];
  if (!isList(rows))
    throw new Fault(
      `it gave ${kindOf(rows)} in place of a list of rows for the table ${shown(table.name)}`,
    );
  const names = new Set(table.columns.map(({ name }) => name));
  return Array.from(rows, (row, index) => cellsOf(table, names, row, `row ${index}`));
}

/** A text is iterable, too. */
function isList(rows: unknown): rows is Iterable<unknown> {
  return typeof rows === 'object' && rows !== null && Symbol.iterator in rows;
}

function cellsOf(
  { name: table, columns }: Table,
  names: ReadonlySet<string>,
  row: unknown,
  place: string,
): readonly Cell[] {
  if (!isRecord(row))
    throw new Fault(`it gave ${kindOf(row)} in place of a row of the table ${shown(table)}`, place);
  const unknown = Object.keys(row).find((key) => !names.has(key));
  if (unknown !== undefined)
    throw new Fault(
      `it gave a row with ${shown(unknown)}, which is no column of the table ${shown(table)}`,
      place,
    );
  return columns.map(({ name, type }) => {
    try {
      return cellOf(valueUnder(row, name), type);
    } catch (error) {
      if (!(error instanceof Misfit)) throw error;
      const column = `the column ${shown(name)} of the table ${shown(table)}`;
      throw new Fault(`it gave ${error.kind} for ${column}, which does not fit ${type}`, place);
    }
  });
}

/** A name that may have been made of a document's values is cut. */
function shown(name: string): string {
  return JSON.stringify(name.length > 100 ? `${name.slice(0, 100)}…` : name);
}
