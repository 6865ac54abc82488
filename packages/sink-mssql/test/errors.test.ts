import { createRequire } from 'node:module';
import { SinkError } from '@tdp-sync/sink';
import { expect, test } from 'vitest';
import { isStateConflict, sinkError } from '../src/errors.ts';

const load = createRequire(import.meta.url);
const mssql = load('mssql') as {
  readonly RequestError: new (message: unknown, code?: string) => Error;
  readonly ConnectionError: new (message: unknown, code?: string) => Error;
};
const tedious = load('tedious') as {
  readonly ConnectionError: new (message: string, code: string, options?: ErrorOptions) => Error;
  readonly RequestError: new (message: string, code: string, options?: ErrorOptions) => Error;
};

const ORIGIN = { place: 'db:1433/lab', schema: 'lab' };

/** As the driver makes an error of the server's. */
function fromServer(number: number, message: string): Error {
  const info = { number, message, state: 1, class: 16, lineNumber: 1 };
  return new mssql.RequestError(Object.assign(new Error(message), { info }), 'EREQUEST');
}

/** As the driver makes an error of the connection under a statement. */
function underway(code: string, message: string): Error {
  return new mssql.RequestError(new tedious.RequestError(message, code), 'EREQUEST');
}

function connecting(code: string, message: string, cause?: Error): Error {
  return new mssql.ConnectionError(new tedious.ConnectionError(message, code, { cause }));
}

const cause = (code: string) => Object.assign(new Error(code), { code });

const SAID = [
  [
    fromServer(1205, 'Transaction (Process ID 52) was deadlocked on lock resources'),
    'SINK_UNAVAILABLE',
    true,
  ],
  [fromServer(1222, 'Lock request time out period exceeded.'), 'SINK_UNAVAILABLE', true],
  [
    fromServer(3960, 'Snapshot isolation transaction aborted due to update conflict.'),
    'SINK_UNAVAILABLE',
    true,
  ],
  [fromServer(40_501, 'The service is currently busy.'), 'SINK_UNAVAILABLE', true],
  [
    fromServer(40_613, 'Database lab on server db is not currently available.'),
    'SINK_UNAVAILABLE',
    true,
  ],
  [fromServer(49_918, 'Cannot process request. Not enough resources.'), 'SINK_UNAVAILABLE', true],
  [
    fromServer(10_928, 'Resource ID: 1. The request limit for the database is 60.'),
    'SINK_UNAVAILABLE',
    true,
  ],
  [underway('ECONNRESET', 'Connection lost - socket hang up'), 'SINK_UNAVAILABLE', true],
  [
    underway('ETIMEOUT', 'Timeout: Request failed to complete in 600000ms'),
    'SINK_UNAVAILABLE',
    true,
  ],
  [
    underway(
      'EINVALIDSTATE',
      'Requests can only be made in the LoggedIn state, not the Final state',
    ),
    'SINK_UNAVAILABLE',
    true,
  ],
  [underway('ECLOSE', 'Connection closed before request completed.'), 'SINK_UNAVAILABLE', true],
  [new mssql.ConnectionError('Connection is closed.', 'ECONNCLOSED'), 'SINK_UNAVAILABLE', true],
  [
    connecting(
      'ESOCKET',
      'Failed to connect to db:1433 - connect ECONNREFUSED',
      cause('ECONNREFUSED'),
    ),
    'SINK_UNAVAILABLE',
    true,
  ],
  [
    connecting(
      'ESOCKET',
      'Failed to connect to db:1433 - getaddrinfo ENOTFOUND db',
      cause('ENOTFOUND'),
    ),
    'SINK_UNAVAILABLE',
    true,
  ],
  [connecting('ETIMEOUT', 'Failed to connect to db:1433 in 15000ms'), 'SINK_UNAVAILABLE', true],
  [
    connecting(
      'ESOCKET',
      'Failed to connect to db:1433 - self-signed certificate',
      cause('DEPTH_ZERO_SELF_SIGNED_CERT'),
    ),
    'SINK_UNAVAILABLE',
    false,
  ],
  [
    fromServer(1105, 'Could not allocate space for object in database lab'),
    'SINK_UNAVAILABLE',
    false,
  ],
  [fromServer(9002, 'The transaction log for database lab is full'), 'SINK_UNAVAILABLE', false],
  [connecting('ELOGIN', "Login failed for user 'tdp'."), 'SINK_PERMISSION', false],
  [
    connecting('ELOGIN', 'Cannot open database "lab" requested by the login. The login failed.'),
    'SINK_PERMISSION',
    false,
  ],
  [
    fromServer(
      229,
      "The INSERT permission was denied on the object 'runs', database 'lab', schema 'lab'.",
    ),
    'SINK_PERMISSION',
    false,
  ],
  [fromServer(262, "CREATE TABLE permission denied in database 'lab'."), 'SINK_PERMISSION', false],
  [
    fromServer(
      2760,
      'The specified schema name "lab" either does not exist or you do not have permission to use it.',
    ),
    'SINK_PERMISSION',
    false,
  ],
  [fromServer(33_557_097, 'permission denied for schema lab'), 'SINK_PERMISSION', false],
  [fromServer(33_557_097, 'canceling statement due to lock timeout'), 'SINK_UNAVAILABLE', true],
  [
    fromServer(
      2627,
      'Violation of PRIMARY KEY constraint. The duplicate key value is (a patient).',
    ),
    'SINK_FAILED',
    false,
  ],
  [fromServer(8114, 'Error converting data type nvarchar to numeric.'), 'SINK_FAILED', false],
  [fromServer(208, "Invalid object name '#docs'."), 'SINK_FAILED', false],
  [new Error('something else, a patient'), 'SINK_FAILED', false],
] as const;

test.each(SAID)('%s', (driverError, code, retryable) => {
  const error = sinkError(driverError, ORIGIN);
  expect(error).toMatchObject({ code, retryable, cause: driverError });
  expect(error.message).toContain('db:1433/lab');
  expect(error.message).not.toContain('patient');
});

test.each([
  [
    229,
    "The DELETE permission was denied on the object 'runs', database 'lab', schema 'lab'.",
    'GRANT DELETE ON SCHEMA::"lab" TO',
  ],
  [262, "CREATE TABLE permission denied in database 'lab'.", 'GRANT CREATE TABLE TO'],
  [
    262,
    "CREATE SCHEMA permission denied in database 'lab'.",
    'GRANT CREATE SCHEMA TO <user>, or create the schema "lab"',
  ],
  [
    4902,
    'Cannot find the object "lab.runs" because it does not exist or you do not have permissions.',
    'GRANT ALTER ON SCHEMA::"lab" TO',
  ],
  [
    229,
    'Die INSERT-Berechtigung wurde verweigert.',
    'GRANT CREATE TABLE TO <user>; GRANT ALTER, SELECT, INSERT, UPDATE, DELETE ON SCHEMA::"lab"',
  ],
  [916, 'The server principal "tdp" is not able to access the database "lab".', 'CREATE USER'],
])('error %i names the grant: %s', (number, message, grant) => {
  expect(sinkError(fromServer(number, message), ORIGIN).message).toContain(grant);
});

test('Entra ID without a token is a matter of rights', () => {
  const inner = new AggregateError([
    new tedious.ConnectionError(
      'Security token could not be authenticated or authorized.',
      'EFEDAUTH',
    ),
    new Error('CredentialUnavailableError'),
  ]);
  const error = sinkError(new mssql.ConnectionError(inner), ORIGIN);
  expect(error).toMatchObject({ code: 'SINK_PERMISSION', retryable: false });
  expect(error.message).toContain('Entra ID');
});

test('of several errors of one statement the telling one counts, whichever came last', () => {
  const last = fromServer(3930, 'The current transaction cannot be committed.');
  const first = fromServer(1205, 'deadlocked');
  Object.assign(last, { precedingErrors: [first] });
  expect(sinkError(last, ORIGIN)).toMatchObject({ code: 'SINK_UNAVAILABLE', retryable: true });
});

test('no connection of the pool in time is retryable', () => {
  const error = Object.assign(new Error('operation timed out'), { name: 'TimeoutError' });
  expect(sinkError(error, ORIGIN)).toMatchObject({ code: 'SINK_UNAVAILABLE', retryable: true });
});

test('the conflict is told from other errors, also when it is wrapped', () => {
  const conflict = fromServer(51_000, 'STATE_CONFLICT');
  expect(isStateConflict(conflict)).toBe(true);
  expect(isStateConflict(sinkError(conflict, ORIGIN))).toBe(true);
  expect(isStateConflict(sinkError(fromServer(2627, 'x'), ORIGIN))).toBe(false);
});

test('a SinkError stays as it is', () => {
  const error = new SinkError('LOAD_CLOSED', 'closed');
  expect(sinkError(error, ORIGIN)).toBe(error);
});
