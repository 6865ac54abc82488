import { BOM_BYTES } from './json-bytes.ts';

const [OPEN_OBJECT, OPEN_ARRAY, PLUS, DOT] = [0x7b, 0x5b, 0x2b, 0x2e];
const [SLASH, APOSTROPHE, LESS] = [0x2f, 0x27, 0x3c];
/** Words that other languages write where JSON has none for it. */
export const OF_PYTHON: RegExp = /^(?:NaN|Infinity)$/;

/** Nothing wrong is there, but nothing more either. */
export const CUT = 'it ends too early';

/** What stands behind a whole JSON text. */
export function behindEnd(byte: number): string {
  const isAnother = byte === OPEN_OBJECT || byte === OPEN_ARRAY;
  return isAnother ? 'it holds more than one JSON text' : 'something follows the end of its JSON';
}

/** What no string has as it is. */
export function unfitInString(byte: number | undefined): string | undefined {
  if (byte === undefined) return CUT;
  return byte < 0x20 ? 'a line break or another control character stands in a string' : undefined;
}

/** What stands in a key's place. */
export function keyless(byte: number): string {
  if (byte === APOSTROPHE) return 'a key has single quotes';
  if (byte === SLASH) return 'it holds a comment';
  return isLetter(byte) ? 'a key has no quotes' : 'a key is missing';
}

/** What stands in a value's place. */
export function valueless(bytes: Buffer, at: number): string {
  const byte = bytes[at] ?? 0;
  if (bytes.subarray(at, at + 3).equals(BOM_BYTES)) return 'it holds a second byte order mark';
  if (byte === PLUS) return 'a number begins with a plus';
  if (byte === DOT) return 'a number begins with a dot';
  if (byte === APOSTROPHE) return 'a text has single quotes';
  if (byte === SLASH) return 'it holds a comment';
  if (byte === LESS) return 'it is a web page or XML and no JSON';
  return 'a value is missing';
}

/** A word in a value's place. */
export function foreignWord(word: string): string {
  const bare = word.replace('-', '');
  return OF_PYTHON.test(bare)
    ? `it holds ${word}, which JSON has no number for (the setting nan says what becomes of it)`
    : 'it holds a word that JSON does not know';
}

function isLetter(byte: number): boolean {
  return /[A-Za-z_$]/.test(String.fromCharCode(byte));
}
