import type { ColumnType } from '@tdp-sync/sink';
import { ExactNumber, type JsonObject } from '../../exact-json.ts';
import { storableJson, storableText } from '../../json.ts';
import { type Cell, Unfit } from '../transform.ts';

/** What a parsed document can hold besides objects, arrays and null. */
export type Literal = string | number | boolean | ExactNumber;

/** Whether an object or array has nothing in it. */
export function isEmpty(value: JsonObject | readonly unknown[]): boolean {
  for (const _ in value) return false;
  return true;
}

/** The type of a column that begins with this value. */
export function typeOf(value: Literal): ColumnType {
  if (typeof value === 'string') return 'string';
  return typeof value === 'boolean' ? 'boolean' : 'float64';
}

/** The cell that holds a literal in a column of this type. JSON takes any. */
export function cellOf(value: Literal, type: ColumnType): Cell {
  if (type === 'json') return jsonCell(value);
  if (value instanceof ExactNumber) return exactCell(value, type);
  if (typeof value === 'string') {
    const text = storableText(value);
    return type === 'string' ? text : new Unfit(text);
  }
  return typeOf(value) === type ? value : new Unfit(String(value));
}

/** Any value as the JSON text that it was. */
export function jsonCell(value: unknown): string {
  return storableJson(JSON.stringify(value));
}

/** A float64 column shows what comes nearest, so that sums and plots work; the digits are kept beside it. */
function exactCell({ text, nearest }: ExactNumber, type: ColumnType): Unfit {
  return new Unfit(text, type === 'float64' && Number.isFinite(nearest) ? nearest : null);
}
