import { glob, readFile } from 'node:fs/promises';
import { SinkError } from '@tdp-sync/sink';
import { describe, expect, it, test } from 'vitest';
import { describeError, SINK_EXIT } from '../src/exit.ts';

function told(cause: unknown, code: SinkError['code'] = 'SINK_FAILED'): string {
  return describeError(new SinkError(code, 'The database refused.', { cause }));
}

/** As the drivers nest what a server says. */
const NESTED = {
  mssql: Object.assign(new Error('failed'), {
    originalError: { info: { message: "Invalid object name 'dbo.docs'." } },
  }),
  bigquery: Object.assign(new Error('request failed'), {
    failures: [{ reason: 'invalid', message: 'Table name "docs" missing dataset' }],
  }),
  fetch: new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED 127.0.0.1:1') }),
  aggregate: new AggregateError([new Error('connect ECONNREFUSED ::1:1')], ''),
  code: Object.assign(new Error(''), { code: 'ENOTFOUND' }),
};

test.each([
  ['an error', new Error('disk on fire'), 'disk on fire'],
  ['a text', 'disk on fire', 'disk on fire'],
  ['the server’s words in the driver’s', NESTED.mssql, "Invalid object name 'dbo.docs'."],
  ['the first failure of a job', NESTED.bigquery, 'Table name "docs" missing dataset'],
  ['what the network said', NESTED.fetch, 'connect ECONNREFUSED 127.0.0.1:1'],
  ['one of several addresses', NESTED.aggregate, 'connect ECONNREFUSED ::1:1'],
  ['a code without words', NESTED.code, 'ENOTFOUND'],
])('the message ends with the cause: %s', (_name, cause, words) => {
  expect(told(cause)).toBe(`The database refused. The cause: ${words} [SINK_FAILED]`);
});

test.each([
  [
    "Could not convert string 'abc' to INT32\n\nLINE 1: select cast('abc'",
    "Could not convert string '…' to INT32",
  ],
  ["converting the nvarchar value 'it''s' to int", "converting the nvarchar value '…' to int"],
  ['duplicate key "4711"', 'duplicate key "…"'],
  ['The duplicate key value is (a, b).', 'The duplicate key value is (…).'],
  ['overflow for value 12.5e7', 'overflow for value …'],
  ['Table "docs" has no column "x"', 'Table "docs" has no column "x"'],
  ["Login failed for user 'reader'.", "Login failed for user 'reader'."],
  [
    'Cannot open file "/data/tdp.duckdb": No such file',
    'Cannot open file "/data/tdp.duckdb": No such file',
  ],
  ['two\nlines', 'two lines'],
])('values of rows are left out: %s', (message, words) => {
  expect(told(new Error(message))).toContain(`The cause: ${words} [`);
});

it('is short, ends, and says nothing twice', () => {
  expect(told(new Error('word '.repeat(1000))).length).toBeLessThan(400);
  const circle: { cause?: unknown } = {};
  circle.cause = circle;
  expect(told(circle)).toBe('The database refused. [SINK_FAILED]');
  expect(told(new Error('The database refused.'))).toBe('The database refused. [SINK_FAILED]');
});

describe('no message sends to where nothing is shown', () => {
  const SOURCES = ['packages/*/src/**/*.ts', 'apps/*/src/**/*.ts'];
  it('in the sources of all packages', async () => {
    const root = new URL('../../../', import.meta.url);
    let count = 0;
    for await (const file of glob(SOURCES, { cwd: root })) {
      count += 1;
      const text = await readFile(new URL(file, root), 'utf8');
      expect(
        /see the cause|see above|see below|see the log/i.exec(text)?.[0],
        file,
      ).toBeUndefined();
    }
    expect(count).toBeGreaterThan(200);
  });

  it.each(Object.keys(SINK_EXIT) as SinkError['code'][])(
    '%s shows its cause where that says more',
    (code) => {
      const isUnclear = ['SINK_FAILED', 'SINK_UNAVAILABLE', 'SINK_PERMISSION'].includes(code);
      expect(told(new Error('disk on fire'), code).includes('disk on fire')).toBe(isUnclear);
    },
  );
});
