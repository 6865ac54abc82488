import { isObject, type JsonObject } from '../../lake/file.ts';
import { addUnits, floorTo, parseDate, parseOffset } from '../dates.ts';
import { illegalArgument, shardError, unsupported } from '../errors.ts';
import { kindOf } from '../fields.ts';
import { timesReader } from '../query/term.ts';
import { type AggScope, aggField, aggOptions } from './scope.ts';

const OPTIONS = [
  ...[
    'field',
    'interval',
    'fixed_interval',
    'calendar_interval',
    'min_doc_count',
    'extended_bounds',
  ],
  ...['time_zone', 'format', 'order', 'offset', 'keyed', 'missing'],
];
const CALENDAR: Readonly<Record<string, string>> = {
  ...{ minute: 'm', '1m': 'm', hour: 'h', '1h': 'h', day: 'd', '1d': 'd', week: 'w', '1w': 'w' },
  ...{
    month: 'M',
    '1M': 'M',
    quarter: 'q',
    '1q': 'q',
    year: 'y',
    '1y': 'y',
    second: 's',
    '1s': 's',
  },
};
const FIXED: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
const MAX_BUCKETS = 65_536;

/** How times fall into buckets. */
interface Grid {
  floor(time: number): number;
  next(start: number): number;
}

function calendarGrid(unit: string, shift: number): Grid {
  return {
    floor: (time) => floorTo(time + shift, unit) - shift,
    next: (start) => addUnits(start + shift, 1, unit) - shift,
  };
}

function fixedGrid(text: string, shift: number): Grid {
  const [, amount, unit = ''] = /^(\d+)(ms|s|m|h|d)$/.exec(text) ?? [];
  const length = Number(amount) * (FIXED[unit] ?? NaN);
  if (!(length > 0))
    throw illegalArgument(
      `failed to parse setting [date_histogram.fixedInterval] with value [${text}] as a time value: unit is missing or unrecognized`,
    );
  return {
    floor: (time) => Math.floor((time + shift) / length) * length - shift,
    next: (start) => start + length,
  };
}

function gridOf(given: JsonObject, shift: number): Grid {
  const { interval, fixed_interval: fixed, calendar_interval: calendar } = given;
  const count = [interval, fixed, calendar].filter((value) => value !== undefined).length;
  if (count === 0)
    throw illegalArgument('Invalid interval specified, must be non-null and non-empty');
  if (count > 1)
    throw illegalArgument(
      'Cannot use [interval] with [fixed_interval] or [calendar_interval] configuration options.',
    );
  if (calendar !== undefined) {
    const unit = CALENDAR[String(calendar)];
    if (unit === undefined)
      throw illegalArgument(
        `The supplied interval [${String(calendar)}] could not be parsed as a calendar interval.`,
      );
    return calendarGrid(unit, shift);
  }
  if (fixed !== undefined) return fixedGrid(String(fixed), shift);
  const unit = CALENDAR[String(interval)];
  return unit === undefined ? fixedGrid(String(interval), shift) : calendarGrid(unit, shift);
}

function keyText(format: unknown, key: number, shift: number, zone: string): string {
  const text = new Date(key + shift).toISOString();
  if (format === undefined || String(format).startsWith('strict_date_optional_time')) {
    return shift === 0 ? text : text.replace('Z', zone);
  }
  if (format === 'epoch_millis') return String(key);
  if (format === 'yyyy-MM-dd') return text.slice(0, 10);
  throw unsupported(`the format [${String(format)}] of [date_histogram]`);
}

function boundsOf(
  given: JsonObject,
  grid: Grid,
  keys: readonly number[],
  now: number,
): [number, number] {
  const bounds = given['extended_bounds'];
  const ends = isObject(bounds) ? [bounds['min'], bounds['max']] : [];
  const [min, max] = ends.map((end) =>
    end === undefined ? undefined : grid.floor(parseDate(end, { now })),
  );
  const lowest = keys.reduce((a, b) => Math.min(a, b), min ?? Infinity);
  const highest = keys.reduce((a, b) => Math.max(a, b), max ?? -Infinity);
  return [lowest, highest];
}

/** `date_histogram`: a bucket for each stretch of time, also for empty ones between the first and last. */
export function aggregateDates<T>(
  body: unknown,
  targets: readonly T[],
  scope: AggScope<T>,
): object {
  const given = aggOptions('date_histogram', body, OPTIONS);
  const field = aggField('date_histogram', given);
  for (const option of ['offset', 'keyed', 'missing']) {
    if (given[option] !== undefined) throw unsupported(`[${option}] of [date_histogram]`);
  }
  if (kindOf(field) !== 'date') {
    throw shardError(
      'illegal_argument_exception',
      `Field [${field}] of type [keyword] is not supported for aggregation [date_histogram]`,
    );
  }
  const zone = String(given['time_zone'] ?? 'UTC');
  const minutes = parseOffset(zone);
  if (minutes === undefined) throw unsupported(`the time zone [${zone}]`);
  const shift = minutes * 60_000;
  const grid = gridOf(given, shift);
  const buckets = fill(targets, timesReader(field, scope.reader), grid);
  const least = Number(given['min_doc_count'] ?? 0);
  if (least === 0) addEmpty(buckets, grid, boundsOf(given, grid, [...buckets.keys()], scope.now));
  const order = isObject(given['order']) && given['order']['_key'] === 'desc' ? -1 : 1;
  return {
    buckets: [...buckets]
      .filter(([, found]) => found.length >= least)
      .sort(([a], [b]) => order * (a - b))
      .map(([key, found]) => ({
        key_as_string: keyText(given['format'], key, shift, zone),
        key,
        doc_count: found.length,
        ...scope.below(found),
      })),
  };
}

function fill<T>(
  targets: readonly T[],
  times: (target: T) => readonly number[],
  grid: Grid,
): Map<number, T[]> {
  const buckets = new Map<number, T[]>();
  for (const target of targets) {
    for (const key of new Set(times(target).map((time) => grid.floor(time)))) {
      const bucket = buckets.get(key);
      if (bucket === undefined) buckets.set(key, [target]);
      else bucket.push(target);
    }
  }
  return buckets;
}

function addEmpty<T>(
  buckets: Map<number, T[]>,
  grid: Grid,
  [lowest, highest]: [number, number],
): void {
  for (let key = lowest; key <= highest; key = grid.next(key)) {
    if (!buckets.has(key)) buckets.set(key, []);
    if (buckets.size > MAX_BUCKETS) {
      throw shardError(
        'too_many_buckets_exception',
        `Trying to create too many buckets. Must be less than or equal to: [${MAX_BUCKETS}] but was [${buckets.size}]. This limit can be set by changing the [search.max_buckets] cluster level setting.`,
      );
    }
  }
}
