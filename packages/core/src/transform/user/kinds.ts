import { types } from 'node:util';

/** Whether a value is an object with keys of its own: no list, no `Map`, no promise, no function. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return Object.prototype.toString.call(value) === '[object Object]';
}

/**
 * What an object has under a name. What every object inherits, such as `constructor`, nobody has put there; what a class
 * of the user's gives to its objects counts.
 */
export function valueUnder(record: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(record, name) || !(name in Object.prototype) ? record[name] : undefined;
}

/** What sort of value it is, in words that hold nothing of it. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'object') return kindOfObject(value);
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  return KINDS[typeof value] ?? `a ${typeof value}`;
}

const KINDS: Readonly<Record<string, string>> = { string: 'a text', bigint: 'a BigInt' };

function kindOfObject(value: object): string {
  if (types.isPromise(value)) return 'a Promise, which nobody has awaited';
  if (types.isDate(value)) return Number.isNaN(dateMs(value)) ? 'an invalid Date' : 'a Date';
  if (Array.isArray(value)) return 'an array';
  const tag = /^\[object (\w+)\]$/.exec(Object.prototype.toString.call(value))?.[1] ?? 'Object';
  return tag === 'Object' ? 'an object' : `${/^[AEIOU]/.test(tag) ? 'an' : 'a'} ${tag}`;
}

/** When a date is, whatever its object says of itself. */
export function dateMs(date: Date): number {
  return Date.prototype.getTime.call(date);
}
