import { types } from 'node:util';
import type { ColumnType } from '@tdp-sync/sink';
import { ExactNumber } from '../../exact-json.ts';
import { storableJson } from '../../json.ts';
import { convert } from '../convert.ts';
import { type Cell, Unfit } from '../transform.ts';
import { dateMs, kindOf } from './kinds.ts';

/** A value of a user's that its column cannot hold, and what sort of value that is. */
export class Misfit extends Error {
  readonly kind: string;

  constructor(kind: string) {
    super(`${kind} does not fit`);
    this.kind = kind;
  }
}

/**
 * The cell for what a user's transform gave: as {@link convert} makes it of the JSON that stands for it. What JSON would
 * drop or change in silence, a function for instance or `NaN`, fits no column.
 *
 * @throws Misfit, and whatever the value throws that is looked at.
 */
export function cellOf(value: unknown, type: ColumnType): Cell {
  if (value === null || value === undefined) return null;
  if (types.isDate(value)) return converted(value, isoOf(value), type);
  if (typeof value === 'object') {
    if (type !== 'json' && type !== 'string') throw new Misfit(kindOf(value));
    return storableJson(jsonOf(value));
  }
  if (typeof value === 'bigint') return converted(value, new ExactNumber(String(value)), type);
  if (isLost(value)) throw new Misfit(kindOf(value));
  return converted(value, value, type);
}

function converted(value: unknown, plain: unknown, type: ColumnType): Cell {
  const cell = convert(plain, type);
  if (cell instanceof Unfit) throw new Misfit(kindOf(value));
  return cell;
}

function isoOf(date: Date): string {
  if (Number.isNaN(dateMs(date))) throw new Misfit(kindOf(date));
  return Date.prototype.toISOString.call(date);
}

/** What has no place in JSON. */
function isLost(value: unknown): boolean {
  return (
    typeof value === 'function' ||
    typeof value === 'symbol' ||
    (typeof value === 'number' && !Number.isFinite(value))
  );
}

function jsonOf(value: object): string {
  let json: unknown;
  try {
    json = JSON.stringify(value, whole);
  } catch (error) {
    if (error instanceof RangeError) throw new Misfit(`${kindOf(value)} that is nested too deeply`);
    if (isCycle(error)) throw new Misfit(`${kindOf(value)} that holds itself`);
    throw error;
  }
  if (typeof json !== 'string') throw new Misfit(kindOf(value));
  return json;
}

/** The engine's own error has no type of its own. */
function isCycle(error: unknown): boolean {
  return error instanceof TypeError && error.message.startsWith('Converting circular structure');
}

/** For `JSON.stringify`, which drops or changes some values in silence. `value` is what `toJSON` made of it. */
function whole(this: unknown, key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return new ExactNumber(String(value)).toJSON();
  const inside = `${kindOf(this)} with`;
  if (isLost(value)) throw new Misfit(`${inside} ${kindOf(value)} in it`);
  if (types.isMap(value) || types.isSet(value) || types.isPromise(value))
    throw new Misfit(key === '' ? kindOf(value) : `${inside} ${kindOf(value)} in it`);
  if (value === null) refuseInvalidDate(this, key, inside);
  return value;
}

/** Of an invalid date JSON makes `null`. */
function refuseInvalidDate(holder: unknown, key: string, inside: string): void {
  const given: unknown = (holder as Readonly<Record<string, unknown>>)[key];
  if (types.isDate(given)) throw new Misfit(`${inside} ${kindOf(given)} in it`);
}
