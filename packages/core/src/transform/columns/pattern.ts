/**
 * The pieces that a path is made of: a key in quotes where a key can begin, the mark of an array's items, what parts keys, and the text of
 * a plain key.
 */
const PIECES = /(?<=^|[.\]*])"(?:[^"\\]|\\.)*"(?=$|[.[*])|\[\d*\]|\.|[^.[]+|\[/g;

/** Stand in keys for what has a meaning in paths. No plain key has a control character. */
const IN_KEYS: ReadonlyMap<string, string> = new Map([
  ['.', '\u0001'],
  ['[', '\u0002'],
]);
const EMPTY_KEY = '\u0003';

/**
 * A path with gaps, such as `users[].email` or `*.operator*`. A `*` stands for any text, dots included, and `*.` at the
 * beginning for nothing as well. `[]` may be left out, and capitals do not count: what is meant to be kept from a
 * database must not come in because one document has an object where others have an array of them, or spells a key otherwise.
 */
export class Pattern {
  /** As it was written. */
  readonly text: string;
  readonly #parts: readonly string[];
  readonly #isAtAnyDepth: boolean;

  constructor(text: string) {
    this.text = text;
    const plain = comparable(text);
    this.#isAtAnyDepth = plain.startsWith('*.');
    this.#parts = plain.split('*');
  }

  /** Whether it stands for one path only. */
  get isPath(): boolean {
    return this.#parts.length === 1;
  }

  /** Whether a path, as {@link comparable} gives it, is meant. */
  matches(path: string): boolean {
    return fits(this.#parts, path) || (this.#isAtAnyDepth && fits(this.#parts, `.${path}`));
  }
}

/**
 * A path or pattern as it is compared: without marks of arrays, in capitals, each key as it is in the document and not as it is
 * quoted in paths, and letters that look the same in one spelling. A dot that is left parts two keys.
 */
export function comparable(path: string): string {
  const plain = path.replaceAll(PIECES, (piece) => {
    if (piece === '.') return piece;
    if (piece.startsWith('[') && piece.endsWith(']')) return '';
    return comparableKey(unquoted(piece));
  });
  return plain.startsWith('.') ? plain.slice(1) : plain;
}

/** A key of a document as it stands in what {@link comparable} gives. */
export function comparableKey(key: string): string {
  if (key === '') return EMPTY_KEY;
  // Capitals, since a small sigma depends on what is behind it; once more composed, since capitals may come apart.
  const folded = key.normalize('NFKC').toUpperCase().normalize('NFKC');
  return folded.replaceAll(/[.[]/g, (found) => IN_KEYS.get(found) ?? found);
}

function unquoted(piece: string): string {
  if (!piece.startsWith('"') || piece.length < 2) return piece;
  try {
    return String(JSON.parse(piece));
  } catch {
    // A pattern that somebody wrote by hand.
    return piece;
  }
}

/** From left to right, each part at its first place: never more than a walk over the text for each part. */
function fits(parts: readonly string[], text: string): boolean {
  const [first = '', ...others] = parts;
  const last = others.pop();
  if (last === undefined) return text === first;
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (const part of others) {
    const found = text.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return text.length - at >= last.length && text.endsWith(last);
}
