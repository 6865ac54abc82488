import { createRequire } from 'node:module';
import { SinkError } from '@tdp-sync/sink';
import { expect, test } from 'vitest';
import { type ErrorKind, KNOWN_ERRORS } from '../src/error-table.ts';
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
  [
    new mssql.RequestError(new Error('unexpected end of message stream'), 'EREQUEST'),
    'SINK_UNAVAILABLE',
    true,
  ],
  [fromServer(511, 'Cannot create a row of size 9000.'), 'INVALID_VALUE', false],
  [fromServer(1701, 'Creating or altering table failed.'), 'INVALID_VALUE', false],
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
    'SINK_UNAVAILABLE',
    true,
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

const PASS = [
  ...[18_401, 17_187, 17_142, 922, 927, 976, 983, 904, 10_936, 4060],
  ...[1204, 596, 6005, 9001, 3906, 40_549, 40_550, 40_551, 40_552, 40_553],
  ...[10_922, 3967, 802, 845, 8628, 41_839, 1205, 1222, 3960, 701, 8645, 8651],
  ...[64, 233, 615, 4221, 10_053, 10_054, 10_060, 10_928, 10_929, 40_143, 40_166, 40_197],
  ...[40_501, 40_540, 40_613, 42_108, 42_109, 49_918, 49_919, 49_920, 926],
];

test.each(PASS)('error %i passes, under a statement as at a login, and says so', (number) => {
  const login = Object.assign(connecting('ELOGIN', 'Login failed.'), {
    precedingErrors: [{ number }, { number: 18_456 }],
  });
  for (const error of [sinkError(fromServer(number, 'x'), ORIGIN), sinkError(login, ORIGIN)]) {
    expect(error).toMatchObject({ code: 'SINK_UNAVAILABLE', retryable: true });
    expect(error.message).toContain(`error ${number}`);
  }
});

const OF_KIND: Readonly<Record<ErrorKind, readonly [string, boolean]>> = {
  lock: ['SINK_UNAVAILABLE', true],
  passing: ['SINK_UNAVAILABLE', true],
  full: ['SINK_UNAVAILABLE', false],
  denied: ['SINK_PERMISSION', false],
  login: ['SINK_PERMISSION', false],
  wide: ['INVALID_VALUE', false],
};

test.each([...KNOWN_ERRORS])('error %i is what the table says', (number, { kind, meaning }) => {
  const [code, retryable] = OF_KIND[kind];
  const error = sinkError(fromServer(number, 'a patient'), ORIGIN);
  expect(error).toMatchObject({ code, retryable });
  expect(error.message).not.toMatch(/undefined|patient/);
  if (kind !== 'denied' && number !== 40_615) expect(error.message).toContain(meaning);
});

test('what has to do with locks says so', () => {
  const locks = [...KNOWN_ERRORS].filter(([, { kind }]) => kind === 'lock');
  for (const error of [
    ...locks.map(([number]) => fromServer(number, 'x')),
    fromServer(33_557_097, 'canceling statement due to lock timeout'),
    new mssql.RequestError('canceling statement due to lock timeout'),
  ]) {
    expect(sinkError(error, ORIGIN).message).toMatch(/lock/i);
    expect(sinkError(error, ORIGIN).message).not.toContain('undefined');
  }
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
