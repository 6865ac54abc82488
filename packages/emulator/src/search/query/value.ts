import { SearchError, valueError } from '../errors.ts';
import type { Scalar } from '../fields.ts';

/** The number that a value of a clause stands for on a field of numbers. */
export function numberOf(value: Scalar): number {
  if (value === '') throw valueError('number_format_exception', 'empty String');
  const number = typeof value === 'boolean' ? Number.NaN : Number(value);
  if (Number.isNaN(number) || String(value).trim() === '')
    throw valueError('number_format_exception', `For input string: "${value}"`);
  return number;
}

const LONG = 2 ** 63;

/** The same on a field of whole numbers, of which there are only so many. */
export function longOf(value: Scalar): number {
  const number = numberOf(value);
  if (Math.abs(number) < LONG) return number;
  throw valueError('illegal_argument_exception', `Value [${value}] is out of range for a long`);
}

/** What a value of a clause stands for on a field of yes and no. */
export function booleanOf(value: Scalar): boolean {
  if (value === true || value === 'true') return true;
  if (value === false || value === 'false') return false;
  throw valueError(
    'illegal_argument_exception',
    `Can't parse boolean value [${value}], expected [true] or [false]`,
  );
}

/** Runs what may refuse a value; a lenient clause finds nothing then. */
export function orNothing<T>(lenient: boolean, make: () => T, otherwise: T): T {
  if (!lenient) return make();
  try {
    return make();
  } catch (error) {
    if (error instanceof SearchError && error.onShards) return otherwise;
    throw error;
  }
}
