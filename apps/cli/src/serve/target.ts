import type { IncomingMessage } from 'node:http';

/** What a request asks for. */
export interface Target {
  readonly pathname: string;
  readonly searchParams: URLSearchParams;
  /** Whom it asks, each with or without a port: who sends several means at least one of them wrongly. */
  readonly hosts: readonly string[];
}

/**
 * What a request asks for, by its first line and `Host`; `undefined` when that is no page. A path is taken as it was sent:
 * to read it as part of an address would make a host of what follows two slashes.
 */
export function targetOf({ url = '', headersDistinct }: IncomingMessage): Target | undefined {
  const hosts = headersDistinct['host'] ?? [];
  if (url.startsWith('/')) {
    const [pathname = '', ...query] = url.split('?');
    return { pathname, searchParams: new URLSearchParams(query.join('?')), hosts };
  }
  // As it is sent to a proxy. It says for itself whom it asks.
  const address = /^https?:\/\//i.test(url) ? URL.parse(url) : null;
  if (address === null) return undefined;
  const { pathname, searchParams, host } = address;
  return { pathname, searchParams, hosts: [...hosts, host] };
}
