import { InvalidArgumentError } from 'commander';
import { parseDurationMs, parseMomentMs } from './units.ts';

/** A number from 0 to 1. */
export function share(text: string): number {
  const value = Number(text);
  if (value >= 0 && value <= 1) return value;
  throw new InvalidArgumentError('It must be a number from 0 to 1.');
}

/** A duration, in milliseconds. */
export function durationMs(text: string): number {
  const value = parseDurationMs(text);
  if (value !== undefined) return value;
  throw new InvalidArgumentError('It must be a duration such as 90s, 15m, 4h or 1d.');
}

/** A date or a time, in milliseconds since 1970. */
export function momentMs(text: string): number {
  const value = parseMomentMs(text);
  if (value !== undefined) return value;
  throw new InvalidArgumentError(
    'It must be a year, month, day or time in UTC, such as 2024, 2024-03, 2024-03-01 or 2024-03-01T08:00:00Z.',
  );
}

/** One worker's share of what several do: which one it is, from 0, and of how many. */
export interface SliceShare {
  readonly index: number;
  readonly of: number;
}

/** A share such as `0/8`. */
export function sliceShare(text: string): SliceShare {
  const [, index, of] = /^(\d{1,6})\/(\d{1,6})$/.exec(text) ?? [];
  const share = { index: Number(index), of: Number(of) };
  if (share.index < share.of) return share;
  throw new InvalidArgumentError(
    'It must say which worker this is, from 0, and of how many, such as 0/8 for the first of eight and 7/8 for the last.',
  );
}

/** A whole number above 0. */
export function positiveInteger(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new InvalidArgumentError('It must be a whole number above 0.');
}
