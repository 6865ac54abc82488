import { BlockList, isIP } from 'node:net';

/** Where a host is, by its name or address alone: nothing is looked up. */
export type Place =
  /** This machine itself. */
  | 'loopback'
  /** Its own wire, where clouds keep what machines are told about themselves, credentials included. */
  | 'link-local'
  /** A network of its own, and whatever else nobody outside can reach. */
  | 'private'
  | 'public';

const LOOPBACK = blockList(['127.0.0.0/8', '::1/128']);
const LINK_LOCAL = blockList(['169.254.0.0/16', 'fe80::/10', 'fd00:ec2::/32']);
const PRIVATE = blockList([
  // "This network", of which 0.0.0.0 mostly leads to this machine.
  ...['0.0.0.0/8', '::/128'],
  ...['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7', 'fec0::/10'],
  // Shared by providers; some clouds have their metadata there.
  ...['100.64.0.0/10', '192.0.0.0/24', '198.18.0.0/15'],
  // For many at once, and for nobody.
  ...['224.0.0.0/4', '240.0.0.0/4', 'ff00::/8'],
  // IPv4 addresses in other clothes.
  ...['::/96', '64:ff9b::/96', '64:ff9b:1::/48', '2002::/16', '2001::/32'],
]);
const LOOPBACK_NAME = /^(?:.+\.)?localhost$/;
/** Names that mean something within one network only; `metadata.google.internal` is one. */
const PRIVATE_NAME = /^(?:[^.]+|.+\.(?:internal|local|home\.arpa|lan))$/;

/**
 * Where the host of an http or https URL is.
 *
 * @param hostname as `URL` has it, which makes one form of all: `2130706433`, `0x7f.1` and `127.0.0.1.` are `127.0.0.1` there.
 */
export function placeOf(hostname: string): Place {
  const host = hostname
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
    .toLowerCase();
  const version = isIP(host);
  if (version === 0) return placeOfName(host);
  // Addresses of IPv4 within IPv6 (`::ffff:127.0.0.1`) are found by the rules of IPv4.
  const family = version === 4 ? 'ipv4' : 'ipv6';
  if (LOOPBACK.check(host, family)) return 'loopback';
  if (LINK_LOCAL.check(host, family)) return 'link-local';
  return PRIVATE.check(host, family) ? 'private' : 'public';
}

/** Whether what is sent to this address can be read by others on its way. What stays on this machine cannot. */
export function isInTheClear(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'http:' && placeOf(hostname) !== 'loopback';
}

function placeOfName(name: string): Place {
  if (LOOPBACK_NAME.test(name)) return 'loopback';
  return PRIVATE_NAME.test(name) ? 'private' : 'public';
}

function blockList(subnets: readonly string[]): BlockList {
  const list = new BlockList();
  for (const subnet of subnets) {
    const [network = '', prefix] = subnet.split('/');
    list.addSubnet(network, Number(prefix), isIP(network) === 4 ? 'ipv4' : 'ipv6');
  }
  return list;
}
