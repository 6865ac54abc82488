import { isObject, type JsonObject } from '../../lake/file.ts';
import { compareText } from '../compare-text.ts';
import { type DateOptions, parseDate, zoneMinutes } from '../dates.ts';
import { parsingError, unsupported, valueError } from '../errors.ts';
import type { Scalar } from '../fields.ts';
import { type Clause, constant, nothing, oneField, type Scope } from './clause.ts';
import { isScalar, timesReader, wordsReader } from './term.ts';
import { booleanOf, numberOf } from './value.ts';

const OPTIONS = [
  ...['gt', 'gte', 'lt', 'lte', 'from', 'to', 'include_lower', 'include_upper'],
  ...['format', 'time_zone', 'relation', 'boost', '_name'],
];

interface Bounds {
  readonly lower: unknown;
  readonly upper: unknown;
  readonly includeLower: boolean;
  readonly includeUpper: boolean;
}

/** Of two bounds on one side the one that is written last counts, whether it is included or not. */
function boundsOf(body: JsonObject): Bounds {
  let [lower, upper]: unknown[] = [null, null];
  let [includeLower, includeUpper] = [true, true];
  for (const [key, value] of Object.entries(body)) {
    if (key === 'from') lower = value;
    else if (key === 'to') upper = value;
    else if (key === 'include_lower') includeLower = value !== false;
    else if (key === 'include_upper') includeUpper = value !== false;
    else if (key === 'gte' || key === 'gt') [lower, includeLower] = [value, key === 'gte'];
    else if (key === 'lte' || key === 'lt') [upper, includeUpper] = [value, key === 'lte'];
  }
  return { lower, upper, includeLower, includeUpper };
}

/** Minutes by which times without a zone are off. */
function zoneOf(body: JsonObject): number {
  const zone = body['time_zone'];
  return zone === undefined || zone === null ? 0 : zoneMinutes(String(zone));
}

/** Times from and to, both included. */
export interface TimeSpan {
  readonly from: number;
  readonly to: number;
}

function timeSpan(body: JsonObject, now: number): TimeSpan {
  const { lower, upper, includeLower, includeUpper } = boundsOf(body);
  const offsetMinutes = zoneOf(body);
  const format = body['format'] === undefined ? undefined : String(body['format']);
  const options: DateOptions = { now, format, offsetMinutes };
  const from =
    lower === null
      ? -Infinity
      : parseDate(lower, { ...options, roundUp: !includeLower }) + (includeLower ? 0 : 1);
  const to =
    upper === null
      ? Infinity
      : parseDate(upper, { ...options, roundUp: includeUpper }) - (includeUpper ? 0 : 1);
  return { from, to };
}

function rangeBody(body: unknown): [field: string, body: JsonObject] {
  const [field, given] = oneField('range', body, true);
  if (!isObject(given)) throw parsingError(`[range] query does not support [${field}]`);
  for (const key of Object.keys(given)) {
    if (!OPTIONS.includes(key)) throw parsingError(`[range] query does not support [${key}]`);
  }
  return [field, given];
}

/** The times that a `range` on `indexedAt` allows; `undefined` for any other clause. */
export function indexedAtSpan(query: unknown, now: number): TimeSpan | undefined {
  if (!isObject(query) || !('range' in query)) return undefined;
  const [field, body] = rangeBody(query['range']);
  return field === 'indexedAt' ? timeSpan(body, now) : undefined;
}

type Within<V> = (value: V) => boolean;

/** A test for values between bounds that are of the values' own kind. */
function between<V>(
  bounds: Bounds,
  of: (bound: unknown) => V,
  compare: (a: V, b: V) => number,
): Within<V> {
  const { lower, upper, includeLower, includeUpper } = bounds;
  const [least, most] = [lower, upper].map((bound) => (bound === null ? undefined : of(bound)));
  return (value) => {
    if (least !== undefined) {
      const order = compare(value, least);
      if (order < 0 || (order === 0 && !includeLower)) return false;
    }
    if (most === undefined) return true;
    const order = compare(value, most);
    return order < 0 || (order === 0 && includeUpper);
  };
}

function scalar(bound: unknown): Scalar {
  return isScalar(bound) ? bound : String(bound);
}

function compileTimeRange<T>(field: string, body: JsonObject, scope: Scope<T>): Clause<T> {
  const { from, to } = timeSpan(body, scope.now);
  const single = scope.reader.single(field);
  if (single !== undefined) {
    return constant((target) => {
      const time = single(target);
      return typeof time === 'number' && time >= from && time <= to;
    });
  }
  const times = timesReader(field, scope.reader);
  return constant((target) => times(target).some((time) => time >= from && time <= to));
}

/** `range`: between two values. Partial dates are rounded as Elasticsearch rounds them. */
export function compileRange<T>(body: unknown, scope: Scope<T>): Clause<T> {
  const [field, given] = rangeBody(body);
  const bounds = boundsOf(given);
  const written = Object.values(given);
  if (written.some(isObject))
    throw parsingError('Unexpected token [END_OBJECT] found after the main object.');
  if (written.some(Array.isArray)) throw unsupported('a list as the bound of a [range]');
  zoneOf(given);
  const { reader } = scope;
  const type = reader.type(field);
  const read = reader.values(field);
  switch (type) {
    case 'date':
      return compileTimeRange(field, given, scope);
    case 'keyword': {
      const test = between(bounds, (bound) => String(scalar(bound)), compareText);
      return constant((target) => read(target).some((value) => test(String(value))));
    }
    case 'text': {
      const test = between(bounds, (bound) => String(scalar(bound)), compareText);
      const words = wordsReader(field, reader);
      return constant((target) => words(target).some(test));
    }
    case 'long':
    case 'double': {
      const test = between(
        bounds,
        (bound) => numberOf(scalar(bound)),
        (a, b) => a - b,
      );
      return constant((target) => read(target).some((value) => test(Number(value))));
    }
    case 'boolean': {
      const test = between(
        bounds,
        (bound) => Number(booleanOf(scalar(bound))),
        (a, b) => a - b,
      );
      return constant((target) => read(target).some((value) => test(Number(value))));
    }
    case '_id':
    case '_index':
      throw valueError(
        'illegal_argument_exception',
        `Field [${field}] of type [${type}] does not support range queries`,
      );
    default:
      return nothing();
  }
}
