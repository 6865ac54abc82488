const DATE = /^\d{4}-\d{2}-\d{2}$/;
const TIMESTAMP =
  /^(\d{4}-\d{2}-\d{2})[Tt ]((?:[01]\d|2[0-3]):[0-5]\d)(?::([0-5]\d)(?:[.,](\d+))?)?(?:[Zz]|([+-])([01]\d|2[0-3]):?([0-5]\d)?)$/;
const MICROS = 6;
const MINUTE_MS = 60_000;

/** A day in the contract's form, years 1 to 9999. `undefined` for any other text. */
export function dateOf(text: string): string | undefined {
  return DATE.test(text) && isDay(text) ? text : undefined;
}

/**
 * The contract's form of an ISO 8601 time that says its offset from UTC; digits of the second beyond
 * the sixth are cut off. `undefined` for any other text: which zone a time without an offset
 * is in must not be guessed.
 */
export function timestampOf(text: string): string | undefined {
  const parts = TIMESTAMP.exec(text);
  if (parts === null) return undefined;
  const [, date = '', minutes, seconds = '00', fraction = '', sign, hours, rest = '00'] = parts;
  if (!isDay(date)) return undefined;
  const local = `${date}T${minutes}:${seconds}`;
  const offset = Number(`${sign ?? ''}${Number(hours ?? 0) * 60 + Number(rest)}`);
  const utc = offset === 0 ? local : shifted(local, -offset);
  return utc && `${utc}.${fraction.slice(0, MICROS).padEnd(MICROS, '0')}Z`;
}

/** Whole seconds only: `Date` counts these exactly, and the fraction need not be counted. */
function shifted(local: string, minutes: number): string | undefined {
  const iso = new Date(Date.parse(`${local}Z`) + minutes * MINUTE_MS).toISOString();
  return /^\d{4}-/.test(iso) && !iso.startsWith('0000') ? iso.slice(0, 19) : undefined;
}

function isDay(date: string): boolean {
  const year = Number(date.slice(0, 4));
  const month = Number(date.slice(5, 7));
  const day = Number(date.slice(8));
  if (year === 0 || month < 1 || month > 12 || day < 1) return false;
  return day <= daysIn(year, month);
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}
