/** Where a request goes. */
export interface Target {
  readonly origin: string;
  readonly host: string;
  /** Path and query, to the letter. */
  readonly path: string;
}

/** The authority of an address ends before the first of these; a backslash counts, as it does for `URL`. */
const PARTS = /^https?:\/\/[^/\\?#]+([^#]*)/i;
/** What cannot stand in a request's first line. */
const UNSENDABLE = /[^\x21-\x7e]+/g;

/**
 * Takes an address apart. Its path and query stay as they came: `URL` resolves `.` and `..` in a path, and a storage's key may
 * have such parts, which its signature is about.
 */
export function targetOf(address: string): Target {
  const { origin, host, pathname, search } = new URL(address);
  const rest = PARTS.exec(address)?.[1];
  if (rest === undefined) return { origin, host, path: pathname + search };
  const sendable = rest.toWellFormed().replace(UNSENDABLE, encodeURIComponent);
  return { origin, host, path: sendable.startsWith('/') ? sendable : `/${sendable}` };
}

/** Where a redirect from an address leads, to the letter where the address is absolute or begins with a slash. */
export function redirectedTo(location: string, from: string): string | undefined {
  if (isWebAddress(location)) return location;
  const rooted = /^\/(?![/\\])\S*$/.test(location) ? new URL(from).origin + location : undefined;
  const target = rooted ?? URL.parse(location, from)?.href;
  return isWebAddress(target) ? target : undefined;
}

/** Whether a value is an address that can be asked over http or https. */
export function isWebAddress(value: unknown): value is string {
  return typeof value === 'string' && /^https?:\/\/\S+$/.test(value) && URL.canParse(value);
}
