import { SinkError, type SinkErrorOptions } from '@tdp-sync/sink';
import { KNOWN_ERRORS, knownIn } from './error-table.ts';

/** The number that the commit throws when the state is not the one that the load began with. */
export const STATE_CONFLICT = 51_000;
/** What a commit throws that finds another line than the one that a document was made against. */
export const LINE_CONFLICT = 51_001;

/** Where an error came from, for its message. Never holds a user or a password. */
export interface Origin {
  /** Server, port and database. */
  readonly place: string;
  readonly schema: string;
}

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
/** What the driver says of a connection that ended in the middle of an answer. */
const ENDED =
  /end of (?:message )?stream|premature|connection (?:was )?(?:closed|ended|lost)|socket/i;
const PASSES = 'As a rule that passes by itself.';
const LOCKS = 'If it comes often, see "Limits" in the README of @tdp-sync/sink-mssql.';
const CERTIFICATE = /certificate|self[- ]signed|CERT_|SSL routines|wrong version number/i;
const PERMISSION = /\b(SELECT|INSERT|UPDATE|DELETE|ALTER|CREATE TABLE|CREATE SCHEMA) permission/i;

/** The SinkError for what the driver threw. One that is a SinkError already comes back as it is. */
export function sinkError(error: unknown, origin: Origin): SinkError {
  if (error instanceof SinkError) return error;
  const facts = factsOf(error);
  const known = said(facts, origin) ?? noLogin(facts, origin) ?? lost(facts, origin);
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

/** Whether the commit found another line of the ledger than the one that a document was made against. */
export function isLineConflict(error: unknown): boolean {
  return factsOf(error).numbers.has(LINE_CONFLICT);
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

/** By what the server says. */
function said(facts: Facts, origin: Origin): Known | undefined {
  const { numbers, text } = facts;
  const { place, schema } = origin;
  const known = knownIn(numbers, text);
  if (known === undefined) return undefined;
  const why = `${known.meaning}${known.number === undefined ? '' : ` (error ${known.number})`}`;
  switch (known.kind) {
    case 'lock':
      return passing(`A lock was in the way on ${place}: ${why}. ${PASSES} ${LOCKS}`);
    case 'passing':
      return passing(`${place} cannot go on just now: ${why}. ${PASSES}`);
    case 'denied':
      return {
        code: 'SINK_PERMISSION',
        message: `A right is missing on ${place}. Grant it: ${grant(numbers, text, schema)}. The README lists all that are needed.`,
      };
    case 'login':
      return noLogin(facts, origin);
    case 'full':
      return {
        code: 'SINK_UNAVAILABLE',
        message: `${place} has no room: ${why}. Nothing was written; make room and run again.`,
      };
    case 'wide':
      return {
        code: 'INVALID_VALUE',
        message: `${place} cannot hold what it was given: ${why}. Divide the table in the mapping, or leave columns out.`,
      };
  }
}

function passing(message: string): Known {
  return { code: 'SINK_UNAVAILABLE', message, options: { retryable: true } };
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
  const number = [...numbers].find((one) => KNOWN_ERRORS.get(one)?.kind === 'login');
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
  const why = number === undefined ? undefined : KNOWN_ERRORS.get(number)?.meaning;
  return `refused the login${why === undefined ? '' : `: ${why} (error ${number})`}. Check user and password, and that the server allows this kind of login.`;
}

function lost({ numbers, codes, text }: Facts, { place }: Origin): Known | undefined {
  if (codes.has('ESOCKET') && CERTIFICATE.test(text)) {
    return {
      code: 'SINK_UNAVAILABLE',
      message: `The connection to ${place} could not be secured. Give the server a certificate that this computer trusts (NODE_EXTRA_CA_CERTS), or for a trial set "trustServerCertificate".`,
    };
  }
  // A connection that is closed in order is told as a request that failed, without a number: no server has said so.
  const isUnsaid = codes.has('EREQUEST') && numbers.size === 0 && ENDED.test(text);
  if (!isUnsaid && ![...codes].some((one) => LOST.has(one))) return undefined;
  return passing(`${place} cannot be reached, did not answer in time or broke off.`);
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
