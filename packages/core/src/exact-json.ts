import { isFloat, parseDecimal } from './decimal.ts';

/** A number that a float64 does not hold to the last digit, as it was written. */
export class ExactNumber {
  /** A number by JSON's grammar. */
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  /** What a float64 makes of it; infinite when it is beyond all of them. */
  get nearest(): number {
    return Number(this.text);
  }

  /** As it was written. */
  toString(): string {
    return this.text;
  }

  /** `JSON.stringify` writes it as it was. */
  toJSON(): unknown {
    return rawJson(this.text);
  }
}

/** An object of a parsed document. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether a value is an object with keys. */
export function isObject(value: unknown): value is JsonObject {
  return isContainer(value) && !Array.isArray(value);
}

/** Whether a value is an object or an array. */
export function isContainer(value: unknown): value is JsonObject | readonly unknown[] {
  return typeof value === 'object' && value !== null && !(value instanceof ExactNumber);
}

/**
 * Reads a JSON text as `JSON.parse` does, but keeps every digit: numbers that a float64 does not hold
 * become an {@link ExactNumber}. A text without any costs a search for long numbers more.
 *
 * @throws SyntaxError as `JSON.parse`.
 */
export function parseExactly(json: string): unknown {
  return hasInexactNumber(json) ? JSON.parse(json, keepDigits) : JSON.parse(json);
}

/** So many digits always come back as they were, unless their exponent is a large one. */
const SAFE_DIGITS = 15;
/** The longest exponent, with its `e`, that is surely within a float64's reach. */
const SAFE_EXPONENT = 3;
const QUOTE = 34;
const PLUS = 43;
const MINUS = 45;
const DOT = 46;
const UPPER_E = 69;
const BACKSLASH = 92;
const LOWER_E = 101;

/** Whether a number in the text is more than a float64 holds. A walk over the characters is far faster here than a regular expression. */
function hasInexactNumber(json: string): boolean {
  let position = 0;
  while (position < json.length) {
    const code = json.charCodeAt(position);
    if (code === QUOTE) {
      position = endOfString(json, position);
    } else if (isDigit(code)) {
      const mantissaEnd = endOfMantissa(json, position);
      const end = endOfExponent(json, mantissaEnd);
      const isSafe = mantissaEnd - position <= SAFE_DIGITS && end - mantissaEnd <= SAFE_EXPONENT;
      if (!isSafe && !isExact(json.slice(position, end))) return true;
      position = end;
    } else {
      position += 1;
    }
  }
  return false;
}

/** Where the text goes on behind the string that begins here. */
function endOfString(json: string, start: number): number {
  for (let end = json.indexOf('"', start + 1); end !== -1; end = json.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (json.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return end + 1;
  }
  return json.length;
}

function endOfMantissa(json: string, start: number): number {
  let end = start;
  while (isDigit(json.charCodeAt(end)) || json.charCodeAt(end) === DOT) end += 1;
  return end;
}

function endOfExponent(json: string, start: number): number {
  const code = json.charCodeAt(start);
  if (code !== LOWER_E && code !== UPPER_E) return start;
  let end = start + 1;
  const sign = json.charCodeAt(end);
  if (sign === PLUS || sign === MINUS) end += 1;
  while (isDigit(json.charCodeAt(end))) end += 1;
  return end;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function keepDigits(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  const source = context?.source;
  return typeof value !== 'number' || source === undefined || isExact(source)
    ? value
    : new ExactNumber(source);
}

/** Whether the shortest spelling of the float64 is the number that was written. */
function isExact(text: string): boolean {
  const value = Number(text);
  if (String(value) === text) return true;
  const decimal = Number.isFinite(value) ? parseDecimal(text) : undefined;
  return decimal !== undefined && isFloat(decimal, value);
}

/** Not in TypeScript's library yet; in every supported Node, as the `source` of a reviver (V8 11.4). */
const { rawJSON: rawJson } = JSON as unknown as { rawJSON(text: string): unknown };
