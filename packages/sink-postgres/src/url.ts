/** What a `postgres://` URL says. */
export interface UrlParts {
  readonly host: string;
  readonly port: number | undefined;
  readonly database: string;
  readonly user: string;
  readonly password: string | undefined;
  readonly sslMode: string | undefined;
  readonly caFile: string | undefined;
}

const FORM = 'must be postgres://user:password@host:5432/database';
const KNOWN: ReadonlySet<string> = new Set(['sslmode', 'sslrootcert', 'host']);

/** Reads a URL that has no {@link urlProblem}. */
export function readUrl(text: string): UrlParts {
  const { hostname, port, pathname, username, password, searchParams } = new URL(text);
  return {
    // A folder of a socket has slashes, which only a parameter can hold; `[::1]` is an address.
    host: searchParams.get('host') ?? decodeURIComponent(hostname).replace(/^\[(.*)\]$/, '$1'),
    port: port === '' ? undefined : Number(port),
    database: decodeURIComponent(pathname.slice(1)),
    user: decodeURIComponent(username),
    password: password === '' ? undefined : decodeURIComponent(password),
    sslMode: searchParams.get('sslmode') ?? undefined,
    caFile: searchParams.get('sslrootcert') ?? undefined,
  };
}

/** What is wrong with a URL, without a word of what it holds but the names of its parameters. */
export function urlProblem(text: string, sslModes: readonly string[]): string | undefined {
  if (!/^postgres(?:ql)?:\/\//.test(text)) return FORM;
  let parts: UrlParts;
  try {
    parts = readUrl(text);
  } catch {
    return FORM;
  }
  if (parts.host === '' || parts.database === '' || parts.user === '') {
    return `${FORM}, with all of user, host and database`;
  }
  const unknown = [...new URL(text).searchParams.keys()].find((name) => !KNOWN.has(name));
  if (unknown !== undefined) {
    return `has the parameter ${JSON.stringify(unknown)}; known are ${[...KNOWN].join(', ')}`;
  }
  if (parts.sslMode !== undefined && !sslModes.includes(parts.sslMode)) {
    return `has an sslmode that is none of ${sslModes.join(', ')}`;
  }
  return undefined;
}
