import { isObject, type JsonObject } from '../../lake/file.ts';
import { type DateOptions, parseDate, parseOffset } from '../dates.ts';
import { illegalArgument, parsingError, shardError, unsupported } from '../errors.ts';
import { kindOf, type Scalar } from '../fields.ts';
import { type Clause, constant, oneField, type Scope } from './clause.ts';
import { timesReader } from './term.ts';

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

function boundsOf(body: JsonObject): Bounds {
  let [lower, upper] = [body['from'] ?? null, body['to'] ?? null];
  let includeLower = body['include_lower'] !== false;
  let includeUpper = body['include_upper'] !== false;
  if ('gte' in body) [lower, includeLower] = [body['gte'] ?? null, true];
  if ('gt' in body) [lower, includeLower] = [body['gt'] ?? null, false];
  if ('lte' in body) [upper, includeUpper] = [body['lte'] ?? null, true];
  if ('lt' in body) [upper, includeUpper] = [body['lt'] ?? null, false];
  return { lower, upper, includeLower, includeUpper };
}

/** Times from and to, both included. */
export interface TimeSpan {
  readonly from: number;
  readonly to: number;
}

function timeSpan(body: JsonObject, now: number): TimeSpan {
  const { lower, upper, includeLower, includeUpper } = boundsOf(body);
  const zone = body['time_zone'];
  const offsetMinutes = zone === undefined ? 0 : parseOffset(String(zone));
  if (offsetMinutes === undefined) throw unsupported(`the time zone [${String(zone)}]`);
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
  const [field, given] = oneField('range', body);
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

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function compareHeld(held: Scalar, bound: unknown): number {
  if (typeof held !== 'number') return compareText(String(held), String(bound));
  const number = Number(bound);
  return held < number ? -1 : held > number ? 1 : held === number ? 0 : NaN;
}

function within(held: Scalar, { lower, upper, includeLower, includeUpper }: Bounds): boolean {
  if (lower !== null) {
    const order = compareHeld(held, lower);
    if (!(includeLower ? order >= 0 : order > 0)) return false;
  }
  if (upper === null) return true;
  const order = compareHeld(held, upper);
  return includeUpper ? order <= 0 : order < 0;
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
  if (kindOf(field) === 'date') return compileTimeRange(field, given, scope);
  if ('time_zone' in given) {
    throw shardError(
      'query_shard_exception',
      `failed to create query: Field [${field}] of type [keyword] does not support custom time zones`,
    );
  }
  const bounds = boundsOf(given);
  for (const bound of [bounds.lower, bounds.upper]) {
    if (typeof bound === 'object' && bound !== null)
      throw illegalArgument(`[range] bound of [${field}] must be a value`);
  }
  const read = scope.reader.values(field);
  return constant((target) => read(target).some((held) => within(held, bounds)));
}
