/** What is known of an error: the server's SQLSTATE or the system's code, and what was said. */
export interface Facts {
  readonly codes: ReadonlySet<string>;
  readonly text: string;
  /** Whether the server let nobody in, or hung up. */
  readonly isFatal: boolean;
  /** The function of the user's in which it happened, such as that of a trigger. */
  readonly own: string | undefined;
}

/** Codes of the system for a connection that is not there. */
export const LOST: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENOENT',
]);
const SQLSTATE = /^[0-9A-Z]{5}$/;

/** The first line of where an error comes from, when that is a function: `PL/pgSQL function name(text) line 3 at RAISE`. */
const OWN = /^PL\/\w+ function "?([^"(\s]+)/;

/** The SQLSTATE, if the server gave one. */
export function sqlState({ codes }: Facts): string | undefined {
  return [...codes].find((code) => SQLSTATE.test(code) && !LOST.has(code));
}

/** Everything that an error and those it wraps say: several addresses of a host fail together. */
export function factsOf(error: unknown): Facts {
  const codes = new Set<string>();
  const texts: string[] = [];
  const seen = new Set<unknown>();
  let isFatal = false;
  let own: string | undefined;
  const look = (part: unknown): void => {
    if (typeof part !== 'object' || part === null || seen.has(part)) return;
    seen.add(part);
    const { code, message, severity, where, errors, cause } = part as Readonly<
      Record<string, unknown>
    >;
    if (typeof where === 'string') own ??= OWN.exec(where)?.[1];
    if (typeof code === 'string') codes.add(code);
    if (severity === 'FATAL') isFatal = true;
    if (typeof message === 'string') texts.push(message);
    if (Array.isArray(errors)) errors.forEach(look);
    look(cause);
  };
  look(error);
  return { codes, text: texts.join('\n'), isFatal, own };
}
