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
  if (address?.hostname && /^https?:$/.test(address.protocol)) return address.href;
  throw new CliError(
    `The environment variable ${set} is no address of a proxy. Expected http://host:port, or host:port; proxies of other kinds (SOCKS) are not supported.`,
  );
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
