import type { Doc } from '../lake/doc.ts';
import { isObject, type JsonObject } from '../lake/file.ts';
import type { FieldType, ValueType } from '../lake/mapping.ts';
import { compareText } from './compare-text.ts';
import {
  contentError,
  illegalArgument,
  parsingError,
  queryError,
  shardError,
  unsupported,
} from './errors.ts';
import type { FieldReader, Scalar } from './fields.ts';
import { tokenName } from './json.ts';
import type { Clause } from './query/clause.ts';

/** A value to sort by. `undefined` is a document without one. */
export type SortValue = string | number | undefined;

/** One key of a sort, as it was asked for. */
export interface AskedSort {
  readonly field: string;
  readonly descending: boolean;
  readonly missingFirst: boolean;
  /** What the field is taken for where an index does not have it. */
  readonly unmapped: string | undefined;
}

/** What a key sorts by. */
export type SortKind = ValueType | 'score' | 'doc';

/** One key of a sort, and what its values are. */
export interface SortKey extends AskedSort {
  readonly kind: SortKind;
}

const NOT_EMULATED = ['mode', 'nested', 'nested_path', 'nested_filter', 'numeric_type', 'format'];
const KNOWN = ['order', 'missing', 'unmapped_type'];

function orderOf(field: string, value: unknown, within: boolean): boolean {
  const order = String(value ?? (field === '_score' ? 'desc' : 'asc')).toLowerCase();
  if (order === 'asc' || order === 'desc') return order === 'desc';
  const reason = `No enum constant org.opensearch.search.sort.SortOrder.${order.toUpperCase()}`;
  if (!within) throw illegalArgument(reason);
  const behind = { type: 'illegal_argument_exception', reason };
  throw contentError('[field_sort] failed to parse field [order]', behind);
}

function asked(field: string, options: unknown): AskedSort {
  const given: JsonObject = isObject(options) ? options : { order: options };
  for (const key of Object.keys(given)) {
    if (NOT_EMULATED.includes(key)) throw unsupported(`[${key}] of a sort`);
    if (!KNOWN.includes(key)) throw contentError(`[field_sort] unknown field [${key}]`);
  }
  const missing = given['missing'] ?? '_last';
  if (missing !== '_last' && missing !== '_first')
    throw unsupported('a sort with a value for [missing]');
  const unmapped = given['unmapped_type'];
  return {
    field,
    descending: orderOf(field, given['order'], isObject(options)),
    missingFirst: missing === '_first',
    unmapped: unmapped === undefined ? undefined : String(unmapped),
  };
}

/** Reads `sort` in all its forms: a name, an object, a list of both. */
export function parseSort(body: JsonObject): AskedSort[] {
  const given = body['sort'];
  if (given === undefined) return [];
  if (given === null) throw parsingError(`Unknown key for a ${tokenName(given)} in [sort].`);
  const list: unknown[] = Array.isArray(given)
    ? given
    : [typeof given === 'object' ? given : String(given)];
  return list.flatMap((item) => {
    if (typeof item === 'string') return [asked(item, {})];
    if (!isObject(item))
      throw illegalArgument(
        'malformed sort format, within the sort array, an object, or an actual string are allowed',
      );
    return Object.entries(item).map(([field, options]) => asked(field, options));
  });
}

const UNMAPPED: ReadonlyMap<string, ValueType> = new Map<string, ValueType>([
  ...(['long', 'integer', 'short', 'byte'] as const).map((name) => [name, 'long'] as const),
  ...(['double', 'float'] as const).map((name) => [name, 'double'] as const),
  ...(['keyword', 'date', 'boolean'] as const).map((name) => [name, name] as const),
]);

/** What a key's values are in one index. */
export function kindIn(key: AskedSort, typeOf: (field: string) => FieldType | undefined): SortKind {
  if (key.field === '_score') return 'score';
  if (key.field === '_doc') return 'doc';
  const type = typeOf(key.field);
  switch (type) {
    case 'text':
      throw shardError(
        'illegal_argument_exception',
        `Text fields are not optimised for operations that require per-document field data like aggregations and sorting, so these operations are disabled by default. Please use a keyword field instead. Alternatively, set fielddata=true on [${key.field}] in order to load field data by uninverting the inverted index. Note that this can use significant memory.`,
      );
    case '_id':
    case '_index':
      return 'keyword';
    case 'object':
    case 'nested':
    case undefined: {
      if (key.unmapped === undefined)
        throw queryError(`No mapping found for [${key.field}] in order to sort on`);
      const kind = UNMAPPED.get(key.unmapped);
      if (kind === undefined) throw unsupported(`[unmapped_type] ${key.unmapped}`);
      return kind;
    }
    default:
      return type;
  }
}

function toSortValue(kind: SortKind, value: Scalar): SortValue {
  if (kind === 'date') return typeof value === 'number' ? value : Date.parse(String(value));
  return kind === 'keyword' ? String(value) : Number(value);
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

function comparePresent(a: SortValue, b: SortValue): number {
  if (typeof a === 'number' && typeof b === 'number') return a < b ? -1 : a > b ? 1 : 0;
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
