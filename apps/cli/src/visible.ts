/**
 * What a screen obeys or hides in place of showing it: control characters (C0, DEL, C1), characters that only steer how
 * others are shown (bidirectional overrides, zero-width ones, tags), separators of lines, halves of surrogate pairs.
 */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** A text as one line that commands no terminal: what would not be seen as itself is written out, an escape as `\u{1b}`. */
export function visible(text: string): string {
  return text.replace(UNSEEN, (unseen) => `\\u{${unseen.codePointAt(0)?.toString(16)}}`);
}

/**
 * JSON of the same value that commands no terminal either: `JSON.stringify` escapes only some control characters. Line
 * breaks stay; outside of strings JSON knows them as blanks, and within strings there are none.
 */
export function visibleJson(json: string): string {
  return json.replace(UNSEEN, (unseen) => (unseen === '\n' ? unseen : escaped(unseen)));
}

/** Each half of a surrogate pair by itself, as JSON wants it. */
function escaped(text: string): string {
  const units = Array.from({ length: text.length }, (_, index) => text.charCodeAt(index));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
}
