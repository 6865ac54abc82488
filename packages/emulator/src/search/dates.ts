import { illegalArgument, SearchError, unsupported } from './errors.ts';

/** How a text becomes a time. */
export interface DateOptions {
  /** What `now` means. */
  readonly now: number;
  /** Alternatives joined by `||`. Default `strict_date_optional_time||epoch_millis`. */
  readonly format?: string | undefined;
  /** Offset for texts without a zone, in minutes. Default 0, which is UTC. */
  readonly offsetMinutes?: number;
  /** Missing and rounded parts become the latest instead of the earliest, as `gt` and `lte` ask. */
  readonly roundUp?: boolean;
}

const DEFAULT_FORMAT = 'strict_date_optional_time||epoch_millis';
const ISO =
  /^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T(\d{2})(?::?(\d{2})(?::?(\d{2})(?:[.,](\d{1,9}))?)?)?(Z|[+-]\d{2}(?::?\d{2})?)?|T)?)?)?$/;
const SPACED = /^(\d{4})-(\d{2})-(\d{2}) (\d{2}):(\d{2}):(\d{2})$/;
const DAY = /^(\d{4})-(\d{2})-(\d{2})$/;
const MINUTE = 60_000;

function parseFailure(text: string, format: string): SearchError {
  const reason = `failed to parse date field [${text}] with format [${format}]`;
  return new SearchError('parse_exception', `${reason}: [${reason}]`, { onShards: true });
}

/** Minutes of an offset such as `Z`, `+02:00` or `UTC`; `undefined` for anything else. */
export function parseOffset(text: string): number | undefined {
  if (text === 'Z' || text === 'UTC' || text === 'GMT') return 0;
  const match = /^([+-])(\d{1,2})(?::?(\d{2}))?$/.exec(text);
  if (match === null) return undefined;
  const minutes = Number(match[2]) * 60 + Number(match[3] ?? 0);
  return match[1] === '-' ? -minutes : minutes;
}

/** Minutes of the offset of a time zone. */
export function zoneMinutes(zone: string): number {
  const minutes = parseOffset(zone);
  if (minutes === undefined) {
    if (zone.includes('/')) throw unsupported(`the time zone [${zone}]`);
    const reason = `java.time.zone.ZoneRulesException: Unknown time-zone ID: ${zone}`;
    throw illegalArgument(reason);
  }
  if (Math.abs(minutes) > 18 * 60)
    throw illegalArgument(
      `java.time.DateTimeException: Zone offset not in valid range: ${zone} is not in the range -18:00 to +18:00`,
    );
  return minutes;
}

/** The last day of a month, for days that this month does not have. */
function lastDay(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}

function fromParts(match: RegExpExecArray, options: DateOptions): number | undefined {
  const up = options.roundUp ?? false;
  const part = (index: number, earliest: number, latest: number): number =>
    match[index] === undefined ? (up ? latest : earliest) : Number(match[index]);
  const [month, asked] = [part(2, 1, 1), part(3, 1, 1)];
  // The reader that rounds up takes the 30th of February for the last.
  const last = lastDay(Number(match[1]), month);
  const day = up && asked <= 31 ? Math.min(asked, last) : asked;
  const [hour, minute, second] = [part(4, 0, 23), part(5, 0, 59), part(6, 0, 59)];
  const fraction =
    match[7] === undefined ? (up ? 999 : 0) : Number(match[7].padEnd(3, '0').slice(0, 3));
  const time = Date.UTC(Number(match[1]), month - 1, day, hour, minute, second, fraction);
  const back = new Date(time);
  const real =
    back.getUTCMonth() === month - 1 &&
    back.getUTCDate() === day &&
    hour < 24 &&
    minute < 60 &&
    second < 60;
  if (!real) return undefined;
  const offset = match[8] === undefined ? (options.offsetMinutes ?? 0) : parseOffset(match[8]);
  return offset === undefined ? undefined : time - offset * MINUTE;
}

function parseAs(format: string, text: string, options: DateOptions): number | undefined {
  const by = (pattern: RegExp): number | undefined => {
    const match = pattern.exec(text);
    return match === null ? undefined : fromParts(match, options);
  };
  switch (format) {
    case 'strict_date_optional_time':
    case 'date_optional_time':
    case 'strict_date_optional_time_nanos':
      return by(ISO);
    case 'epoch_millis':
    case 'epoch_second': {
      if (!/^-?\d+(\.\d+)?$/.test(text)) return undefined;
      const time = Math.trunc(Number(text) * (format === 'epoch_second' ? 1000 : 1));
      // Even a time that needs no zone is moved by it.
      return time - (options.offsetMinutes ?? 0) * MINUTE;
    }
    case 'yyyy-MM-dd':
    case 'uuuu-MM-dd':
    case 'date':
    case 'strict_date':
      return by(DAY);
    case 'yyyy-MM-dd HH:mm:ss':
    case 'uuuu-MM-dd HH:mm:ss':
      return by(SPACED);
    default:
      throw new SearchError(
        'emulator_unsupported',
        `the emulator does not know the date format [${format}]`,
      );
  }
}

/** A time without date math. Alternatives of the format are tried in turn. */
function parsePlain(text: string, options: DateOptions): number {
  const format = options.format ?? DEFAULT_FORMAT;
  for (const alternative of format.split('||')) {
    const time = parseAs(alternative.trim(), text, options);
    if (time !== undefined) return time;
  }
  throw parseFailure(text, format);
}

type Fields = [
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
];

/** Cuts a UTC time down to the beginning of its unit. */
export function floorTo(time: number, unit: string): number {
  const date = new Date(time);
  const fields: Fields = [
    date.getUTCFullYear(),
    date.getUTCMonth(),
    date.getUTCDate(),
    date.getUTCHours(),
    date.getUTCMinutes(),
    date.getUTCSeconds(),
  ];
  if (unit === 'w') {
    fields[2] -= (date.getUTCDay() + 6) % 7;
    return Date.UTC(fields[0], fields[1], fields[2]);
  }
  if (unit === 'q') return Date.UTC(fields[0], fields[1] - (fields[1] % 3), 1);
  const kept = { y: 1, M: 2, d: 3, h: 4, H: 4, m: 5, s: 6 }[unit] ?? 6;
  const start: Fields = [0, 0, 1, 0, 0, 0];
  for (let index = 0; index < kept; index++) start[index] = fields[index] ?? 0;
  return Date.UTC(...start);
}

/** Moves a UTC time by whole units; months keep the day where the month is long enough. */
export function addUnits(time: number, amount: number, unit: string): number {
  const date = new Date(time);
  const months = { y: 12, q: 3, M: 1 }[unit];
  if (months !== undefined) {
    const day = date.getUTCDate();
    date.setUTCDate(1);
    date.setUTCMonth(date.getUTCMonth() + amount * months);
    const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
    return date.setUTCDate(Math.min(day, last));
  }
  const length = { w: 7 * 86_400, d: 86_400, h: 3600, H: 3600, m: 60, s: 1 }[unit] ?? 1;
  return time + amount * length * 1000;
}

function applyMath(start: number, math: string, whole: string, options: DateOptions): number {
  const shift = (options.offsetMinutes ?? 0) * MINUTE;
  let time = start;
  let rest = math;
  while (rest !== '') {
    const step = /^(?:([+-])(\d*)|(\/))([yMwdhHms])/.exec(rest);
    if (step === null)
      throw new SearchError('parse_exception', `operator not supported for date math [${whole}]`, {
        onShards: true,
      });
    const unit = step[4] ?? 's';
    if (step[3] === '/') {
      const floor = floorTo(time + shift, unit);
      time = (options.roundUp ? addUnits(floor, 1, unit) - 1 : floor) - shift;
    } else {
      const amount = step[2] === '' ? 1 : Number(step[2]);
      time = addUnits(time + shift, step[1] === '-' ? -amount : amount, unit) - shift;
    }
    rest = rest.slice(step[0].length);
  }
  return time;
}

/** A time as Elasticsearch reads it: ISO in parts, epoch milliseconds, `now-1h/d`, `2024-01-01||+1M/d`. */
export function parseDate(value: unknown, options: DateOptions): number {
  const text = String(value);
  if (text === '')
    throw new SearchError('parse_exception', 'cannot parse empty date', { onShards: true });
  if (text.startsWith('now')) return applyMath(options.now, text.slice(3), text, options);
  const bar = text.indexOf('||');
  if (bar < 0) return parsePlain(text, options);
  const anchor = parsePlain(text.slice(0, bar), { ...options, roundUp: false });
  return applyMath(anchor, text.slice(bar + 2), text, options);
}
