const ISO =
  /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(?::(\d{2})(?:[.,](\d+))?)?)?(Z|[+-]\d{2}:?\d{2})?$/i;

const CANONICAL = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/**
 * Milliseconds since 1970 of an ISO 8601 text, digits beyond cut off; without a zone it is UTC, as
 * TDP assumes. `undefined` for text that is no time.
 */
export function parseTimeMs(text: string): number | undefined {
  return parseCanonicalMs(text) ?? parseIsoMs(text);
}

/** The form that TDP writes, `2026-01-31T08:15:00.000Z`, costs a tenth of the general one. */
function parseCanonicalMs(text: string): number | undefined {
  if (!CANONICAL.test(text)) return undefined;
  const time = Date.parse(text);
  // It makes 2 March of 30 February, and tomorrow of 24:00.
  const isThatDay = new Date(time).getUTCDate() === Number(text.slice(8, 10));
  return isThatDay ? time : undefined;
}

function parseIsoMs(text: string): number | undefined {
  const parts = ISO.exec(text.trim());
  if (parts === null) return undefined;
  const [, date, minutes = '00:00', seconds = '00', fraction = '', zone = 'Z'] = parts;
  const offset = /^[+-]\d{4}$/.test(zone)
    ? `${zone.slice(0, 3)}:${zone.slice(3)}`
    : zone.toUpperCase();
  if (date === undefined || !isDay(date)) return undefined;
  const time = Date.parse(
    `${date}T${minutes}:${seconds}.${fraction.padEnd(3, '0').slice(0, 3)}${offset}`,
  );
  return Number.isNaN(time) ? undefined : time;
}

/** `Date.parse` makes 2 March of 30 February. */
function isDay(date: string): boolean {
  const time = Date.parse(`${date}T00:00:00.000Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(date);
}

/** The contract's form of a timestamp, `YYYY-MM-DDThh:mm:ss.ffffffZ`, or `null` for text that is no time in years 1 to 9999. */
export function toTimestamp(text: string | undefined): string | null {
  if (text === undefined) return null;
  if (parseCanonicalMs(text) !== undefined)
    return text.startsWith('0000') ? null : `${text.slice(0, 23)}000Z`;
  const time = parseIsoMs(text);
  if (time === undefined) return null;
  const micros = (ISO.exec(text.trim())?.[4] ?? '').padEnd(6, '0').slice(3, 6);
  return timestampOf(time, micros);
}

/** The contract's form of a time in milliseconds since 1970. */
export function timestampOf(timeMs: number, micros = '000'): string | null {
  const iso = new Date(timeMs).toISOString();
  return /^\d{4}-/.test(iso) && !iso.startsWith('0000') ? `${iso.slice(0, -1)}${micros}Z` : null;
}

/** A time as every message has it, in UTC and to the second: `2026-03-01 08:15:00 UTC`. */
export function momentText(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
