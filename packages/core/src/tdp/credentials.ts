import { SyncError } from '../errors.ts';

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

  constructor(read: CredentialsReader) {
    this.#read = read;
  }

  get(): Promise<Credentials> {
    this.#current ??= this.#read();
    return this.#current;
  }

  /**
   * To be called when TDP refused `refused`. Resolves with other credentials if there are some by now.
   *
   * @throws SyncError `AUTH_REJECTED` when they are still the same.
   */
  async replace(refused: Credentials): Promise<Credentials> {
    const current = await this.get();
    if (current.token !== refused.token) return current;
    const next = this.#read();
    this.#current = next;
    const credentials = await next;
    if (credentials.token === refused.token) throw rejected(refused);
    return credentials;
  }
}

function rejected({ token }: Credentials): SyncError {
  const expiryMs = tokenExpiryMs(token);
  const expiry =
    expiryMs === undefined
      ? ''
      : ` By its own claim the token is valid until ${new Date(expiryMs).toISOString()}.`;
  return new SyncError(
    'AUTH_REJECTED',
    `TDP refused the token (401).${expiry} Put a new one into the credentials file or the environment; ` +
      "personal tokens live 24 hours at most, a service user's token is the one for unattended syncs. " +
      'Nothing was lost: the next run continues where this one stopped.',
    { status: 401 },
  );
}
