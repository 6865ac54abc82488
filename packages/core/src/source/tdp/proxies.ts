import { BlockList, isIP } from 'node:net';
import { Agent, type Dispatcher, EnvHttpProxyAgent, Pool } from 'undici';

/** Proxies as in the environment variables `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`. */
export interface ProxyOptions {
  readonly http?: string | undefined;
  readonly https?: string | undefined;
  /** Hosts, domains and networks (`10.0.0.0/8`) that are reached directly. Networks hold for hosts that are given as addresses. */
  readonly except?: string | undefined;
}

/** The way that a request takes. */
export type Way = Pick<Dispatcher, 'dispatch'> & { destroy(): Promise<void> };

/** The way through the proxies, but to what is reached directly. `connect`: of connections to servers and to proxies alike. */
export function wayThrough(
  proxy: ProxyOptions,
  settings: Agent.Options,
  connect: { readonly timeout: number },
): Way {
  const { networks, others } = exceptionsIn(proxy.except ?? '');
  const direct = new Agent({ ...settings, connect });
  const through = new EnvHttpProxyAgent({
    ...settings,
    connect,
    requestTls: connect,
    proxyTls: connect,
    // Or a proxy that does not answer to CONNECT would be waited for by undici's own default, 5 minutes.
    clientFactory: (origin, pool) => new Pool(origin, { ...pool, headersTimeout: connect.timeout }),
    // An empty text keeps undici from looking into the environment itself.
    httpProxy: proxy.http ?? '',
    httpsProxy: proxy.https ?? '',
    noProxy: others,
  });
  const isDirect = (origin: string | URL | undefined): boolean =>
    origin !== undefined && isIn(networks, new URL(origin).hostname.replace(/^\[|\]$/g, ''));
  return {
    dispatch: (options, handler) =>
      (isDirect(options.origin) ? direct : through).dispatch(options, handler),
    destroy: async () => {
      await Promise.all([direct.destroy(), through.destroy()]);
    },
  };
}

/** The proxy that an error of a connection is about, as `host:port`. */
export function proxyInError(error: unknown, proxies: readonly string[]): string | undefined {
  const { address, port, hostname, message, errors } = error as Readonly<Record<string, unknown>>;
  const [first] = Array.isArray(errors) ? errors : [];
  const found = proxies.map(hostOf).find((proxy) => {
    const name = proxy.slice(0, proxy.lastIndexOf(':'));
    return (
      `${address}:${port}` === proxy ||
      hostname === name ||
      (typeof message === 'string' && message.includes(proxy))
    );
  });
  return found ?? (first === undefined ? undefined : proxyInError(first, proxies));
}

/** Without user and password. */
function hostOf(url: string): string {
  const { protocol, hostname, port } = new URL(url);
  return `${hostname}:${port || (protocol === 'https:' ? '443' : '80')}`;
}

function exceptionsIn(text: string): { readonly networks: BlockList; readonly others: string } {
  const networks = new BlockList();
  const others = text.split(/[,\s]+/).filter((entry) => {
    const [, address = '', bits] = /^\[?([\da-f.:]+)\]?\/(\d{1,3})$/i.exec(entry) ?? [];
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (isIP(address) === 0 || Number(bits) > (family === 'ipv6' ? 128 : 32)) return true;
    networks.addSubnet(address, Number(bits), family);
    return false;
  });
  return { networks, others: others.join(',') };
}

function isIn(networks: BlockList, host: string): boolean {
  return isIP(host) !== 0 && networks.check(host, isIP(host) === 6 ? 'ipv6' : 'ipv4');
}
