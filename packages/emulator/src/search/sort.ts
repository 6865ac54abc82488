import type { Doc } from '../lake/doc.ts';
import { isObject } from '../lake/file.ts';
import { parseDate } from './dates.ts';
import { illegalArgument, parsingError, SearchError, shardError, unsupported } from './errors.ts';
import { type FieldKind, type FieldReader, isMapped, kindOf, type Scalar } from './fields.ts';
import type { Clause } from './query/clause.ts';

/** A value to sort by. `undefined` is a document without one. */
export type SortValue = string | number | undefined;

/** One key of a sort. */
export interface SortKey {
  readonly field: string;
  readonly kind: FieldKind | 'score' | 'doc';
  readonly descending: boolean;
  readonly missingFirst: boolean;
}

/** What Elasticsearch gives as the sort value of a missing date or number. JSON.stringify cannot write it. */
export const LONG_MAX = '9223372036854775807';
/** The same for missing values that come first. */
export const LONG_MIN = '-9223372036854775808';

function sortKey(field: string, options: unknown): SortKey {
  const given = isObject(options) ? options : { order: options };
  for (const key of Object.keys(given)) {
    if (['mode', 'nested', 'nested_path', 'numeric_type', 'format'].includes(key))
      throw unsupported(`[${key}] of a sort`);
    if (!['order', 'missing', 'unmapped_type'].includes(key))
      throw parsingError(`[field_sort] unknown field [${key}]`);
  }
  const order = given['order'] ?? (field === '_score' ? 'desc' : 'asc');
  if (order !== 'asc' && order !== 'desc')
    throw illegalArgument(`Unknown SortOrder [${String(order)}]`);
  const missing = given['missing'] ?? '_last';
  if (missing !== '_last' && missing !== '_first')
    throw unsupported('a sort with a value for [missing]');
  if (field.endsWith('.text')) {
    throw shardError(
      'illegal_argument_exception',
      `Text fields are not optimised for operations that require per-document field data like aggregations and sorting, so these operations are disabled by default. Please use a keyword field instead. Alternatively, set fielddata=true on [${field}] in order to load field data by uninverting the inverted index. Note that this can use significant memory.`,
    );
  }
  const special = { _score: 'score', _doc: 'doc' } as const;
  const kind = field === '_score' || field === '_doc' ? special[field] : kindOf(field);
  if (
    kind !== 'score' &&
    kind !== 'doc' &&
    !isMapped(field) &&
    given['unmapped_type'] === undefined
  ) {
    throw shardError(
      'query_shard_exception',
      `No mapping found for [${field}] in order to sort on`,
    );
  }
  return { field, kind, descending: order === 'desc', missingFirst: missing === '_first' };
}

/** Reads `sort` in all its forms: a name, an object, a list of both. */
export function parseSort(given: unknown, indexedAtAllowed: boolean): SortKey[] {
  if (given === undefined) return [];
  const list: unknown[] = Array.isArray(given) ? given : [given];
  const keys = list.flatMap((item) => {
    if (typeof item === 'string') return [sortKey(item, {})];
    if (!isObject(item))
      throw illegalArgument(
        'malformed sort format, within the sort array, an object, or an actual string are allowed',
      );
    return Object.entries(item).map(([field, options]) => sortKey(field, options));
  });
  if (!indexedAtAllowed && keys.some((key) => key.field === 'indexedAt')) {
    throw shardError('illegal_argument_exception', 'sorting on [indexedAt] is not allowed');
  }
  return keys;
}

function toSortValue(kind: SortKey['kind'], value: Scalar): SortValue {
  if (kind === 'date') return typeof value === 'number' ? value : Date.parse(String(value));
  return typeof value === 'boolean' ? Number(value) : value;
}

/** Reads what a document is sorted by under one key. Of several values the first in order counts. */
export function sortReader(
  key: SortKey,
  reader: FieldReader<Doc>,
  clause: Clause<Doc>,
): (doc: Doc) => SortValue {
  if (key.kind === 'score') return (doc) => clause.score(doc);
  if (key.kind === 'doc') return () => 0;
  const single = reader.single(key.field);
  if (single !== undefined) {
    return (doc) => {
      const value = single(doc);
      return value === undefined ? undefined : toSortValue(key.kind, value);
    };
  }
  const read = reader.values(key.field);
  return (doc) =>
    read(doc)
      .map((value) => toSortValue(key.kind, value))
      .reduce((best: SortValue, value) => {
        if (best === undefined) return value;
        const order = comparePresent(value, best);
        return (key.descending ? order > 0 : order < 0) ? value : best;
      }, undefined);
}

/** Compares two texts by code point, as the bytes of their UTF-8 would. */
function compareText(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const [left, right] = [a.charCodeAt(index), b.charCodeAt(index)];
    if (left !== right) return surrogatesLast(left) - surrogatesLast(right);
  }
  return a.length - b.length;
}

function surrogatesLast(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

function comparePresent(a: SortValue, b: SortValue): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return compareText(String(a), String(b));
}

/** Compares two documents' values under one key, in the order of the key. */
export function compareUnder(key: SortKey, a: SortValue, b: SortValue): number {
  if (a === undefined || b === undefined) {
    if (a === b) return 0;
    return (a === undefined) === key.missingFirst ? -1 : 1;
  }
  const order = comparePresent(a, b);
  return key.descending ? -order : order;
}

/** A sort value as JSON. */
export function sortValueJson(key: SortKey, value: SortValue): string {
  if (value !== undefined) return key.field === 'fileId' ? `"${value}"` : JSON.stringify(value);
  if (key.kind === 'keyword') return 'null';
  return key.missingFirst === key.descending ? LONG_MAX : LONG_MIN;
}

function cursorValue(key: SortKey, value: unknown, text: string, now: number): SortValue {
  if (value === null) return undefined;
  if (key.kind === 'keyword') return String(value);
  const number =
    key.kind === 'date' && typeof value === 'string' ? parseDate(value, { now }) : Number(value);
  if (Number.isNaN(number)) {
    throw shardError(
      'illegal_argument_exception',
      `Failed to parse search_after value for field [${key.field}].`,
    );
  }
  if (Math.abs(number) < 2 ** 63) return number;
  // JavaScript turns the longest long into another number, which Elasticsearch then refuses.
  const exact = number > 0 ? LONG_MAX : LONG_MIN;
  if (!text.includes(exact)) {
    throw shardError(
      'illegal_argument_exception',
      `Failed to parse search_after value for field [${key.field}].`,
    );
  }
  return undefined;
}

/** Reads `search_after`, which must have one value per sort key. */
export function parseCursor(
  given: unknown,
  keys: readonly SortKey[],
  text: string,
  now: number,
): SortValue[] | undefined {
  if (given === undefined) return undefined;
  if (!Array.isArray(given))
    throw parsingError('Expected [START_ARRAY] in [search_after] but found [VALUE]');
  if (given.length === 0) throw illegalArgument('Values must contains at least one value.');
  if (keys.length === 0)
    throw shardError('illegal_argument_exception', 'Sort must contain at least one field.');
  if (given.length !== keys.length) {
    throw new SearchError(
      'illegal_argument_exception',
      `search_after has ${given.length} value(s) but sort has ${keys.length}.`,
      { onShards: true },
    );
  }
  return keys.map((key, index) => cursorValue(key, given[index], text, now));
}
