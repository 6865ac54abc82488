/** A number as it is written in digits: `digits` times ten to the power `power`. */
export interface Decimal {
  readonly isNegative: boolean;
  /** Without a zero at either end; empty for 0. */
  readonly digits: string;
  readonly power: number;
}

/** JSON's numbers, and besides a `+` and leading zeros. No blanks, no separators, no `.5`. */
const NUMBER = /^([+-]?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;
const ZERO = 48;
const INT64_DIGITS = 19;
const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;
const WHOLE_DIGITS = 29;
const FRACTION_DIGITS = 9;

/** Reads a number without a float64 in between. `undefined` for text that is none. */
export function parseDecimal(text: string): Decimal | undefined {
  const parts = NUMBER.exec(text);
  if (parts === null) return undefined;
  const [, sign, whole = '', fraction = '', exponent = '0'] = parts;
  const all = whole + fraction;
  // Loops, since /0+$/ takes the square of the time on a long row of zeros inside.
  let end = all.length;
  while (end > 0 && all.charCodeAt(end - 1) === ZERO) end -= 1;
  let start = 0;
  while (start < end && all.charCodeAt(start) === ZERO) start += 1;
  const power = Number(exponent) - fraction.length + (all.length - end);
  return { isNegative: sign === '-', digits: all.slice(start, end), power };
}

/** The number as a 64-bit integer. `undefined` when it is none, or out of range. */
export function int64Of({ isNegative, digits, power }: Decimal): bigint | undefined {
  if (digits === '') return 0n;
  if (power < 0 || digits.length + power > INT64_DIGITS) return undefined;
  const magnitude = BigInt(digits + '0'.repeat(power));
  const value = isNegative ? -magnitude : magnitude;
  return value >= INT64_MIN && value <= INT64_MAX ? value : undefined;
}

/** The number in the contract's form of a decimal. `undefined` when it has more digits than that. */
export function decimalOf({ isNegative, digits, power }: Decimal): string | undefined {
  if (digits === '') return '0';
  if (digits.length + power > WHOLE_DIGITS || power < -FRACTION_DIGITS) return undefined;
  const sign = isNegative ? '-' : '';
  if (power >= 0) return sign + digits + '0'.repeat(power);
  const padded = digits.padStart(1 - power, '0');
  return `${sign}${padded.slice(0, power)}.${padded.slice(power)}`;
}

/** Whether the shortest spelling of a float64 is this number. Zero has no sign. */
export function isFloat(decimal: Decimal, float: number): boolean {
  const shortest = parseDecimal(String(float));
  if (shortest === undefined || shortest.digits !== decimal.digits) return false;
  if (decimal.digits === '') return true;
  return shortest.power === decimal.power && shortest.isNegative === decimal.isNegative;
}
