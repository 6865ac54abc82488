import { SinkError, type SinkErrorOptions } from '@tdp-sync/sink';

/** The number that the commit throws when the state is not the one that the load began with. */
export const STATE_CONFLICT = 51_000;

/** Where an error came from, for its message. Never holds a user or a password. */
export interface Origin {
  /** Server, port and database. */
  readonly place: string;
  readonly schema: string;
}

/** Deadlock, lock time-out, snapshot conflict, memory, failovers and throttling of Azure SQL, broken links. */
const TRANSIENT: ReadonlySet<number> = new Set([
  1205, 1222, 3960, 701, 8645, 8651, 64, 233, 615, 4221, 10_053, 10_054, 10_060, 10_928, 10_929,
  40_143, 40_166, 40_197, 40_501, 40_540, 40_613, 42_108, 42_109, 49_918, 49_919, 49_920,
]);
/** The same from Babelfish, whose errors nearly all have one number. */
const TRANSIENT_TEXT =
  /lock timeout|deadlock detected|could not serialize access|terminating connection|the database system is (?:starting|shutting)/i;
/** Disk, log or quota is full. */
const FULL: ReadonlySet<number> = new Set([1101, 1105, 9002, 40_544]);
const DENIED: ReadonlySet<number> = new Set([
  229, 230, 262, 297, 300, 916, 1088, 2760, 4902, 15_151, 15_247,
]);
const NO_LOGIN: ReadonlySet<number> = new Set([
  4060, 18_452, 18_456, 18_470, 18_486, 18_487, 18_488, 40_532, 40_615,
]);

const LOST: ReadonlySet<string> = new Set([
  'ESOCKET',
  'ECONNRESET',
  'ECONNREFUSED',
  'ECONNABORTED',
  'ECONNCLOSED',
  'EPIPE',
  'ETIMEOUT',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EINSTLOOKUP',
  'EINVALIDSTATE',
  'ECLOSE',
  'ENOTOPEN',
  'ENOTBEGUN',
  'EABORT',
]);
const CERTIFICATE = /certificate|self[- ]signed|CERT_|SSL routines|wrong version number/i;
/** Of English servers, and of Babelfish. */
const DENIED_TEXT = /permission (?:was )?denied|do not have permission|must be owner of/i;
const PERMISSION = /\b(SELECT|INSERT|UPDATE|DELETE|ALTER|CREATE TABLE|CREATE SCHEMA) permission/i;

/** The SinkError for what the driver threw. One that is a SinkError already comes back as it is. */
export function sinkError(error: unknown, origin: Origin): SinkError {
  if (error instanceof SinkError) return error;
  const facts = factsOf(error);
  const known =
    transient(facts, origin) ??
    denied(facts, origin) ??
    noLogin(facts, origin) ??
    full(facts, origin) ??
    lost(facts, origin);
  if (known !== undefined) {
    return new SinkError(known.code, known.message, { ...known.options, cause: error });
  }
  // Only the number: the server's text may quote what is in a row.
  const number = [...facts.numbers].at(-1);
  const what = number === undefined ? 'an error' : `error ${number}`;
  return new SinkError('SINK_FAILED', `The server refused with ${what} on ${origin.place}.`, {
    cause: error,
  });
}

/** The connection of a load is gone, and another would have none of what was staged. */
export function lostLoad({ place }: Origin): SinkError {
  return new SinkError(
    'SINK_UNAVAILABLE',
    `The connection to ${place} was lost, and with it everything that was staged. Begin again from the state that is stored.`,
    { retryable: true },
  );
}

/** Whether the commit found another state than the one that the load began with. */
export function isStateConflict(error: unknown): boolean {
  return factsOf(error).numbers.has(STATE_CONFLICT);
}

interface Facts {
  readonly numbers: ReadonlySet<number>;
  readonly codes: ReadonlySet<string>;
  readonly text: string;
}

interface Known {
  readonly code: SinkError['code'];
  readonly message: string;
  readonly options?: SinkErrorOptions;
}

function transient({ numbers, text }: Facts, { place }: Origin): Known | undefined {
  const number = [...numbers].find((one) => TRANSIENT.has(one));
  if (number === undefined && !TRANSIENT_TEXT.test(text)) return undefined;
  const what =
    number === 1205
      ? 'chose this connection to end a deadlock'
      : `answered with error ${number ?? [...numbers].at(-1)}`;
  const message = `${place} ${what}, which passes. Run again; if it comes often, see the README's Limits.`;
  return { code: 'SINK_UNAVAILABLE', message, options: { retryable: true } };
}

function denied({ numbers, text }: Facts, { place, schema }: Origin): Known | undefined {
  if (![...numbers].some((one) => DENIED.has(one)) && !DENIED_TEXT.test(text)) return undefined;
  return {
    code: 'SINK_PERMISSION',
    message: `A right is missing on ${place}. Grant it: ${grant(numbers, text, schema)}. The README lists all that are needed.`,
  };
}

/** The statement that gives the right which was missing. `<user>` is for the reader to fill in. */
function grant(numbers: ReadonlySet<number>, text: string, schema: string): string {
  const onSchema = `ON SCHEMA::"${schema}" TO <user>`;
  if (numbers.has(916)) return 'CREATE USER <user> FOR LOGIN <login>, in that database';
  const right = PERMISSION.exec(text)?.[1]?.toUpperCase();
  if (right === 'CREATE SCHEMA') {
    return `GRANT CREATE SCHEMA TO <user>, or create the schema "${schema}" yourself`;
  }
  if (right === 'CREATE TABLE') return 'GRANT CREATE TABLE TO <user>';
  if (right !== undefined) return `GRANT ${right} ${onSchema}`;
  if ([2760, 4902, 1088, 15_151, 15_247].some((one) => numbers.has(one))) {
    return `GRANT ALTER ${onSchema}`;
  }
  return `GRANT CREATE TABLE TO <user>; GRANT ALTER, SELECT, INSERT, UPDATE, DELETE ${onSchema}`;
}

function noLogin({ numbers, codes, text }: Facts, { place }: Origin): Known | undefined {
  const number = [...numbers].find((one) => NO_LOGIN.has(one));
  if (number === undefined && !codes.has('ELOGIN') && !codes.has('EFEDAUTH')) return undefined;
  return { code: 'SINK_PERMISSION', message: `${place} ${loginFailure(number, codes, text)}` };
}

function loginFailure(
  number: number | undefined,
  codes: ReadonlySet<string>,
  text: string,
): string {
  if (codes.has('EFEDAUTH')) {
    return 'could not be logged in to: Entra ID gave no token. Check "authentication", "tenantId", "clientId" and the secret.';
  }
  if (number === 40_615 || /not allowed to access the server/i.test(text)) {
    return "refused this computer's address. Add it to the firewall rules of the server.";
  }
  if (number === 4060 || /cannot open database|database .* does not exist/i.test(text)) {
    return 'cannot be opened: the database does not exist, or the login has no user in it (CREATE USER <user> FOR LOGIN <login>).';
  }
  return 'refused the login. Check user and password, and that the server allows this kind of login.';
}

function full({ numbers }: Facts, { place }: Origin): Known | undefined {
  if (![...numbers].some((one) => FULL.has(one))) return undefined;
  const message = `Disk, log or quota of ${place} is full. Nothing was written; make room and run again.`;
  return { code: 'SINK_UNAVAILABLE', message };
}

function lost({ codes, text }: Facts, { place }: Origin): Known | undefined {
  if (codes.has('ESOCKET') && CERTIFICATE.test(text)) {
    return {
      code: 'SINK_UNAVAILABLE',
      message: `The connection to ${place} could not be secured. Give the server a certificate that this computer trusts (NODE_EXTRA_CA_CERTS), or for a trial set "trustServerCertificate".`,
    };
  }
  if (![...codes].some((one) => LOST.has(one))) return undefined;
  return {
    code: 'SINK_UNAVAILABLE',
    message: `${place} cannot be reached, did not answer in time or broke off.`,
    options: { retryable: true },
  };
}

/** Everything that an error and those it wraps say. The driver's classes nest differently from call to call. */
function factsOf(error: unknown): Facts {
  const numbers = new Set<number>();
  const codes = new Set<string>();
  const texts: string[] = [];
  const seen = new Set<unknown>();
  const look = (part: unknown): void => {
    if (typeof part !== 'object' || part === null || seen.has(part)) return;
    seen.add(part);
    const found = part as Readonly<Record<string, unknown>>;
    const { number, code, message, name, errors, precedingErrors } = found;
    if (Array.isArray(precedingErrors)) precedingErrors.forEach(look);
    if (typeof number === 'number') numbers.add(number);
    if (typeof code === 'string') codes.add(code);
    // Of the pool: no connection became free or ready in time.
    if (name === 'TimeoutError') codes.add('ETIMEOUT');
    if (typeof message === 'string') texts.push(message);
    if (Array.isArray(errors)) errors.forEach(look);
    for (const inner of ['originalError', 'info', 'cause']) look(found[inner]);
  };
  look(error);
  return { numbers, codes, text: texts.join('\n') };
}
