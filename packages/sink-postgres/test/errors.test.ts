import { SinkError } from '@tdp-sync/sink';
import pg from 'pg';
import { expect, test } from 'vitest';
import { lineOf, sinkError, sqlStateOf } from '../src/errors.ts';

const ORIGIN = { place: 'db:5432/lab', schema: 'tdp' };
const VALUE = 'Mustermann-4711';

/** As the driver makes an error of the server's, with values wherever it has any. */
function said(code: string, message: string, severity = 'ERROR'): Error {
  const error = new pg.DatabaseError(message, 100, 'error');
  const rest = { detail: `Failing row contains (${VALUE}).`, where: `COPY t, line 1: "${VALUE}"` };
  return Object.assign(error, { code, severity, ...rest, internalQuery: `SELECT '${VALUE}'` });
}

function system(code: string): Error {
  return Object.assign(new Error(`connect ${code}`), { code });
}

test.each([
  [said('40001', 'could not serialize access'), 'SINK_UNAVAILABLE', true],
  [said('40P01', 'deadlock detected'), 'SINK_UNAVAILABLE', true],
  [said('55P03', 'canceling statement due to lock timeout'), 'SINK_UNAVAILABLE', true],
  [said('57014', 'canceling statement due to statement timeout'), 'SINK_UNAVAILABLE', true],
  [said('57P01', 'terminating connection due to administrator command'), 'SINK_UNAVAILABLE', true],
  [said('57P02', 'terminating connection because of crash'), 'SINK_UNAVAILABLE', true],
  [said('57P03', 'the database system is starting up', 'FATAL'), 'SINK_UNAVAILABLE', true],
  [said('08006', 'connection failure'), 'SINK_UNAVAILABLE', true],
  [said('08P01', 'server conn crashed?'), 'SINK_UNAVAILABLE', true],
  [said('53300', 'sorry, too many clients already', 'FATAL'), 'SINK_UNAVAILABLE', true],
  [said('53200', 'out of shared memory'), 'SINK_UNAVAILABLE', true],
  [said('25006', 'cannot execute INSERT in a read-only transaction'), 'SINK_UNAVAILABLE', true],
  [said('53100', 'could not extend file'), 'SINK_UNAVAILABLE', false],
  [said('3D000', 'database "lab" does not exist', 'FATAL'), 'SINK_UNAVAILABLE', false],
  [said('28P01', 'password authentication failed for user "x"', 'FATAL'), 'SINK_PERMISSION', false],
  [said('28000', 'no pg_hba.conf entry for host', 'FATAL'), 'SINK_PERMISSION', false],
  [said('28000', 'role "x" is not permitted to log in', 'FATAL'), 'SINK_PERMISSION', false],
  [said('42501', 'permission denied for schema tdp'), 'SINK_PERMISSION', false],
  [said('42501', 'keine Berechtigung für Schema tdp'), 'SINK_PERMISSION', false],
  [said('22P02', `invalid input syntax for type json: "${VALUE}"`), 'INVALID_VALUE', false],
  [said('22003', `value "${VALUE}" is out of range for type numeric`), 'INVALID_VALUE', false],
  [said('22021', 'invalid byte sequence for encoding "UTF8": 0x4d 0x75'), 'INVALID_VALUE', false],
  [
    said('22P02', `invalid input syntax for type numeric: "a" ${VALUE}\n${VALUE}"`),
    'INVALID_VALUE',
    false,
  ],
  [said('22P02', `ungültig: »a \n${VALUE}«`), 'INVALID_VALUE', false],
  [said('54000', 'row is too big: size 8448, maximum size 8160'), 'INVALID_VALUE', false],
  [said('54001', 'stack depth limit exceeded'), 'INVALID_VALUE', false],
  [said('54011', 'tables can have at most 1600 columns'), 'INVALID_VALUE', false],
  [said('23514', 'new row for relation "t" violates check constraint "c"'), 'INVALID_VALUE', false],
  [said('XX000', 'invalid memory alloc request size 1073741824'), 'INVALID_VALUE', false],
  [said('XX000', 'tuple concurrently updated'), 'SINK_FAILED', false],
  [said('42P01', 'relation "tdp.runs" does not exist'), 'SINK_UNAVAILABLE', true],
  [said('42703', 'column "x" does not exist'), 'SINK_UNAVAILABLE', true],
  [said('58030', 'could not read block 7'), 'SINK_UNAVAILABLE', false],
  [said('XX001', 'invalid page in block 7'), 'SINK_UNAVAILABLE', false],
  [said('P0001', 'a trigger says no'), 'SINK_FAILED', false],
  [system('ECONNREFUSED'), 'SINK_UNAVAILABLE', true],
  [system('ECONNRESET'), 'SINK_UNAVAILABLE', true],
  [system('EPIPE'), 'SINK_UNAVAILABLE', true],
  [new AggregateError([system('ECONNREFUSED'), system('ECONNREFUSED')]), 'SINK_UNAVAILABLE', true],
  [new Error('Connection terminated unexpectedly'), 'SINK_UNAVAILABLE', true],
  [new Error('Connection terminated due to connection timeout'), 'SINK_UNAVAILABLE', true],
  [new Error('timeout expired'), 'SINK_UNAVAILABLE', true],
  [new Error('Query read timeout'), 'SINK_UNAVAILABLE', true],
  [
    new Error('Client has encountered a connection error and is not queryable'),
    'SINK_UNAVAILABLE',
    true,
  ],
  [new Error('The server does not support SSL connections'), 'SINK_UNAVAILABLE', false],
  [system('SELF_SIGNED_CERT_IN_CHAIN'), 'SINK_UNAVAILABLE', false],
  [system('ERR_TLS_CERT_ALTNAME_INVALID'), 'SINK_UNAVAILABLE', false],
  [new Error('something else'), 'SINK_FAILED', false],
])('%s', (error, code, retryable) => {
  const told = sinkError(error, ORIGIN);
  expect(told).toMatchObject({ code, retryable });
  expect(told.message).toMatchSnapshot();
  const { cause } = told;
  const all = [told.message, cause, cause instanceof Error ? [cause.message, { ...cause }] : ''];
  expect(JSON.stringify(all)).not.toContain(VALUE);
});

test('what is a SinkError already stays as it is', () => {
  const error = new SinkError('SINK_FAILED', 'said before');
  expect(sinkError(error, ORIGIN)).toBe(error);
});

test('the SQLSTATE is found again behind a SinkError, and a code of the system is none', () => {
  expect(sqlStateOf(sinkError(said('55P03', 'lock timeout'), ORIGIN))).toBe('55P03');
  expect(sqlStateOf(sinkError(system('EPIPE'), ORIGIN))).toBeUndefined();
});

test.each([
  ['COPY staged_0, line 17, column c2: "x"', 17],
  ['COPY staged_0, Zeile 17, Spalte c2: »x«', 17],
  ['JSON data, line 1: {"a":1e200000...\nCOPY staged_0, line 17, column c2: "{"a"..."', 17],
  ['COPY staged_0, line 17', undefined],
  ['COPY staged_0, line 17, column c2: "\nCOPY staged_0, line 3, column c1: x"', undefined],
  [
    'JSON data, line 1: "\nCOPY staged_0, line 3, column c1: x"\nCOPY staged_0, line 17, column c2: ""',
    undefined,
  ],
  ['SQL function "x"', undefined],
])('%j is about line %s', (where, line) => {
  expect(lineOf(Object.assign(new Error('refused'), { where }))).toBe(line);
  expect(lineOf(new Error(where))).toBeUndefined();
});

test.each([
  ['P0001', 'SINK_FAILED'],
  ['23514', 'INVALID_VALUE'],
  ['22012', 'INVALID_VALUE'],
])('what a function of the user’s says may be a value: of %s its name is told', (state, code) => {
  const where = `PL/pgSQL function tdp.no_such(text) line 3 at RAISE\nSQL statement "${VALUE}"`;
  const error = Object.assign(said(state, `no ${VALUE} for you`), { where });
  const told = sinkError(error, ORIGIN);
  expect(told.code).toBe(code);
  expect(told.message).toMatch(
    /code of your own: the function tdp\.no_such, which a trigger calls/,
  );
  const cause = told.cause as Error;
  expect(`${told.message} ${cause.message} ${JSON.stringify(cause)}`).not.toContain(VALUE);
});
