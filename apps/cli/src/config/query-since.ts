import { type Fields, Unknown } from './query-literal.ts';

/** What a range on `indexedAt` becomes. */
export interface Indexed {
  readonly since?: string;
  /** A range that selects the same, where no `since` does. */
  readonly kept?: Fields;
  /** What is not taken over, a sentence each. */
  readonly left: readonly string[];
}

const LOWER = ['gte', 'gt', 'from'];
const UPPER = ['lt', 'lte', 'to', 'include_upper'];
/** Say nothing of which files are meant. */
const IDLE = ['boost', '_name'];

/** What becomes of the times of indexing that a search asks for: the beginning is `since`, or stays a range. */
export function indexedFrom(range: Fields): Indexed {
  const ends = UPPER.map((key) => range[key] ?? undefined);
  const end = ends.find((bound) => bound !== undefined && typeof bound !== 'boolean');
  const left =
    end === undefined
      ? []
      : [
          `indexedAt up to ${saidOf(end)}: tdp-sync reads up to now, window by window, and goes on there.`,
        ];
  const given = Object.entries(range).filter(
    ([key, value]) => value !== null && !UPPER.includes(key) && !IDLE.includes(key),
  );
  const loose = given.find(([, value]) => isLoose(value));
  if (loose !== undefined) return { left: [noSince(saidOf(loose[1])), ...left] };
  if (!given.some(([key]) => LOWER.includes(key))) return { left };
  const start = Object.fromEntries(given);
  const since = sinceOf(start);
  return since === undefined ? { kept: start, left } : { since, left };
}

function noSince(said: string): string {
  return `indexedAt from ${said}: "since" is a fixed date or time. Without it the sync begins with the oldest file.`;
}

/** Moves with the clock, or is not known. */
function isLoose(value: unknown): boolean {
  return value instanceof Unknown || (typeof value === 'string' && /^\s*now/.test(value));
}

/** The moment where a range begins, where it is plain enough to be sure. */
function sinceOf({ gte, gt, from, time_zone: zone, ...more }: Fields): string | undefined {
  const [start, another] = [gte, gt, from].filter((bound) => bound !== undefined);
  if (another !== undefined || Object.keys(more).length > 0) return undefined;
  const moment = momentOf(start, zone);
  if (moment === undefined) return undefined;
  const { ms, step, isDate } = moment;
  // After a day, or a second, is after all of it.
  if (gt !== undefined) return new Date(ms + step).toISOString();
  return isDate ? String(start) : new Date(ms).toISOString();
}

interface Moment {
  readonly ms: number;
  /** How long it lasts as it is written. */
  readonly step: number;
  /** A day of UTC. */
  readonly isDate: boolean;
}

const MOMENT = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(:\d\d)?([.,]\d+)?(Z|[+-]\d\d(?::?\d\d)?)?)?$/i;

function momentOf(value: unknown, zone: unknown): Moment | undefined {
  if (typeof value === 'number')
    return value > 1e11 && value < 1e14 ? { ms: value, step: 1, isDate: false } : undefined;
  const [, date, time, seconds, fraction, own] = MOMENT.exec(String(value)) ?? [];
  const offset = offsetOf(own ?? zone);
  if (date === undefined || offset === undefined || !isDay(date)) return undefined;
  const written = `${date}T${time ?? '00:00'}${seconds ?? ''}${(fraction ?? '').replace(',', '.')}`;
  const ms = Date.parse(`${written}${offset}`);
  if (Number.isNaN(ms)) return undefined;
  const step = stepOf(time, seconds, fraction);
  return { ms, step, isDate: time === undefined && offset === 'Z' };
}

/** JavaScript takes the 30th of February for the 1st of March. */
function isDay(date: string): boolean {
  const ms = Date.parse(`${date}T00:00Z`);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(date);
}

function stepOf(time?: string, seconds?: string, fraction?: string): number {
  if (time === undefined) return 86_400_000;
  if (seconds === undefined) return 60_000;
  return fraction === undefined ? 1000 : 1;
}

/** Without one TDP takes UTC. Names such as `Europe/Berlin` are left to TDP. */
function offsetOf(zone: unknown): string | undefined {
  if (zone === undefined || /^(?:z|utc)$/i.test(String(zone))) return 'Z';
  const [, hours, minutes = '00'] = /^([+-]\d\d)(?::?(\d\d))?$/.exec(String(zone)) ?? [];
  return hours === undefined ? undefined : `${hours}:${minutes}`;
}

/** A value as a message has it. */
export function saidOf(value: unknown): string {
  return value instanceof Unknown ? value.said : String(value);
}
