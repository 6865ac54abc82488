import { SyncError } from '../../errors.ts';
import { momentText } from '../../timestamp.ts';

/** What proves to TDP who asks. */
export interface Credentials {
  /** The JSON Web Token. */
  readonly token: string;
  /** The organisation's slug. */
  readonly org: string;
}

/** Reads the credentials; called at the start and once more when TDP refuses them, since tokens are renewed. */
export type CredentialsReader = () => Promise<Credentials>;

/**
 * When a token expires, in milliseconds since 1970, by its `exp` claim. `undefined` when the token is
 * no JSON Web Token or never expires (a service user's token may not). The signature is TDP's to check.
 */
export function tokenExpiryMs(token: string): number | undefined {
  const [, payload] = token.split('.');
  if (payload === undefined) return undefined;
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
    const exp =
      typeof claims === 'object' && claims !== null && 'exp' in claims ? claims.exp : undefined;
    return typeof exp === 'number' ? exp * 1000 : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps the credentials in use, and reads them again when TDP refuses them. */
export class CredentialsCache {
  readonly #read: CredentialsReader;
  #current: Promise<Credentials> | undefined;
  #renewal: Promise<Credentials> | undefined;

  constructor(read: CredentialsReader) {
    this.#read = read;
  }

  get(): Promise<Credentials> {
    this.#current ??= this.#fresh();
    return this.#current;
  }

  /**
   * To be called when TDP refused `refused`, which came from here. Resolves with other credentials if
   * there are some by now. Requests that were sent with the same credentials share one reading.
   *
   * @throws SyncError `AUTH_REJECTED` when they are still the same.
   */
  async replace(refused: Credentials): Promise<Credentials> {
    let current = await this.get();
    if (current === refused) {
      this.#renewal ??= this.#renew();
      current = await this.#renewal;
    }
    if (current.token === refused.token) throw tokenRejected(refused);
    return current;
  }

  async #renew(): Promise<Credentials> {
    try {
      this.#current = this.#fresh();
      return await this.#current;
    } finally {
      this.#renewal = undefined;
    }
  }

  /** A new object each time, to tell readings apart. A failed one is not kept: the next request reads again. */
  async #fresh(): Promise<Credentials> {
    try {
      const { token, org } = await this.#read();
      checkHeader('token', token);
      checkHeader('organisation', org);
      return { token, org };
    } catch (error) {
      this.#current = undefined;
      throw error;
    }
  }
}

function checkHeader(what: string, value: string): void {
  if (/^[!-~]+$/.test(value)) return;
  throw new SyncError(
    'CREDENTIALS_UNREADABLE',
    `The ${what} in the credentials is empty, or has blanks, line breaks or characters that no ${what} has. Copy it again.`,
  );
}

/** The error for a token that TDP refuses though it was read just now. */
export function tokenRejected({ token }: Credentials): SyncError {
  const expiryMs = tokenExpiryMs(token);
  const expiry =
    expiryMs === undefined
      ? ''
      : ` By its own claim the token is valid until ${momentText(expiryMs)}.`;
  return new SyncError(
    'AUTH_REJECTED',
    `TDP refused the token (401).${expiry} Put a new one into the credentials file or the environment; ` +
      "personal tokens live 24 hours at most, a service user's token is the one for unattended syncs. " +
      'Nothing was lost: the next run continues where this one stopped.',
    { status: 401 },
  );
}
