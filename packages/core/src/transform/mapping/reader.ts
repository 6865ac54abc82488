/** A path that is none: where in its text it ends to be one, and what would go on there. */
export class PathError extends Error {
  override readonly name = 'PathError';
  readonly text: string;
  /** Counted from 0 in UTF-16 units. */
  readonly position: number;
  readonly expected: string;

  constructor(text: string, position: number, expected: string) {
    const found = position < text.length ? `\`${text.slice(position, position + 20)}\`` : 'the end';
    super(`\`${text}\`: found ${found} at character ${position + 1}, expected ${expected}`);
    this.text = text;
    this.position = position;
    this.expected = expected;
  }
}

const BARE = /[\p{L}\p{M}\p{N}_@-]+/uy;
const QUOTED = /"[^"\\]*(?:\\.[^"\\]*)*"/sy;
const NUMBER = /-?\d{1,9}(?!\d)/y;

/** A place in a path's text that moves on behind what is taken. Tokens are sticky expressions. */
export class Reader {
  readonly text: string;
  #at = 0;

  constructor(text: string) {
    this.text = text;
  }

  get isAtEnd(): boolean {
    return this.#at === this.text.length;
  }

  take(token: RegExp): string | undefined {
    token.lastIndex = this.#at;
    const found = token.exec(this.text)?.[0];
    this.#at += found?.length ?? 0;
    return found;
  }

  bare(): string | undefined {
    return this.take(BARE);
  }

  quoted(): string | undefined {
    const quoted = this.take(QUOTED);
    if (quoted === undefined) return undefined;
    try {
      return JSON.parse(quoted) as string;
    } catch {
      return this.fail('a name in quotes as JSON writes it', quoted.length);
    }
  }

  name(): string {
    return this.bare() ?? this.quoted() ?? this.fail('a name');
  }

  number(): number | undefined {
    const digits = this.take(NUMBER);
    // `-0` is 0.
    return digits === undefined ? undefined : Number(digits) + 0;
  }

  /** `back`: how many characters before this place the mistake begins. */
  fail(expected: string, back = 0): never {
    throw new PathError(this.text, this.#at - back, expected);
  }
}
