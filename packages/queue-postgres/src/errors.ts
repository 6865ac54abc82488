import { QueueError, type QueueErrorCode } from '@tdp-sync/queue';

/** Where an error came from, for its message. Never holds a user or a password. */
export interface Origin {
  /** Server, port and database. */
  readonly place: string;
  readonly database: string;
  readonly schema: string;
}

interface Facts {
  readonly codes: ReadonlySet<string>;
  readonly text: string;
}

type Told = readonly [QueueErrorCode, string];

const SQLSTATE = /^[0-9A-Z]{5}$/;
/** Codes of the system for a connection that is not there. */
const GONE =
  /^(?:ECONNREFUSED|ECONNRESET|ECONNABORTED|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|EHOSTDOWN|ENETUNREACH|ENOENT)$/;
/** Of the driver, whose own errors have no code. */
const GONE_TEXT =
  /connection terminated|timeout expired|timeout exceeded|read timeout|not queryable|client was closed|client has encountered|calling end on the pool/i;
const CERTIFICATE = /CERT|ISSUER|UNABLE_TO_|ERR_TLS|ERR_SSL/;
const SAFE = 'Work that is in hand goes on, and nothing that waits is lost.';

/** The QueueError for what the driver or pg-boss threw. One that is a QueueError already comes back as it is. */
export function queueError(error: unknown, origin: Origin): QueueError {
  if (error instanceof QueueError) return error;
  const facts = factsOf(error);
  const [code, message] =
    denied(facts, origin) ?? away(facts, origin) ?? unsafe(facts, origin) ?? unknown(facts, origin);
  return new QueueError(code, message, withoutValues(error, facts));
}

function denied(facts: Facts, { place, database, schema }: Origin): Told | undefined {
  const state = stateOf(facts);
  if (state === '28P01' || /SASL|SCRAM/.test(facts.text)) {
    return [
      'QUEUE_PERMISSION',
      `${place} refused the login to the queue: the password is wrong, or none was found. Check user and password in the queue's url, or PGPASSWORD.`,
    ];
  }
  if (state?.startsWith('28')) {
    return [
      'QUEUE_PERMISSION',
      `${place} refused the login to the queue. Check the user in the queue's url, that the role may log in, and what pg_hba.conf says of this computer.`,
    ];
  }
  if (state !== '42501') return undefined;
  return [
    'QUEUE_PERMISSION',
    `A right is missing for the queue on ${place}. Grant it: ${grant(facts.text, database, schema)}.`,
  ];
}

/** The statement that gives the right which was missing. `<role>` is for the reader to fill in. */
function grant(text: string, database: string, schema: string): string {
  if (/for database/i.test(text)) {
    return `GRANT CREATE ON DATABASE "${database}" TO <role>; or have somebody run CREATE SCHEMA "${schema}" AUTHORIZATION <role>`;
  }
  if (/must be owner/i.test(text)) {
    return `let the role that has made the tables of the schema "${schema}" open the queue once, since a new version changes them; or ALTER TABLE ... OWNER TO <role>`;
  }
  const onTables = `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA "${schema}" TO <role>`;
  return /for schema/i.test(text)
    ? `GRANT USAGE, CREATE ON SCHEMA "${schema}" TO <role>`
    : `${onTables}; they were made by another role`;
}

/** What passes by itself, or when somebody has seen to the server. */
const PASSING: Readonly<Record<string, string>> = {
  '25006': 'takes no writes at the moment: it is a replica, or is being failed over',
  '3D000': 'has no such database yet: create it',
  '40001': 'asks to begin again, since another came between',
  '40P01': 'ended this to break a deadlock',
  '53100': 'has a full disk: make room there',
  '53300': 'has no connection left: raise max_connections, or lower what others use',
  '55P03': 'waited too long for a lock',
  '57014': 'ended a statement that took too long, or somebody cancelled it',
};

function away(facts: Facts, { place }: Origin): Told | undefined {
  const state = stateOf(facts) ?? '';
  const what =
    PASSING[state] ??
    (/^(?:08|53|57|58)/.test(state) ? 'is starting, stopping or not well' : undefined) ??
    (isGone(facts) ? 'cannot be reached, did not answer in time or broke off' : undefined);
  if (what === undefined) return undefined;
  return [
    'QUEUE_UNAVAILABLE',
    `The queue's server ${place} ${what}. ${SAFE} Look at its address and the way there; serve asks again by itself.`,
  ];
}

function isGone({ codes, text }: Facts): boolean {
  return [...codes].some((code) => GONE.test(code)) || GONE_TEXT.test(text);
}

function unsafe({ codes, text }: Facts, { place }: Origin): Told | undefined {
  if (/does not support SSL/.test(text)) {
    return [
      'QUEUE_FAILED',
      `The queue's server ${place} does not encrypt. Turn TLS on there, or add ?sslmode=disable to the queue's url if nobody can listen in between.`,
    ];
  }
  if (![...codes].some((code) => CERTIFICATE.test(code))) return undefined;
  return [
    'QUEUE_FAILED',
    `The queue's server ${place} shows a certificate that cannot be checked, or of another name. Add ?sslrootcert=<file> with those who may vouch for it to the queue's url, and name the server as its certificate does; sslmode=verify-ca does not look at the name.`,
  ];
}

function unknown(facts: Facts, { place, schema }: Origin): Told {
  const state = stateOf(facts);
  if (state === '3F000' || state === '42P01') {
    return [
      'QUEUE_FAILED',
      `Tables of the queue are gone from the schema "${schema}" of ${place}. Start again to have them made; what waited there is scheduled anew.`,
    ];
  }
  const how = state === undefined ? '' : ` with SQLSTATE ${state}`;
  return ['QUEUE_FAILED', `The queue on ${place} failed${how}. ${SAFE}`];
}

function stateOf({ codes }: Facts): string | undefined {
  return [...codes].find((code) => SQLSTATE.test(code) && !GONE.test(code));
}

/** Everything that an error and those it wraps say: several addresses of a host fail together. */
function factsOf(error: unknown, seen: Set<unknown> = new Set()): Facts {
  if (typeof error !== 'object' || error === null || seen.has(error)) {
    return { codes: new Set(), text: '' };
  }
  seen.add(error);
  const { code, message, errors, cause } = error as Readonly<Record<string, unknown>>;
  const within = [...(Array.isArray(errors) ? errors : []), cause].map((one) => factsOf(one, seen));
  const own = typeof code === 'string' ? [code] : [];
  return {
    codes: new Set([...own, ...within.flatMap(({ codes }) => [...codes])]),
    text: [typeof message === 'string' ? message : '', ...within.map(({ text }) => text)].join(
      '\n',
    ),
  };
}

/** The server's error without its details, which hold values; any other as it is. */
function withoutValues(error: unknown, facts: Facts): unknown {
  const state = stateOf(facts);
  if (state === undefined || !(error instanceof Error)) return error;
  // What is refused for its value (22, 23) is quoted in the message, too.
  const shown = new Error(/^2[23]/.test(state) ? `SQLSTATE ${state}` : error.message);
  return Object.assign(shown, { name: 'DatabaseError', code: state });
}
