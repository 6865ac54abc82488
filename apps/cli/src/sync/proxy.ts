import type { Environment } from '../console.ts';
import { CliError } from '../exit.ts';

/** The proxies that the environment names, as addresses. An empty variable is none, and does not hide the one in lower case. */
export function proxiesOf(environment: Environment): {
  readonly http: string | undefined;
  readonly https: string | undefined;
  readonly except: string | undefined;
} {
  return {
    http: proxyOf('HTTP_PROXY', environment),
    https: proxyOf('HTTPS_PROXY', environment),
    except: variable('NO_PROXY', environment)?.[1],
  };
}

/** @throws CliError that names the variable, and not its value: it may hold a password. */
function proxyOf(name: string, environment: Environment): string | undefined {
  const found = variable(name, environment);
  if (found === undefined) return undefined;
  const [set, value] = found;
  const address = URL.parse(value.includes('://') ? value : `http://${value}`);
  if (address !== null && isProxy(address)) return address.href;
  throw new CliError(
    `The environment variable ${set} is no address of a proxy. Expected http://host:port, or host:port, with a "%" in a password written as "%25"; proxies of other kinds (SOCKS) are not supported.`,
  );
}

/** Nothing but a host, a port, a user and a password: what else there is would be refused when the first request is sent. */
function isProxy({ protocol, hostname, pathname, search, username, password }: URL): boolean {
  const isPlain = /^\/?$/.test(pathname) && search === '';
  return /^https?:$/.test(protocol) && hostname !== '' && isPlain && isEncoded(username + password);
}

function isEncoded(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

function variable(
  name: string,
  environment: Environment,
): readonly [name: string, value: string] | undefined {
  for (const one of [name, name.toLowerCase()]) {
    const value = environment[one]?.trim() ?? '';
    if (value !== '') return [one, value];
  }
  return undefined;
}
