import { DuckDBInstance } from '@duckdb/node-api';
import { filesTable } from '@tdp-sync/core';
import type { Column, Value } from '@tdp-sync/sink';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseWhere } from '../src/where/parse.ts';
import { WhereError } from '../src/where/tokens.ts';
import { isMeant } from '../src/where/where.ts';

const { columns } = filesTable('lab');

function means(condition: string, row: Readonly<Record<string, Value>>): boolean {
  return isMeant(parseWhere(condition, columns), (column) => row[column] ?? null);
}

const ROW = {
  file_path: "/lab/x/O'Neil_1.json",
  status: 'failed',
  error_code: null,
  size: 1200n,
  attempts: 3n,
  labels: '[{"name":"project","value":"Alpha"}]',
  indexed_at: '2024-03-01T08:00:00.000000Z',
};

test.each([
  [`file_path LIKE '%/x/%'`, true],
  [`file_path LIKE '/lab/_/%'`, true],
  [`file_path LIKE '/lab/_%.csv'`, false],
  [`file_path LIKE '%.json' AND status = 'failed'`, true],
  [`file_path = '/lab/x/O''Neil_1.json'`, true],
  [`FILE_PATH ilike '%o''NEIL%'`, true],
  [`labels LIKE '%"project"%' AND labels ILIKE '%alpha%'`, true],
  [`status = 'loaded' OR status = 'failed' AND attempts > 5`, false],
  [`(status = 'loaded' OR status = 'failed') AND attempts >= 3`, true],
  [`NOT status = 'loaded'`, true],
  [`status <> 'loaded' and status != 'deleted'`, true],
  [`error_code = 'X' OR error_code <> 'X'`, false],
  [`NOT (error_code = 'X')`, false],
  [`error_code IS NULL`, true],
  [`error_code is not null`, false],
  [`error_code NOT IN ('X')`, false],
  [`status IN ('deleted', 'failed')`, true],
  [`size BETWEEN 1000 AND 1200 AND size NOT BETWEEN 1 AND 2`, true],
  [`size > 1e3`, undefined],
  [`indexed_at >= '2024-03' AND indexed_at < '2024-04'`, true],
  [`indexed_at < '2024-03-01T08:00:00Z'`, false],
  [`indexed_at = '2024-03-01T09:00:00+01:00'`, true],
  [`"status" = 'failed'`, true],
])('%s', (condition, expected) => {
  if (expected === undefined) expect(() => means(condition, ROW)).toThrow(WhereError);
  else expect(means(condition, ROW)).toBe(expected);
});

test.each([
  ['', 'ends where a column should be'],
  [`filepath = 'a'`, 'did you mean file_path?'],
  [`status`, 'ends where =, <>'],
  [`status = `, 'needs a value for status'],
  [`status = failed`, `a text in quotes ('…'), and not "failed"`],
  [`status = 1`, "needs a text in quotes ('…') for status"],
  [`size = '1'`, 'needs a number for size'],
  [`size LIKE '1%'`, 'asks for LIKE of size, which is no text'],
  [`indexed_at > 'yesterday'`, 'needs a time in quotes for indexed_at'],
  [`status = 'a' status = 'b'`, 'has "status" where AND, OR or its end should be'],
  [`(status = 'a'`, 'lacks a ")"'],
  [`status = 'a`, "cannot be read from 'a on"],
  [`status = 'a'; DROP TABLE x`, 'cannot be read from ; DROP TABLE x on'],
  [`upper(status) = 'A'`, 'asks for upper(…), and there are no functions here'],
  [`"Status" = 'A'`, 'has no such column'],
])('%s is refused', (condition, reason) => {
  expect(() => parseWhere(condition, columns)).toThrow(reason);
});

const TRIED: readonly Column[] = [
  { name: 'path', type: 'string' },
  { name: 'size', type: 'int64' },
  { name: 'indexed_at', type: 'timestamp' },
];
const text = fc.stringMatching(/^[ab'%_]{0,3}$/).map((one) => `'${one.replaceAll("'", "''")}'`);
const whole = fc.integer({ min: -2, max: 2 }).map(String);
const day = fc.integer({ min: 1, max: 3 }).map((one) => `'2024-03-0${one}'`);
const sign = fc.constantFrom('=', '<>', '<', '<=', '>', '>=');
const compared = fc.oneof(
  ...(
    [
      ['path', text],
      ['size', whole],
      ['indexed_at', day],
    ] as const
  ).flatMap(([name, value]) => [
    fc.tuple(sign, value).map(([is, other]) => `${name} ${is} ${other}`),
    fc.tuple(value, value).map(([one, other]) => `${name} NOT IN (${one}, ${other})`),
    fc.tuple(value, value).map(([one, other]) => `${name} BETWEEN ${one} AND ${other}`),
    fc.constantFrom(`${name} IS NULL`, `${name} IS NOT NULL`),
  ]),
  text.map((pattern) => `path LIKE ${pattern}`),
  text.map((pattern) => `path NOT ILIKE ${pattern}`),
);
const { condition } = fc.letrec<{ condition: string }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    compared,
    tie('condition').map((one) => `NOT ${one}`),
    fc.tuple(tie('condition'), tie('condition')).map(([one, other]) => `${one} AND ${other}`),
    fc.tuple(tie('condition'), tie('condition')).map(([one, other]) => `(${one} OR ${other})`),
    fc.tuple(tie('condition'), tie('condition')).map(([one, other]) => `${one} OR ${other}`),
  ),
}));

test('conditions mean what they mean to a database', async () => {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const paths = [null, "''", "'a'", "'ab'", "'B'", "'''a'", "'%'"];
  const sizes = [null, -1, 0, 2];
  const days = [null, "TIMESTAMP '2024-03-02 00:00:00'"];
  const values = paths.flatMap((path) =>
    sizes.flatMap((size) => days.map((indexed) => `(${path}, ${size}, ${indexed})`)),
  );
  await connection.run(
    `CREATE TABLE t AS SELECT row_number() OVER () - 1 AS n, * FROM (VALUES ${values.join()}) v(path, size, indexed_at)`,
  );
  const rows = paths.flatMap((path) =>
    sizes.flatMap((size) =>
      days.map((indexed) => ({
        path: path === null ? null : path.slice(1, -1).replaceAll("''", "'"),
        size: size === null ? null : BigInt(size),
        indexed_at: indexed === null ? null : '2024-03-02T00:00:00.000000Z',
      })),
    ),
  );
  const check = async (written: string): Promise<void> => {
    const where = parseWhere(written, TRIED);
    const found = await connection.runAndReadAll(`SELECT n FROM t WHERE ${written} ORDER BY n`);
    const ours = rows.flatMap((row, at) =>
      isMeant(where, (column) => row[column as keyof typeof row]) ? [at] : [],
    );
    expect(ours, written).toEqual(found.getRows().map(([n]) => Number(n)));
  };
  await fc.assert(fc.asyncProperty(condition, check), { numRuns: 400 });
  connection.closeSync();
  instance.closeSync();
});
