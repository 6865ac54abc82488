/** A quoted key, in which nothing has a meaning, or the mark of an array's items. */
const QUOTED_OR_ITEMS = /"(?:[^"\\]|\\.)*"|\[\]/g;

/**
 * A path with gaps, such as `users[].email` or `*.operator*`. A `*` stands for any text, dots included, and `*.` at the
 * beginning for nothing as well. `[]` may be left out, and capitals do not count: what is meant to be kept from a
 * database must not come in because one document has an object where others have an array of them.
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

/** A path or pattern as it is compared: without marks of arrays, in lower case. */
export function comparable(path: string): string {
  const plain = path.replaceAll(QUOTED_OR_ITEMS, (found) => (found === '[]' ? '' : found));
  return (plain.startsWith('.') ? plain.slice(1) : plain).toLowerCase();
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
