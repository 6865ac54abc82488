import { createHmac } from 'node:crypto';
import type { FileVersion } from '../lake/file.ts';

/** Which files a token's user may see. */
export type AccessRule = (file: FileVersion) => boolean;

/** What is known of a token that was issued. */
export interface Token {
  readonly text: string;
  readonly expiresAt: number | undefined;
  readonly rule: AccessRule | undefined;
}

/** How a token is made. */
export interface TokenOptions {
  /** Milliseconds since 1970. Default: never. */
  readonly expiresAt?: number;
  /** Default: all files. */
  readonly rule?: AccessRule;
}

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** The tokens of one emulator. They look like TDP's: signed JWTs with `iat` and perhaps `exp`. */
export class Tokens {
  readonly #tokens = new Map<string, Token>();
  readonly #org: string;
  readonly #seed: number;
  readonly #now: () => number;
  #count = 0;

  constructor(org: string, seed: number, now: () => number) {
    this.#org = org;
    this.#seed = seed;
    this.#now = now;
  }

  /** Makes and remembers a token. */
  issue(options: TokenOptions = {}): string {
    const { expiresAt, rule } = options;
    const payload = {
      sub: `service-user-${++this.#count}`,
      iat: Math.floor(this.#now() / 1000),
      ...(expiresAt === undefined ? {} : { exp: Math.floor(expiresAt / 1000) }),
      authStacks: { informatics: { organizations: { [this.#org]: { role: 'read-only' } } } },
    };
    const unsigned = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(payload)}`;
    const signature = createHmac('sha256', `emulator ${this.#seed}`)
      .update(unsigned)
      .digest('base64url');
    return this.accept(`${unsigned}.${signature}`, { ...options, ...(rule ? { rule } : {}) });
  }

  /** Accepts a text as a token, whatever it looks like. */
  accept(text: string, options: TokenOptions = {}): string {
    this.#tokens.set(text, { text, expiresAt: options.expiresAt, rule: options.rule });
    return text;
  }

  /** From now on this token is no longer valid. */
  revoke(text: string): void {
    this.#tokens.delete(text);
  }

  /** Sets or takes away the access rule of a token. */
  restrict(text: string, rule: AccessRule | undefined): void {
    const token = this.#tokens.get(text);
    if (token === undefined) throw new Error('there is no such token');
    this.#tokens.set(text, { ...token, rule });
  }

  /** The token if it is valid now. */
  check(text: string | undefined): Token | undefined {
    const token = text === undefined ? undefined : this.#tokens.get(text);
    if (token === undefined) return undefined;
    return token.expiresAt !== undefined && token.expiresAt <= this.#now() ? undefined : token;
  }
}
