import { isObject, type JsonObject } from '../../lake/file.ts';
import { addUnits, floorTo, parseDate, zoneMinutes } from '../dates.ts';
import { contentError, illegalArgument, type SearchError, shardError } from '../errors.ts';

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

/** How times fall into buckets. */
export interface Grid {
  floor(time: number): number;
  next(start: number): number;
}

function calendarGrid(unit: string, shift: number): Grid {
  return {
    floor: (time) => floorTo(time + shift, unit) - shift,
    next: (start) => addUnits(start + shift, 1, unit) - shift,
  };
}

function notAnInterval(option: string, reason: string): SearchError {
  return contentError(`[date_histogram] failed to parse field [${option}]`, {
    type: 'illegal_argument_exception',
    reason,
  });
}

function fixedGrid(text: string, shift: number): Grid {
  const [, amount, unit = ''] = /^(\d+)(ms|s|m|h|d)$/.exec(text) ?? [];
  const length = Number(amount) * (FIXED[unit] ?? NaN);
  if (!(length > 0))
    throw notAnInterval(
      'fixed_interval',
      `failed to parse setting [date_histogram.fixedInterval] with value [${text}] as a time value: unit is missing or unrecognized`,
    );
  return {
    floor: (time) => Math.floor((time + shift) / length) * length - shift,
    next: (start) => start + length,
  };
}

/** The grid that a `date_histogram` asks for. */
export function gridOf(given: JsonObject, shift = 0): Grid {
  const { interval, fixed_interval: fixed, calendar_interval: calendar } = given;
  const count = [interval, fixed, calendar].filter((value) => value !== undefined).length;
  if (count === 0)
    throw shardError(
      'illegal_argument_exception',
      'Invalid interval specified, must be non-null and non-empty',
    );
  if (count > 1)
    throw illegalArgument(
      'Cannot use [interval] with [fixed_interval] or [calendar_interval] configuration options.',
    );
  if (calendar !== undefined) {
    const unit = CALENDAR[String(calendar)];
    if (unit === undefined)
      throw notAnInterval(
        'calendar_interval',
        `The supplied interval [${String(calendar)}] could not be parsed as a calendar interval.`,
      );
    return calendarGrid(unit, shift);
  }
  if (fixed !== undefined) return fixedGrid(String(fixed), shift);
  // Of the old kind of interval a bare number is milliseconds.
  if (/^\d+$/.test(String(interval))) return fixedGrid(`${String(interval)}ms`, shift);
  const unit = CALENDAR[String(interval)];
  return unit === undefined ? fixedGrid(String(interval), shift) : calendarGrid(unit, shift);
}

/** The ends that `extended_bounds` asks for, read as the times of the histogram are. */
export function boundsIn(body: JsonObject, now: number): readonly (number | undefined)[] {
  const { extended_bounds: bounds, format, time_zone: zone } = body;
  if (!isObject(bounds)) return [];
  const options = {
    now,
    format: format === undefined ? undefined : String(format),
    offsetMinutes: zone === undefined ? 0 : zoneMinutes(String(zone)),
  };
  const { min, max } = bounds;
  return [min, max].map((end) => (end === undefined ? undefined : parseDate(end, options)));
}
