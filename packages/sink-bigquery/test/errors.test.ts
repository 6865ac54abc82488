import { inspect } from 'node:util';
import { util } from '@google-cloud/common';
import { describe, expect, test } from 'vitest';
import { BigQueryFailure, failureOf, passes, sinkError } from '../src/errors.ts';

const ORIGIN = { project: 'lab-data', dataset: 'tdp' };
const TOKEN = 'ya29.secret-4711';

/** The client's own error, with the request in it as it has it. */
function apiError(code: number, reason: string, message: string): Error {
  const body = JSON.stringify({ error: { code, message, errors: [{ reason, message }] } });
  const request = { headers: { Authorization: `Bearer ${TOKEN}` } };
  const response = { statusCode: code, body, request };
  return new util.ApiError({ code, message, response } as never);
}

function jobError(reason: string, message: string): BigQueryFailure {
  return new BigQueryFailure(message, { failures: [{ reason, message }], job: 'tdp_sync_1' });
}

const network = (code: string) => Object.assign(new Error(`request failed: ${code}`), { code });

describe('what passes is retryable', () => {
  test.each<[unknown, 'soon' | 'slowly' | undefined]>([
    [apiError(403, 'rateLimitExceeded', 'Exceeded rate limits'), 'slowly'],
    [apiError(403, 'quotaExceeded', 'Quota exceeded: load jobs per day'), undefined],
    [apiError(503, 'backendError', 'Error encountered during execution.'), 'soon'],
    [apiError(500, 'internalError', 'An internal error occurred'), 'soon'],
    [apiError(429, '', 'Too many requests'), 'soon'],
    [apiError(502, '', '<html>Bad gateway</html>'), 'soon'],
    [jobError('jobBackendError', 'Error encountered'), 'soon'],
    [jobError('jobRateLimitExceeded', 'Exceeded rate limits'), 'slowly'],
    [
      jobError('invalidQuery', 'Transaction is aborted due to concurrent update against table x'),
      'slowly',
    ],
    [
      jobError('invalidQuery', 'Could not serialize access to table x due to concurrent update'),
      'slowly',
    ],
    [jobError('invalidQuery', 'Too many DML statements outstanding against table x'), 'slowly'],
    [network('ECONNRESET'), 'soon'],
    [network('ETIMEDOUT'), 'soon'],
    [network('ENOTFOUND'), 'soon'],
    [new Error('socket hang up'), 'soon'],
  ])('%s', (error, pace) => {
    expect(passes(failureOf(error))).toBe(pace);
    expect(sinkError(error, ORIGIN)).toMatchObject({ code: 'SINK_UNAVAILABLE', retryable: true });
  });
});

describe('what does not pass says what to do', () => {
  test.each<[unknown, string, RegExp]>([
    [
      apiError(
        403,
        'accessDenied',
        'Access Denied: Project lab-data: User does not have bigquery.jobs.create permission in project lab-data.',
      ),
      'SINK_PERMISSION',
      /roles\/bigquery\.jobUser on project lab-data/,
    ],
    [
      apiError(
        403,
        'accessDenied',
        'Access Denied: Dataset lab-data:tdp: Permission bigquery.tables.create denied',
      ),
      'SINK_PERMISSION',
      /roles\/bigquery\.dataEditor on dataset tdp \(bigquery\.tables\.create\)/,
    ],
    [
      apiError(
        403,
        'accessDenied',
        'Access Denied: User does not have bigquery.datasets.create permission',
      ),
      'SINK_PERMISSION',
      /Create dataset tdp yourself/,
    ],
    [
      apiError(
        403,
        'accessNotConfigured',
        'BigQuery API has not been used in project 1 before or it is disabled',
      ),
      'SINK_PERMISSION',
      /gcloud services enable/,
    ],
    [apiError(401, 'authError', 'Invalid Credentials'), 'SINK_PERMISSION', /keyFile/],
    [
      new Error(
        'Could not load the default credentials. Browse to https://cloud.google.com for more information.',
      ),
      'SINK_PERMISSION',
      /gcloud auth application-default login/,
    ],
    [
      new Error(
        'unable to impersonate: Permission iam.serviceAccounts.getAccessToken denied on resource',
      ),
      'SINK_PERMISSION',
      /serviceAccountTokenCreator/,
    ],
    [
      apiError(
        403,
        'billingNotEnabled',
        'Billing has not been enabled for this project. DML queries are not allowed in the free tier.',
      ),
      'SINK_FAILED',
      /Enable billing/,
    ],
    [
      jobError('bytesBilledLimitExceeded', 'Query exceeded limit for bytes billed: 1.'),
      'SINK_FAILED',
      /maximumBytesBilled/,
    ],
    [
      apiError(404, 'notFound', 'Not found: Dataset lab-data:tdp was not found in location US'),
      'SINK_FAILED',
      /"location"/,
    ],
    [jobError('invalidQuery', 'Bad int64 value: 4711 in a row'), 'SINK_FAILED', /job tdp_sync_1/],
  ])('%s', (error, code, message) => {
    const found = sinkError(error, ORIGIN);
    expect(found).toMatchObject({ code, retryable: false });
    expect(found.message).toMatch(message);
    expect(found.message).not.toContain('4711');
    expect(passes(failureOf(error))).toBeUndefined();
  });
});

test('the token that the client keeps in its errors goes no further', () => {
  const error = apiError(503, 'backendError', 'Error encountered during execution.');
  expect(inspect(error, { depth: 10 })).toContain(TOKEN);
  expect(inspect(sinkError(error, ORIGIN), { depth: 10 })).not.toContain(TOKEN);
});
