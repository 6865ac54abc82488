import { isUtf8 } from 'node:buffer';
import { foreignFormat } from './foreign-format.ts';
import { isSpace, startOf } from './json-bytes.ts';
import {
  behindEnd,
  CUT,
  foreignWord,
  keyless,
  OF_PYTHON,
  unfitInString,
  valueless,
} from './json-fault-reasons.ts';

/** Why bytes are no JSON text. */
export interface Fault {
  /** The same for all files that have it. */
  readonly reason: string;
  /** Offset of the byte where it shows, from 0. */
  readonly at: number;
}

const [QUOTE, COMMA, COLON, MINUS, DOT] = [0x22, 0x2c, 0x3a, 0x2d, 0x2e];
const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_ARRAY, CLOSE_ARRAY] = [0x7b, 0x7d, 0x5b, 0x5d];
const [BACKSLASH, ZERO] = [0x5c, 0x30];
const NUMBER = /(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /[A-Za-z_$][\w$]*/y;

/** What is to come next. */
type Expected = 'value' | 'first value' | 'key' | 'first key' | 'colon' | 'comma' | 'end';

/**
 * The first fault of bytes that are no JSON text in UTF-8, with at most one byte order mark before it; `undefined` if they are
 * one. Slow: for what is known to be faulty.
 */
export function jsonFault(bytes: Buffer): Fault | undefined {
  const format = foreignFormat(bytes);
  if (format !== undefined) return { reason: `it is ${format} and no JSON`, at: 0 };
  if (!isUtf8(bytes)) return { reason: 'it is not UTF-8', at: firstInvalid(bytes) };
  const start = startOf(bytes);
  return new Reader(bytes, start).fault();
}

/** Reads as a parser does, without making anything of it. */
class Reader {
  readonly #bytes: Buffer;
  readonly #open: number[] = [];
  #at: number;
  #comma = 0;
  #expected: Expected = 'value';

  constructor(bytes: Buffer, start: number) {
    this.#bytes = bytes;
    this.#at = start;
  }

  fault(): Fault | undefined {
    for (;;) {
      while (isSpace(this.#bytes[this.#at])) this.#at += 1;
      const byte = this.#bytes[this.#at];
      if (byte === undefined) return this.#atEnd();
      const reason = this.#step(byte);
      if (reason !== undefined) return { reason, at: this.#at };
    }
  }

  #atEnd(): Fault | undefined {
    if (this.#expected === 'end') return undefined;
    const isEmpty = this.#open.length === 0 && this.#expected === 'value';
    return { reason: isEmpty ? 'it is empty' : 'it ends too early', at: this.#bytes.length };
  }

  #step(byte: number): string | undefined {
    switch (this.#expected) {
      case 'end':
        return behindEnd(byte);
      case 'colon':
        if (byte !== COLON) return 'a colon is missing behind a key';
        return this.#go(1, 'value');
      case 'comma':
        if (byte === COMMA) return this.#afterComma();
        return byte === this.#open.at(-1) ? this.#close() : 'a comma or a bracket is missing';
      default:
        return this.#item(byte, this.#expected);
    }
  }

  #go(bytes: number, expected: Expected): undefined {
    this.#at += bytes;
    this.#expected = expected;
  }

  #afterComma(): undefined {
    this.#comma = this.#at;
    return this.#go(1, this.#open.at(-1) === CLOSE_OBJECT ? 'key' : 'value');
  }

  #close(): undefined {
    this.#open.pop();
    return this.#afterItem(1);
  }

  #afterItem(bytes: number): undefined {
    return this.#go(bytes, this.#open.length === 0 ? 'end' : 'comma');
  }

  #item(byte: number, expected: Expected): string | undefined {
    const isClosing = byte === CLOSE_OBJECT || byte === CLOSE_ARRAY;
    if (isClosing && expected.startsWith('first') && byte === this.#open.at(-1))
      return this.#close();
    if (isClosing && this.#bytes[this.#comma] === COMMA && this.#isBehindComma()) {
      this.#at = this.#comma;
      return 'a comma stands before a closing bracket';
    }
    if (byte === QUOTE) return this.#string(expected);
    if (expected.endsWith('key')) return keyless(byte);
    if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
      this.#open.push(byte === OPEN_OBJECT ? CLOSE_OBJECT : CLOSE_ARRAY);
      return this.#go(1, byte === OPEN_OBJECT ? 'first key' : 'first value');
    }
    return this.#scalar(byte);
  }

  #isBehindComma(): boolean {
    return this.#bytes.toString('latin1', this.#comma + 1, this.#at).trim() === '';
  }

  #string(expected: Expected): string | undefined {
    for (let at = this.#at + 1; ; at += 1) {
      const byte = this.#bytes[at];
      if (byte === QUOTE) {
        if (!expected.endsWith('key')) return this.#afterItem(at + 1 - this.#at);
        return this.#go(at + 1 - this.#at, 'colon');
      }
      const reason = byte === BACKSLASH ? this.#escape(at) : unfitInString(byte);
      if (reason !== undefined) {
        this.#at = Math.min(at, this.#bytes.length);
        return reason;
      }
      if (byte === BACKSLASH) at += 1;
    }
  }

  #escape(at: number): string | undefined {
    const text = this.#bytes.toString('latin1', at, at + 6);
    if (/^\\(?:["\\/bfnrt]|u[\da-fA-F]{4})/.test(text)) return undefined;
    // What the end has cut off is no wrong escape.
    if (at + text.length === this.#bytes.length && /^\\(?:u[\da-fA-F]*)?$/.test(text))
      return undefined;
    return 'an escape stands in a string that JSON does not know';
  }

  #scalar(byte: number): string | undefined {
    if (byte === MINUS || isDigit(byte)) return this.#number(byte === MINUS ? 1 : 0);
    const word = this.#match(WORD, this.#at);
    if (word === 'true' || word === 'false' || word === 'null') return this.#afterItem(word.length);
    return word === undefined
      ? valueless(this.#bytes, this.#at)
      : this.#isCut(word)
        ? CUT
        : foreignWord(word);
  }

  #number(signs: number): string | undefined {
    const from = this.#at + signs;
    const digits = this.#match(NUMBER, from);
    const end = from + (digits?.length ?? 0);
    const next = this.#bytes[end];
    if (digits === undefined) {
      const word = this.#match(WORD, from);
      if (word !== undefined && OF_PYTHON.test(word)) return foreignWord(`-${word}`);
      if (next === undefined) return this.#cutAtEnd();
      return 'a minus stands without a number';
    }
    if (next === DOT || next === 0x65 || next === 0x45)
      return this.#isEndOf(end)
        ? this.#cutAtEnd()
        : 'a number has no digits where it must have some';
    if (digits === '0' && isDigit(next)) return 'a number begins with a zero';
    return this.#afterItem(end - this.#at);
  }

  /** Whether nothing but the rest of a number's exponent or point stands here. */
  #isEndOf(at: number): boolean {
    return /^(?:\.|[eE][+-]?)$/.test(this.#bytes.toString('latin1', at));
  }

  #cutAtEnd(): string {
    this.#at = this.#bytes.length;
    return CUT;
  }

  #isCut(word: string): boolean {
    const isLast = this.#at + word.length === this.#bytes.length;
    const isBeginning = ['true', 'false', 'null'].some((one) => one.startsWith(word));
    if (isLast && isBeginning) this.#at = this.#bytes.length;
    return isLast && isBeginning;
  }

  #match(pattern: RegExp, at: number): string | undefined {
    // A number or a word longer than that is none that is looked for, but for digits, which are taken on.
    let length = 64;
    for (;;) {
      const text = this.#bytes.toString('latin1', at, at + length);
      pattern.lastIndex = 0;
      const found = pattern.exec(text)?.[0];
      if (found === undefined || found.length < text.length || text.length < length) return found;
      length *= 16;
    }
  }
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= 0x39;
}

function firstInvalid(bytes: Buffer): number {
  let at = 0;
  while (at < bytes.length) {
    const byte = bytes[at] ?? 0;
    const length = byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    if (byte >= 0x80 && !isUtf8(bytes.subarray(at, at + length))) return at;
    at += length;
  }
  return at;
}
