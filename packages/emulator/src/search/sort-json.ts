import { parseDate } from './dates.ts';
import { shardError } from './errors.ts';
import type { SortKey, SortValue } from './sort.ts';

/** What stands for a missing value where the largest or smallest comes last. JSON.stringify cannot write all of them. */
const MISSING: Readonly<Record<string, readonly [most: string, least: string]>> = {
  date: ['9223372036854775807', '-9223372036854775808'],
  long: ['9223372036854775807', '-9223372036854775808'],
  double: ['"Infinity"', '"-Infinity"'],
  boolean: ['2147483647', '-2147483648'],
};

function missingOf(key: SortKey): string | undefined {
  const [most, least] = MISSING[key.kind] ?? [];
  return key.missingFirst === key.descending ? most : least;
}

/** A sort value as JSON. */
export function sortValueJson(key: SortKey, value: SortValue): string {
  if (value !== undefined) return key.field === 'fileId' ? `"${value}"` : JSON.stringify(value);
  return missingOf(key) ?? 'null';
}

function cannotRead(key: SortKey): never {
  throw shardError(
    'illegal_argument_exception',
    `Failed to parse search_after value for field [${key.field}].`,
  );
}

function cursorNumber(key: SortKey, value: unknown, text: string): SortValue {
  const number = value === '' || typeof value === 'boolean' ? Number.NaN : Number(value);
  const broken = key.kind === 'boolean' && typeof value === 'string' && !/^[+-]?\d+$/.test(value);
  if (Number.isNaN(number) || broken) cannotRead(key);
  if (key.kind === 'double') return Number.isFinite(number) ? number : undefined;
  if (Math.abs(number) < 2 ** 63)
    return key.kind === 'boolean' && Math.abs(number) > 1 ? undefined : Math.trunc(number);
  // JavaScript turns the longest long into another number, which Elasticsearch then refuses.
  const exact = MISSING['long']?.[number > 0 ? 0 : 1] ?? '';
  if (!text.includes(exact)) cannotRead(key);
  return undefined;
}

function cursorValue(key: SortKey, value: unknown, text: string, now: number): SortValue {
  if (key.kind === 'keyword') return value === null ? undefined : String(value);
  if (value === null)
    throw shardError(
      'null_pointer_exception',
      'Cannot invoke "java.lang.Long.longValue()" because "value" is null',
      500,
    );
  if (key.kind !== 'date' || typeof value === 'number') return cursorNumber(key, value, text);
  const given = String(value);
  if (given.startsWith('now'))
    throw shardError('parse_exception', 'could not read the current timestamp');
  return /^-?\d{17,}$/.test(given) ? cursorNumber(key, given, text) : parseDate(given, { now });
}

/** Reads `search_after`, which must have one value per sort key. */
export function parseCursor(
  { after, from }: { readonly after: readonly unknown[] | undefined; readonly from: number },
  keys: readonly SortKey[],
  text: string,
  now: number,
): SortValue[] | undefined {
  if (after === undefined) return undefined;
  if (keys.every((key) => key.kind === 'score') && keys.length < 2)
    throw shardError('illegal_argument_exception', 'Sort must contain at least one field.');
  if (after.length !== keys.length)
    throw shardError(
      'illegal_argument_exception',
      `search_after has ${after.length} value(s) but sort has ${keys.length}.`,
    );
  const cursor = keys.map((key, index) => cursorValue(key, after[index], text, now));
  if (from > 0)
    throw shardError(
      'search_exception',
      '`from` parameter must be set to 0 when `search_after` is used.',
      500,
    );
  return cursor;
}
