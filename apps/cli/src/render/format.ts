/** A number as a person reads it: `12,345`. By hand, since the first number that `Intl` formats costs 10 ms. */
export function number(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(?:\d{3})+$)/g, ',');
}

/** A number and its noun: `1 file`, `2,000 files`. */
export function counted(value: number, noun: string): string {
  return `${number(value)} ${noun}${value === 1 ? '' : 's'}`;
}

const BYTE_UNITS = ['B', 'KB', 'MB', 'GB', 'TB'] as const;

/** A size: `1.4 MB`, powers of 1,024. */
export function size(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < BYTE_UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value >= 100 || unit === 0 ? Math.round(value) : value.toFixed(1)} ${BYTE_UNITS[unit]}`;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A span of time in its two largest units: `2 d 4 h`, `1 min 5 s`, `0.4 s`. */
export function span(durationMs: number): string {
  if (durationMs < 10 * SECOND) return `${(durationMs / SECOND).toFixed(1)} s`;
  if (durationMs < MINUTE) return `${Math.round(durationMs / SECOND)} s`;
  if (durationMs < HOUR)
    return `${Math.floor(durationMs / MINUTE)} min ${Math.floor((durationMs % MINUTE) / SECOND)} s`;
  if (durationMs < DAY)
    return `${Math.floor(durationMs / HOUR)} h ${Math.floor((durationMs % HOUR) / MINUTE)} min`;
  return `${Math.floor(durationMs / DAY)} d ${Math.floor((durationMs % DAY) / HOUR)} h`;
}

/** A moment, in UTC, to the second: `2026-03-01 08:15:00 UTC`. */
export function moment(timeMs: number | undefined): string {
  if (timeMs === undefined) return 'never';
  return `${new Date(timeMs).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
