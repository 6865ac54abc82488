/** Longest words that are shown: those of which it is known that they are no data. */
const SHOWN_WORD = /^-?(?:NaN|Infinity)(?![\w$])/;

/**
 * Where a byte is, and what stands there: `At byte 36, line 1: "NaN".` Bytes count from 0, lines from 1. Letters and digits are
 * the lab's data and are not shown.
 */
export function placeIn(bytes: Buffer, at: number): string {
  let line = 1;
  for (let next = bytes.indexOf(10); next !== -1 && next < at; next = bytes.indexOf(10, next + 1))
    line += 1;
  return `At byte ${at}, line ${line}: ${shown(bytes, at)}.`;
}

function shown(bytes: Buffer, at: number): string {
  if (at >= bytes.length) return 'the end';
  const text = bytes.toString('utf8', at, at + 16);
  const word = SHOWN_WORD.exec(text)?.[0];
  if (word !== undefined) return `"${word}"`;
  const character = String.fromCodePoint(text.codePointAt(0) ?? 0);
  // What is no UTF-8 has no character.
  if (character === '\uFFFD') return `the byte 0x${bytes.toString('hex', at, at + 1)}`;
  if (/\d/.test(character)) return 'a digit';
  if (/\p{L}/u.test(character)) return 'a letter';
  if (/[!-~]/.test(character)) return `"${character}"`;
  return `U+${character.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')}`;
}
