/** How a connection is encrypted, in the words of libpq. */
export type SslMode = 'disable' | 'require' | 'verify-ca' | 'verify-full';

/** Where a server is, and who logs in. */
export interface Address {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string | undefined;
  readonly sslMode: SslMode;
  /** The file with the certificates of those who may vouch for the server. */
  readonly caFile: string | undefined;
}

const SHAPE = 'must be postgres://user:password@host:5432/database';
const PARAMETERS = ['host', 'sslmode', 'sslrootcert'];
const SSL_MODES: readonly string[] = ['disable', 'require', 'verify-ca', 'verify-full'];
const STANDARD_PORT = 5_432;

/** Reads a URL that has no {@link urlProblem}. */
export function addressOf(text: string): Address {
  const url = new URL(text);
  // A folder of a socket has slashes, which only a parameter can hold; the brackets of [::1] are the URL's.
  const host =
    url.searchParams.get('host') ?? decodeURIComponent(url.hostname).replace(/^\[|\]$/g, '');
  const asked = url.searchParams.get('sslmode');
  return {
    host,
    port: url.port === '' ? STANDARD_PORT : Number(url.port),
    database: decodeURIComponent(url.pathname.slice(1)),
    user: decodeURIComponent(url.username),
    password: url.password === '' ? undefined : decodeURIComponent(url.password),
    sslMode: isSslMode(asked) ? asked : usualMode(host),
    caFile: url.searchParams.get('sslrootcert') ?? undefined,
  };
}

/** What is wrong with a URL, without a word of what it holds but names of parameters. */
export function urlProblem(text: string): string | undefined {
  if (!/^postgres(?:ql)?:\/\//.test(text) || !URL.canParse(text)) return SHAPE;
  const { searchParams } = new URL(text);
  const odd = [...searchParams.keys()].find((name) => !PARAMETERS.includes(name));
  if (odd !== undefined) {
    return `has the parameter ${JSON.stringify(odd)}; known are ${PARAMETERS.join(', ')}`;
  }
  const mode = searchParams.get('sslmode');
  if (mode !== null && !isSslMode(mode))
    return `has an sslmode that is none of ${SSL_MODES.join(', ')}`;
  try {
    const { host, database, user } = addressOf(text);
    const isWhole = host !== '' && database !== '' && user !== '';
    return isWhole ? undefined : `${SHAPE}, with all of user, host and database`;
  } catch {
    return SHAPE;
  }
}

function isSslMode(text: string | null): text is SslMode {
  return text !== null && SSL_MODES.includes(text);
}

/** Nobody sits between two programs of one computer. */
function usualMode(host: string): SslMode {
  const isHere = host.startsWith('/') || /^(?:localhost|127(?:\.\d+){3}|::1)$/i.test(host);
  return isHere ? 'disable' : 'verify-full';
}
