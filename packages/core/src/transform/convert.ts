import type { ColumnType } from '@tdp-sync/sink';
import { type Decimal, decimalOf, int64Of, isFloat, parseDecimal } from '../decimal.ts';
import { ExactNumber } from '../exact-json.ts';
import { storableJson, storableText } from '../json.ts';
import { dateOf, timestampOf } from './time.ts';
import { type Cell, Unfit } from './transform.ts';

/**
 * The cell that holds a JSON value in a column of a type: the value in the type's one form, or an
 * {@link Unfit} when the type does not hold all of it. Absent values and `null` are `null`. Nothing is
 * rounded or guessed, but for the digits of a second beyond the sixth, which are cut off.
 *
 * `docs/mapping.md` has the rules as a table.
 */
export function convert(value: unknown, type: ColumnType): Cell {
  return value === null || value === undefined ? null : CONVERTERS[type](value);
}

const CONVERTERS: Readonly<Record<ColumnType, (value: unknown) => Cell>> = {
  string: textOf,
  json: jsonOf,
  int64: toInt64,
  float64: toFloat64,
  decimal: (value) => ofDecimal(value, decimalOf),
  boolean: toBoolean,
  date: (value) => ofText(value, dateOf),
  timestamp: (value) => ofText(value, timestampOf),
};

function toInt64(value: unknown): Cell {
  // Beyond the safe ones a float64 is not the integer that was written, although its shortest spelling is.
  return Number.isSafeInteger(value) ? BigInt(value as number) : ofDecimal(value, int64Of);
}

function toFloat64(value: unknown): Cell {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  return ofDecimal(value, (decimal, text) => {
    const nearest = Number(text);
    if (!Number.isFinite(nearest)) return undefined;
    return isFloat(decimal, nearest) ? nearest : new Unfit(text, nearest);
  });
}

function toBoolean(value: unknown): Cell {
  if (typeof value === 'boolean') return value;
  if (value === 'true') return true;
  return value === 'false' ? false : new Unfit(textOf(value));
}

/** What becomes of a number, or of a text that is one. */
function ofDecimal(value: unknown, to: (decimal: Decimal, text: string) => Cell | undefined): Cell {
  const text = textOf(value);
  const decimal = isNumeric(value) ? parseDecimal(text) : undefined;
  const cell = decimal === undefined ? undefined : to(decimal, text);
  return cell ?? new Unfit(text);
}

function isNumeric(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number' || value instanceof ExactNumber;
}

function ofText(value: unknown, to: (text: string) => string | undefined): Cell {
  return (typeof value === 'string' ? to(value) : undefined) ?? new Unfit(textOf(value));
}

/** A value as it was written, or as JSON where it is no scalar. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return storableText(value);
  if (value instanceof ExactNumber) return value.text;
  return typeof value === 'object' ? jsonOf(value) : String(value);
}

function jsonOf(value: unknown): string {
  // JSON has no functions; a user's transform may give one nevertheless.
  const json: string | undefined = JSON.stringify(value);
  return storableJson(json ?? 'null');
}
