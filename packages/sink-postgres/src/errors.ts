import { SinkError, type SinkErrorOptions } from '@tdp-sync/sink';
import { type Facts, factsOf, LOST, sqlState } from './facts.ts';

/** Where an error came from, for its message. Never holds a user or a password. */
export interface Origin {
  /** Server, port and database. */
  readonly place: string;
  readonly schema: string;
}

interface Known {
  readonly code: SinkError['code'];
  readonly message: string;
  readonly options?: SinkErrorOptions;
}

/** Of the driver, whose own errors have no code. */
const LOST_TEXT =
  /connection terminated|connection timeout|timeout expired|query read timeout|not queryable|client was closed|closed the connection/i;
/** Of the server's certificate, in the words of Node.js. */
const CERTIFICATE = /CERT|ISSUER|UNABLE_TO_|ERR_TLS|ERR_SSL/;
/** The SinkError for what the driver threw. One that is a SinkError already comes back as it is. */
export function sinkError(error: unknown, origin: Origin): SinkError {
  if (error instanceof SinkError) return error;
  const facts = factsOf(error);
  const known =
    passing(facts, origin) ??
    held(facts) ??
    denied(facts, origin) ??
    login(facts, origin) ??
    unusable(facts, origin) ??
    lost(facts, origin);
  const cause = withoutValues(error);
  if (known !== undefined) {
    return new SinkError(known.code, known.message, { ...known.options, cause });
  }
  const state = sqlState(facts);
  const what = state === undefined ? 'an error' : `SQLSTATE ${state}`;
  const whose = facts.own === undefined ? '' : ` in ${ownCode(facts.own)}`;
  return new SinkError('SINK_FAILED', `${origin.place} refused with ${what}${whose}.`, { cause });
}

/** The SQLSTATE behind an error, if the server gave one. */
export function sqlStateOf(error: unknown): string | undefined {
  return sqlState(factsOf(error));
}

/** A place that COPY names, in whatever language: the line, and a column, for an error that a value has met. */
const PLACE = /^COPY \w+, \S+ (\d+), \S+ c\d+:/gm;

/**
 * In which line of a COPY a value was refused. Of a row that is too wide the server names a line as well, but not always the right
 * one. `undefined` where it names none, or a value looks as if it named another.
 */
export function lineOf(error: unknown): number | undefined {
  const where = error instanceof Error && 'where' in error ? String(error.where) : '';
  const [first, ...others] = where.matchAll(PLACE);
  return first === undefined || others.length > 0 ? undefined : Number(first[1]);
}

/** What will be otherwise by itself. */
function passing(facts: Facts, { place }: Origin): Known | undefined {
  const state = sqlState(facts) ?? '';
  const what = PASSING[state] ?? (state.startsWith('08') ? 'broke the connection off' : undefined);
  if (what === undefined) return undefined;
  return {
    code: 'SINK_UNAVAILABLE',
    message: `${place} ${what}. This passes.`,
    options: { retryable: true },
  };
}

const ENDED = 'ended the connection: it is shut down or restarted, or somebody ended it';
const PASSING: Readonly<Record<string, string>> = {
  '25006': 'takes no writes at the moment: it is a replica, or is being failed over',
  '25P03': 'ended a transaction that had been idle (idle_in_transaction_session_timeout)',
  '40001': 'asks to begin the transaction again, since another came between',
  '40P01': 'chose this connection to end a deadlock',
  '42703': 'has lost a column while it was written to or read',
  '42P01': 'has lost a table while it was written to or read',
  '53200':
    'has no memory left; of shared memory more is had by a greater max_locks_per_transaction',
  '53300': 'has no connection left: raise max_connections, or lower what others use',
  '53400': 'has reached a limit of its configuration',
  '55006': 'has in use what is to be changed',
  '55P03': 'waited for a lock that somebody else has held for a long time',
  '57014':
    'ended a statement that took too long (requestTimeout of the config, statement_timeout of the server), or somebody cancelled it',
  '57P01': ENDED,
  '57P02': ENDED,
  '57P03': 'is starting up or shutting down',
  '57P05': 'ended a connection that had been idle (idle_session_timeout)',
};

/**
 * What is staged or committed holds something that the database cannot hold: a value out of range, too long or too deep, a row that is too
 * wide, or what a constraint refuses that a user has added. Nothing changes that but other content.
 */
function held(facts: Facts): Known | undefined {
  const state = sqlState(facts) ?? '';
  const isAllocation = state === 'XX000' && /invalid memory alloc request size/.test(facts.text);
  if (!/^(?:22|23|54)/.test(state) && !isAllocation) return undefined;
  return {
    code: 'INVALID_VALUE',
    message: `PostgreSQL cannot hold what it was given: ${words(state, facts)} (SQLSTATE ${state}).`,
  };
}

/** From the first quotation mark to the last: a value may have some of its own. Bytes are not quoted. */
const QUOTED = /[\x22\x27\x60“”„«»‘’](?:.*[\x22\x27\x60“”„«»‘’])?/s;
const BYTES = /(?:0x[0-9a-f]{2}\s*)+/g;

function ownCode(name: string): string {
  return `code of your own: the function ${name}, which a trigger calls`;
}

/**
 * The database's own words without what it quotes: that may be a value. Of constraints it quotes only names. What a user's own function says
 * may be anything.
 */
function words(state: string, { text, own }: Facts): string {
  if (own !== undefined) return `it is refused by ${ownCode(own)}`;
  const shown = state.startsWith('23') ? text : text.replace(QUOTED, '…').replace(BYTES, '… ');
  return shown.split('\n')[0]?.trim() ?? '';
}

function denied(facts: Facts, { place, schema }: Origin): Known | undefined {
  if (sqlState(facts) !== '42501') return undefined;
  return {
    code: 'SINK_PERMISSION',
    message: `A right is missing on ${place}. Grant it: ${grant(facts, schema)}. The README lists all that are needed.`,
  };
}

/** The statement that gives the right which was missing. `<role>` is for the reader to fill in. */
function grant({ text, isFatal }: Facts, schema: string): string {
  if (isFatal) return 'GRANT CONNECT ON DATABASE <database> TO <role>';
  if (/temporary/i.test(text)) return 'GRANT TEMPORARY ON DATABASE <database> TO <role>';
  if (/for database/i.test(text)) {
    return `GRANT CREATE ON DATABASE <database> TO <role>, or create the schema "${schema}" yourself`;
  }
  if (/must be owner/i.test(text)) {
    return `ALTER TABLE <table> OWNER TO <role>, for each table of the schema "${schema}" that tdp-sync is to write`;
  }
  const onSchema = `GRANT USAGE, CREATE ON SCHEMA "${schema}" TO <role>`;
  if (/for schema/i.test(text)) return onSchema;
  const onTables = `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA "${schema}" TO <role>`;
  if (/for (?:table|relation)/i.test(text)) return onTables;
  return `GRANT CONNECT, TEMPORARY ON DATABASE <database> TO <role>; ${onSchema}; ${onTables}`;
}

function login(facts: Facts, { place }: Origin): Known | undefined {
  const { text } = facts;
  const state = sqlState(facts);
  if (/SASL|SCRAM|password must be a string/.test(text) || state === '28P01') {
    const message = `${place} refused the login: the password is wrong, or none was found. Check user, and password, passwordFile, passwordCommand or ~/.pgpass.`;
    return { code: 'SINK_PERMISSION', message };
  }
  if (state !== '28000') return undefined;
  const message = /pg_hba/.test(text)
    ? `${place} lets nobody in from this computer as this user, or only with another "ssl" (its pg_hba.conf says who may).`
    : `${place} refused the login. Check "user", and that the role may log in.`;
  return { code: 'SINK_PERMISSION', message };
}

/** What only a person can change. */
function unusable(facts: Facts, { place, schema }: Origin): Known | undefined {
  const state = sqlState(facts) ?? '';
  const message = unusableMessage(state, facts, place, schema);
  return message === undefined ? undefined : { code: 'SINK_UNAVAILABLE', message };
}

function unusableMessage(
  state: string,
  { codes, text }: Facts,
  place: string,
  schema: string,
): string | undefined {
  if (state === '3D000') return `${place}: there is no such database. Create it, in UTF8.`;
  if (state === '3F000')
    return `${place}: the schema "${schema}" is gone. Run again to have it made.`;
  if (state === '53100') {
    return `The disk of ${place} is full. Nothing was written; make room and run again.`;
  }
  if (/does not support SSL/.test(text)) {
    return `${place} does not encrypt. Turn TLS on there, or set "ssl: disable" if nobody can listen in between.`;
  }
  if (/^(?:53|58|F0|XX00[12])/.test(state)) {
    return `${place} is not well, or its disk: SQLSTATE ${state}. Its own log says more.`;
  }
  if ([...codes].some((code) => CERTIFICATE.test(code))) {
    return `${place} shows a certificate that cannot be checked, or of another name. Name those who may vouch for it in "caFile", and the server by the name in its certificate; "ssl: verify-ca" does not look at the name.`;
  }
  return undefined;
}

function lost({ codes, text }: Facts, { place }: Origin): Known | undefined {
  if (![...codes].some((code) => LOST.has(code)) && !LOST_TEXT.test(text)) return undefined;
  return {
    code: 'SINK_UNAVAILABLE',
    message: `${place} cannot be reached, did not answer in time or broke off.`,
    options: { retryable: true },
  };
}

/** What may be shown of the driver's error: `detail`, `where` and `internalQuery` hold values. */
function withoutValues(error: unknown): unknown {
  const facts = factsOf(error);
  const state = sqlState(facts);
  if (state === undefined || !(error instanceof Error)) return error;
  const isUnsafe = /^(?:22|54)/.test(state) || facts.own !== undefined;
  const shown = new Error(isUnsafe ? words(state, facts) : error.message);
  return Object.assign(shown, { name: 'DatabaseError', code: state });
}
