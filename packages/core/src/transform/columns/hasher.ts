import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';

/** Values come again and again: names of people, above all. */
const MAX_KNOWN = 10_000;

/** Makes the hashes of one salt: HMAC-SHA-256 of a value's text in UTF-8, as 64 hex digits. */
export class Hasher {
  readonly #key: KeyObject;
  readonly #known = new Map<string, string>();

  constructor(salt: string) {
    this.#key = createSecretKey(salt, 'utf8');
  }

  /** The same text always has the same hash. */
  of(text: string): string {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const made = createHmac('sha256', this.#key).update(text, 'utf8').digest('hex');
    if (this.#known.size >= MAX_KNOWN) this.#known.clear();
    this.#known.set(text, made);
    return made;
  }
}
