import { SinkError } from '@tdp-sync/sink';
import { describe, expect, test } from 'vitest';
import { isMissing, type Origin, sinkError } from '../src/errors.ts';

const ORIGIN: Origin = {
  account: 'myorg-lab',
  database: 'LAB',
  schema: 'TDP',
  warehouse: 'WH',
  role: 'LOADER',
};
const SECRET = 'Bearer Secret-4711';

/** What the driver throws: the server's own codes are texts of six digits, its own are numbers. */
function thrown(code: string | number, fields: object = {}): Error {
  return Object.assign(new Error(`said with ${SECRET}`), {
    code,
    data: { token: SECRET },
    response: { config: { headers: { authorization: SECRET } } },
    ...fields,
  });
}

const cause = (code: string) => ({ cause: Object.assign(new Error(SECRET), { code }) });

const CASES: Readonly<Record<string, Error>> = {
  'network, reset': thrown(401001, cause('ECONNRESET')),
  'network, refused': thrown(401001, cause('ECONNREFUSED')),
  'network, name': thrown(401001, cause('ENOTFOUND')),
  'network, certificate': thrown(401001, cause('SELF_SIGNED_CERT_IN_CHAIN')),
  'HTTP 503': thrown(401002, { response: { statusCode: 503, body: SECRET } }),
  'HTTP 429': thrown(401002, { response: { status: 429 } }),
  'HTTP 403': thrown(401002, { response: { statusCode: 403 } }),
  'a large result': thrown(402001),
  'session, terminated': thrown(407002, { sqlState: '08003' }),
  'session, expired': thrown('390114'),
  'lock, too many': thrown('000625', { sqlState: '57014' }),
  'lock, deadlock': thrown('000689'),
  'statement cancelled': thrown('000604', { sqlState: '57014' }),
  'statement time-out': thrown('000630', { sqlState: '57014' }),
  'no warehouse': thrown('000606', { sqlState: '57P03' }),
  'warehouse, quota': thrown('090073', { message: 'exceeded quota of a resource monitor' }),
  'missing object': thrown('002003', { sqlState: '02000' }),
  'missing right': thrown('003001', { sqlState: '42501' }),
  'wrong password': thrown('390100', { sqlState: '08001' }),
  'wrong key': thrown('390144', { sqlState: '08001' }),
  'network policy': thrown('390422'),
  'expired token': thrown('390318'),
  'a number': thrown('100038', { sqlState: '22018', message: `Numeric value '${SECRET}'` }),
  'too long': thrown('100078', { sqlState: '22000' }),
  'a statement that is wrong': thrown('001003', { sqlState: '42000' }),
  'of nobody': new Error(SECRET),
};

describe('errors', () => {
  test.each(Object.entries(CASES))('%s', (_, error) => {
    const { code, retryable, message } = sinkError(error, ORIGIN);
    expect({ code, retryable, message }).toMatchSnapshot();
  });

  test.each(Object.entries(CASES))('no secret comes along: %s', (_, error) => {
    const told = sinkError(error, ORIGIN);
    const all: string[] = [];
    for (let part: unknown = told; part instanceof Error; part = part.cause) {
      all.push(JSON.stringify(part, Object.getOwnPropertyNames(part)));
    }
    expect(all.length).toBe(2);
    expect(all.join()).not.toContain(SECRET);
  });

  test('one of the contract stays as it is', () => {
    const error = new SinkError('STATE_CONFLICT', 'moved');
    expect(sinkError(error, ORIGIN)).toBe(error);
  });

  test('what is not there is told apart from a right that is missing', () => {
    expect(isMissing(sinkError(CASES['missing object'], ORIGIN))).toBe(true);
    expect(isMissing(sinkError(CASES['missing right'], ORIGIN))).toBe(false);
  });
});
