import { SinkError, type SinkErrorOptions } from '@tdp-sync/sink';
import { type Facts, factsOf } from './facts.ts';

/** Where an error came from, for its message. Never holds a user or a secret. */
export interface Origin {
  /** Account or host. */
  readonly account: string;
  readonly database: string;
  readonly schema: string;
  readonly warehouse: string | undefined;
  readonly role: string | undefined;
}

interface Known {
  readonly code: SinkError['code'];
  readonly message: string;
  readonly options?: SinkErrorOptions;
}

/** The SinkError for what the driver threw. One that is a SinkError already comes back as it is. */
export function sinkError(error: unknown, origin: Origin): SinkError {
  if (error instanceof SinkError) return error;
  const facts = factsOf(error);
  const known =
    login(facts, origin) ??
    session(facts, origin) ??
    waiting(facts, origin) ??
    warehouse(facts, origin) ??
    denied(facts, origin) ??
    held(facts) ??
    lost(facts, origin);
  const cause = withoutSecrets(facts);
  if (known !== undefined) {
    return new SinkError(known.code, known.message, { ...known.options, cause });
  }
  const what = facts.code === '' ? 'an error' : `error ${facts.code}`;
  return new SinkError('SINK_FAILED', `${placeOf(origin)} refused with ${what}.`, { cause });
}

/** Whether what a statement names is not there, or may not be seen: Snowflake does not tell these apart. */
export function isMissing(error: unknown): boolean {
  return factsOf(error instanceof SinkError ? error.cause : error).code === '002003';
}

/** The same error, of a load: what was there when it began and is gone now is looked at anew by the next one. */
export function ofLoad(error: unknown): unknown {
  if (!(error instanceof SinkError) || !GONE.has(factsOf(error.cause).code)) return error;
  return new SinkError(
    'SINK_UNAVAILABLE',
    'A table or column of the load is gone, or may no longer be written to. The next load looks anew.',
    { retryable: true, cause: error.cause },
  );
}

/** The same error, of a file for a stage: the driver says of it what the cloud says, without a code. */
export function ofUpload(error: SinkError): SinkError {
  if (error.code !== 'SINK_FAILED') return error;
  return new SinkError(
    'SINK_UNAVAILABLE',
    'A file could not be sent to the stage. The firewall must let this computer reach the hosts of STAGE in SYSTEM$ALLOWLIST(), at the cloud that holds the account.',
    { retryable: true, cause: error.cause },
  );
}

/** Of a login that was given up. */
export function notConnected(origin: Origin): SinkError {
  return new SinkError(
    'SINK_UNAVAILABLE',
    `${placeOf(origin)} has not let this computer in within connectTimeout. Check "account" or "url", and that the firewall and any proxy let it through.`,
    { retryable: true },
  );
}

/** An object or a column that is not there. */
const GONE = new Set(['002003', '000904']);

/** Network, and answers that the driver has asked for again in vain. */
const LOST = new Set(['401001', '402001', '402002', '401003']);
const LOST_CAUSES = /^(?:ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOST|ENETUNREACH|ERR_NETWORK)/;
const CERTIFICATE = /CERT|ISSUER|UNABLE_TO_|ERR_TLS|ERR_SSL|OCSP|CRL|REVOKED/;

function lost({ code, causes, status, text }: Facts, origin: Origin): Known | undefined {
  if ([...causes].some((cause) => CERTIFICATE.test(cause)) || /OCSP|certificate/i.test(text)) {
    return {
      code: 'SINK_UNAVAILABLE',
      message: `The certificate of ${placeOf(origin)} cannot be checked. A proxy that looks into connections needs its own in NODE_EXTRA_CA_CERTS, and port 80 must be open for what says which certificates are revoked.`,
    };
  }
  if (status !== undefined && !isPassing(status)) return refused(status, origin);
  const isLost = LOST.has(code) || [...causes].some((cause) => LOST_CAUSES.test(cause));
  if (!isLost && status === undefined) return undefined;
  return retryable(
    `${placeOf(origin)} cannot be reached, did not answer in time or broke off. The stage's host at the cloud must be reached as well: SYSTEM$ALLOWLIST() names all hosts.`,
  );
}

function isPassing(status: number): boolean {
  return status >= 500 || status === 408 || status === 429;
}

function refused(status: number, origin: Origin): Known {
  return {
    code: 'SINK_UNAVAILABLE',
    message: `${placeOf(origin)} answers with HTTP ${status}. Check "account" or "url", and any proxy in between.`,
  };
}

const ENDED = new Set(['407002', '390104', '390111', '390112', '390114', '390195']);

function session({ code }: Facts, origin: Origin): Known | undefined {
  if (!ENDED.has(code)) return undefined;
  return retryable(
    `The session at ${placeOf(origin)} has ended, and with it what was staged. This passes.`,
  );
}

const WAITED: Readonly<Record<string, string>> = {
  '000604': 'cancelled a statement, or somebody did',
  '000625':
    'has a statement that waited too long for a lock, or too many that wait for it. After a runner was killed, its transaction may hold the lock for some minutes more',
  '000630':
    'ended a statement that took too long (requestTimeout of the config, or the time-out of warehouse or account)',
  '000689': 'chose this statement to end a deadlock',
};

function waiting({ code, text }: Facts, origin: Origin): Known | undefined {
  const what =
    WAITED[code] ??
    (/deadlock|lock.*time|timed? ?out.*lock/i.test(text) ? WAITED['000625'] : undefined);
  if (what === undefined) return undefined;
  return retryable(`${placeOf(origin)} ${what}. This passes.`);
}

const NO_WAREHOUSE = new Set(['000606', '090073', '090109']);

function warehouse({ code, text }: Facts, origin: Origin): Known | undefined {
  if (!NO_WAREHOUSE.has(code)) return undefined;
  const name = origin.warehouse ?? '<warehouse>';
  const why = /credit|quota|resource monitor/i.test(text)
    ? 'a resource monitor has stopped it'
    : 'it does not exist, the role may not use it, or it cannot be resumed';
  return {
    code: 'SINK_UNAVAILABLE',
    message: `${placeOf(origin)} has no warehouse at work: ${why}. GRANT USAGE ON WAREHOUSE ${name} TO ROLE ${roleOf(origin)}, and set AUTO_RESUME = TRUE.`,
  };
}

function denied({ code, sqlState }: Facts, origin: Origin): Known | undefined {
  const isDenied = code === '003001' || sqlState === '42501';
  if (!isDenied && code !== '002003' && code !== '002043') return undefined;
  const { database, schema } = origin;
  const what = isDenied ? 'A right is missing' : 'Something does not exist, or may not be seen';
  return {
    code: 'SINK_PERMISSION',
    message: `${what} at ${placeOf(origin)}. Grant: USAGE on database ${database}, USAGE and CREATE TABLE on schema ${schema}, to role ${roleOf(origin)}. The README lists all that is needed.`,
  };
}

const LOGINS: Readonly<Record<string, string>> = {
  '390100': 'user or secret is wrong',
  '390101': 'the user may not log in',
  '390144':
    "the key or the clock is wrong: the public key of the user (DESC USER) must belong to the private one, the account must be right, and this computer's clock",
  '390186': 'the role does not exist, or is not granted to the user',
  '390189': 'the role does not exist, or is not granted to the user',
  '390201': 'what the session is to begin with does not exist: database, schema or warehouse',
  '390303': 'the token is not valid',
  '390318': 'the token has expired',
  '390422': 'a network policy lets nobody in from this address',
  '394304': 'the token is not valid, or its network policy is missing',
  '390420': 'a network policy lets nobody in from this address',
};

function login({ code, text }: Facts, origin: Origin): Known | undefined {
  const why = LOGINS[code] ?? (/JWT token is invalid/i.test(text) ? LOGINS['390144'] : undefined);
  if (why === undefined) return undefined;
  return { code: 'SINK_PERMISSION', message: `${placeOf(origin)} refused the login: ${why}.` };
}

const HELD: Readonly<Record<string, string>> = {
  '100035': 'a timestamp or date is not recognised',
  '100038': 'a number is not recognised',
  '100039': 'a number is out of range',
  '100040': 'a date is not recognised',
  '100069': 'a JSON text is not recognised',
  '100072': 'NULL where none may be',
  '100078': 'a text is too long',
  '100082': 'a value is larger than Snowflake holds',
  '100132': 'a number is out of range',
  '100145': 'a value is larger than Snowflake holds',
  '100316': 'a value is larger than Snowflake holds',
};

/** What the checks before have let through, or a constraint of the user's own refuses. */
function held({ code }: Facts): Known | undefined {
  const what = HELD[code];
  if (what === undefined) return undefined;
  return {
    code: 'INVALID_VALUE',
    message: `Snowflake cannot hold what it was given: ${what} (${code}).`,
  };
}

function retryable(message: string): Known {
  return { code: 'SINK_UNAVAILABLE', message, options: { retryable: true } };
}

function placeOf({ account, database, schema }: Origin): string {
  return `${account}/${database}/${schema}`;
}

function roleOf({ role }: Origin): string {
  return role ?? '<role>';
}

/**
 * What may be shown of the driver's error: its codes. It holds the request with its token, addresses with which anybody could write to the
 * stage, and values.
 */
function withoutSecrets({ code, sqlState, causes, status }: Facts): Error {
  const said = [code, sqlState, status === undefined ? '' : `HTTP ${status}`, ...causes];
  const told = [...new Set(said.filter((part) => part !== ''))].join(', ');
  return Object.assign(new Error(told === '' ? 'no code' : told), {
    name: 'SnowflakeError',
    code,
  });
}
