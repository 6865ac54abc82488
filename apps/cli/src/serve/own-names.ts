import { isIP } from 'node:net';
import { hostname } from 'node:os';

/** What of the config says under which names a service is reached. */
export interface Reached {
  readonly listen: { readonly host: string };
  readonly hosts: readonly string[];
}

const EVERYWHERE: readonly string[] = ['0.0.0.0', '::'];

/**
 * Whether a service is reached under this name. A page from elsewhere can have its own name lead here (DNS rebinding), and
 * would then read all that is served; its requests still carry that name. An address is no name, and cannot be led anywhere.
 */
export function isOwnName(
  host: string,
  { listen, hosts }: Reached,
  machine: string = hostname(),
): boolean {
  const asked = plainName(host);
  if (asked === undefined) return false;
  if (EVERYWHERE.includes(listen.host) && isIP(asked) !== 0) return true;
  const own = ['localhost', '127.0.0.1', '::1', machine, listen.host, ...hosts];
  return own.some((name) => plainName(isIP(name) === 6 ? `[${name}]` : name) === asked);
}

/** A host as it is compared: in lower case, without port, brackets and the dot at the end; `undefined` when it is none. */
function plainName(host: string): string | undefined {
  if (!/^(?:\[[\da-f:.]+\]|[\w.-]+)(?::\d{0,5})?$/i.test(host)) return undefined;
  return URL.parse(`http://${host}/`)?.hostname.replace(/^\[|\]$|\.$/g, '');
}
