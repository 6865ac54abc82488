import { SinkError } from './errors.ts';
import type { Column, ColumnType, Row, Sink, Table, Value } from './sink.ts';

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;
const DECIMAL = /^-?\d{1,29}(?:\.\d{1,9})?$/;
const DECIMAL_PARTS = /^(-?)0*(\d*)\.?(\d*?)0*$/;
const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const TIMESTAMP = /^(\d{4}-\d{2}-\d{2})T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{6}Z$/;
/** An escape that stands for NUL or for any half of a surrogate pair. */
const SUSPECT_ESCAPE = /\\u(?:0000|d[89a-f])/i;

/**
 * Throws `INVALID_VALUE` unless the value has the one form of its column's type. The message names
 * the place and the kind of value, never the value itself.
 */
export function checkValue(table: string, column: Column, value: unknown): asserts value is Value {
  if (value === null || fits(column.type, value)) return;
  throw new SinkError(
    'INVALID_VALUE',
    `Table ${JSON.stringify(table)}, column ${JSON.stringify(column.name)} of type ${column.type}: ` +
      `${kindOf(value)} does not fit. See ColumnType in the sink contract for the form of each type.`,
  );
}

const vouchedFor = new WeakSet<Row>();

/**
 * Notes that whoever made this row has proven that each value has the form of its column's type, so that {@link checkRow} need not
 * prove it again: of a row that holds a large JSON text that is most of its cost. The row must not change after that.
 */
export function vouchFor(row: Row): Row {
  vouchedFor.add(row);
  return row;
}

/**
 * Throws `INVALID_VALUE` unless the row has a fitting value for each column of its table. Of a row that
 * {@link vouchFor} was told of only the length is looked at.
 */
export function checkRow(table: Table, row: unknown): asserts row is Row {
  const { name, columns } = table;
  if (!Array.isArray(row) || row.length !== columns.length) {
    const found = Array.isArray(row) ? `${row.length} values` : kindOf(row);
    throw new SinkError(
      'INVALID_VALUE',
      `Table ${JSON.stringify(name)} has ${columns.length} columns, but a row has ${found}.`,
    );
  }
  if (vouchedFor.has(row)) return;
  for (const [index, column] of columns.entries()) checkValue(name, column, row[index]);
}

/** The one spelling in which {@link Sink.rows} gives a decimal: no zero that says nothing, no `-0`. */
export function shortestDecimal(decimal: string): string {
  const [, sign = '', whole = '', fraction = ''] = DECIMAL_PARTS.exec(decimal) ?? [];
  const shortest = `${whole === '' ? '0' : whole}${fraction === '' ? '' : `.${fraction}`}`;
  return shortest === '0' ? shortest : `${sign}${shortest}`;
}

/** Whether a text is well-formed Unicode without NUL, which every database can hold. */
export function isStorableText(value: unknown): value is string {
  return typeof value === 'string' && value.isWellFormed() && !value.includes('\0');
}

function fits(type: ColumnType, value: unknown): boolean {
  switch (type) {
    case 'boolean':
      return typeof value === 'boolean';
    case 'int64':
      return typeof value === 'bigint' && value >= INT64_MIN && value <= INT64_MAX;
    case 'float64':
      return Number.isFinite(value);
    case 'decimal':
      return typeof value === 'string' && DECIMAL.test(value);
    case 'string':
      return isStorableText(value);
    case 'date':
      return typeof value === 'string' && isDate(value);
    case 'timestamp':
      return typeof value === 'string' && isDate(TIMESTAMP.exec(value)?.[1] ?? '');
    case 'json':
      return isStorableText(value) && isJson(value);
  }
}

function isDate(text: string): boolean {
  const [, year, month, day] = DATE.exec(text)?.map(Number) ?? [];
  if (year === undefined || month === undefined || day === undefined || year === 0) return false;
  return month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month);
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function isJson(text: string): boolean {
  try {
    if (!SUSPECT_ESCAPE.test(text)) {
      JSON.parse(text);
      return true;
    }
    let storable = true;
    JSON.parse(text, (key, value: unknown) => {
      storable &&= isStorableText(key) && (typeof value !== 'string' || isStorableText(value));
      return value;
    });
    return storable;
  } catch {
    return false;
  }
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? `an object (${value.constructor?.name})` : `a ${typeof value}`;
}
