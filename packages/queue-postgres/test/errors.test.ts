import { QueueError } from '@tdp-sync/queue';
import { expect, test } from 'vitest';
import { queueError } from '../src/errors.ts';

const ORIGIN = { place: 'db:5432/lab', database: 'lab', schema: 'tdp_sync_queue' };

function thrown(message: string, code?: string, more: object = {}): Error {
  return Object.assign(new Error(message), code === undefined ? more : { code, ...more });
}

test.each([
  ['ECONNREFUSED', thrown('connect ECONNREFUSED', 'ECONNREFUSED')],
  ['several addresses', thrown('', undefined, { errors: [thrown('no', 'ENETUNREACH')] })],
  ['a wrapped one', thrown('outer', undefined, { cause: thrown('inner', 'ECONNRESET') })],
  ['no answer', thrown('Query read timeout')],
  ['no connection', thrown('timeout exceeded when trying to connect')],
  ['broken off', thrown('Connection terminated unexpectedly')],
  ['closed meanwhile', thrown('Cannot use a pool after calling end on the pool')],
  ['a restart', thrown('terminating connection', '57P01')],
  ['a start', thrown('the database system is starting up', '57P03')],
  ['too many connections', thrown('sorry', '53300')],
  ['a replica', thrown('read-only transaction', '25006')],
  ['a deadlock', thrown('deadlock', '40P01')],
  ['a lock', thrown('lock timeout', '55P03')],
  ['a cancelled statement', thrown('canceling statement', '57014')],
  ['a lost connection by the server’s words', thrown('gone', '08006')],
])('%s passes: QUEUE_UNAVAILABLE', (_what, error) => {
  const told = queueError(error, ORIGIN);
  expect(told).toMatchObject({ code: 'QUEUE_UNAVAILABLE', retryable: true });
  expect(told.message).toContain('db:5432/lab');
  expect(told.message).toContain('Work that is in hand goes on');
});

test.each([
  ['the database', 'permission denied for database lab', 'GRANT CREATE ON DATABASE "lab"'],
  [
    'the schema',
    'permission denied for schema x',
    'GRANT USAGE, CREATE ON SCHEMA "tdp_sync_queue"',
  ],
  ['a table', 'permission denied for table job', 'GRANT SELECT, INSERT, UPDATE, DELETE'],
  ['an upgrade', 'must be owner of table job', 'ALTER TABLE ... OWNER TO'],
])('a right on %s that is missing is named: QUEUE_PERMISSION', (_what, message, grant) => {
  const told = queueError(thrown(message, '42501'), ORIGIN);
  expect(told).toMatchObject({ code: 'QUEUE_PERMISSION', retryable: false });
  expect(told.message).toContain(grant);
});

test('an unknown error is QUEUE_FAILED with its SQLSTATE, and without what it quotes', () => {
  const error = thrown('value "S3cret" too long', '22001', { detail: 'S3cret', where: 'S3cret' });
  const told = queueError(error, ORIGIN);
  expect(told).toMatchObject({ code: 'QUEUE_FAILED', retryable: false });
  expect(told.message).toContain('SQLSTATE 22001');
  const { cause } = told;
  expect(`${told.message} ${String(cause)} ${JSON.stringify(cause)}`).not.toContain('S3cret');
});

test('a certificate that cannot be checked is QUEUE_FAILED, and what to do is said', () => {
  const told = queueError(thrown('self-signed', 'DEPTH_ZERO_SELF_SIGNED_CERT'), ORIGIN);
  expect(told.code).toBe('QUEUE_FAILED');
  expect(told.message).toContain('?sslrootcert=<file>');
});

test('an error of the queue stays as it is', () => {
  const own = new QueueError('QUEUE_FAILED', 'mine');
  expect(queueError(own, ORIGIN)).toBe(own);
});
