import type { Table } from '@tdp-sync/sink';
import { expect, test } from 'vitest';
import { commit } from '../src/commit.ts';
import * as records from '../src/records.ts';
import { createStagedRows, PREPARE_SESSION, stagedColumns } from '../src/session.ts';
import * as sql from '../src/sql.ts';

const SCHEMA = `la"b's`;
const TABLE: Table = {
  name: `ru"n's`,
  columns: [
    { name: `na"m]e's`, type: 'string' },
    { name: 'b', type: 'boolean' },
    { name: 'i', type: 'int64' },
    { name: 'f', type: 'float64' },
    { name: 'd', type: 'decimal' },
    { name: 'day', type: 'date' },
    { name: 't', type: 'timestamp' },
    { name: 'j', type: 'json' },
  ],
};
const PLAN = { table: TABLE, index: 3, staged: '#s3' };
const fold = (name: string) => name.toLowerCase();
const OTHER = { table: { ...TABLE, name: 'other' }, index: 7 };

test('the statements that create, as they are sent', () => {
  expect([
    ...sql.bookkeeping(SCHEMA, true),
    sql.createTable(SCHEMA, TABLE, true),
    sql.addColumn(SCHEMA, TABLE.name, { name: `na"m]e's`, type: 'timestamp' }),
    PREPARE_SESSION,
    createStagedRows('#s3', stagedColumns(TABLE)),
  ]).toMatchSnapshot();
});

test('the statements that read, as they are sent', () => {
  expect([
    sql.READ_SERVER,
    sql.ignoresCase(SCHEMA),
    sql.readSchema(SCHEMA, [TABLE.name]),
    sql.readSchema(SCHEMA, [TABLE.name, 'other']),
    sql.readState(SCHEMA),
    sql.readLines(SCHEMA, 10, false),
    sql.readLines(SCHEMA, 10, true),
    sql.readLinesOf(SCHEMA, false),
    sql.readLinesOf(SCHEMA, true),
    sql.readRows(SCHEMA, TABLE, new Set(TABLE.columns), false),
    sql.readRows(SCHEMA, TABLE, new Set(TABLE.columns.slice(0, 1)), true),
  ]).toMatchSnapshot();
});

const COMPARED = { table: TABLE, found: new Set(TABLE.columns), isWide: false };

test('the statements that compare, as they are sent', () => {
  expect([
    records.nextRange(SCHEMA, 10),
    records.findSuspects(SCHEMA, COMPARED, { hasAfter: false, hasUpto: true }, fold),
    records.findSuspects(
      SCHEMA,
      { ...COMPARED, found: new Set() },
      { hasAfter: true, hasUpto: false },
      fold,
    ),
    records.findSuspects(
      SCHEMA,
      { ...COMPARED, found: undefined },
      { hasAfter: true, hasUpto: true },
      fold,
    ),
    records.countRows(SCHEMA, COMPARED, fold),
    records.countRows(SCHEMA, { ...COMPARED, isWide: true }, fold),
    records.readRecords(SCHEMA),
  ]).toMatchSnapshot();
});

test('the texts of many columns are put together without being cut', () => {
  const columns = Array.from({ length: 1_000 }, (_, n) => ({
    name: `c${n}`,
    type: 'decimal' as const,
  }));
  const wide = { table: { name: 'wide', columns }, found: new Set(columns), isWide: false };
  const statement = records.countRows(SCHEMA, wide, fold);
  const calls = statement.split('CONCAT(').slice(1);
  const first = calls.map((call) => call.slice(0, 'CONVERT(nvarchar(max), '.length));
  // The last one that begins is around number and fingerprint.
  expect(new Set(first.slice(1))).toEqual(new Set(['CONVERT(nvarchar(max), ']));
  expect(calls.length).toBe(7);
});

const WHOLE = { hasSince: true, saysWhatItReplaces: false, fold };

test('the commit and clear, as they are sent', () => {
  expect([
    commit(SCHEMA, { ...WHOLE, named: [PLAN, OTHER], withRows: [PLAN] }),
    commit(SCHEMA, { ...WHOLE, hasSince: false, named: [], withRows: [] }),
    commit(SCHEMA, { ...WHOLE, saysWhatItReplaces: true, named: [], withRows: [] }),
    sql.forget(SCHEMA),
  ]).toMatchSnapshot();
});

test('nothing is sent that only some servers know', () => {
  const statements = [
    ...sql.bookkeeping(SCHEMA, false),
    sql.createTable(SCHEMA, TABLE, false),
    sql.addColumn(SCHEMA, TABLE.name, { name: 'x', type: 'json' }),
    PREPARE_SESSION,
    createStagedRows('#s3', stagedColumns(TABLE)),
    commit(SCHEMA, { ...WHOLE, saysWhatItReplaces: true, named: [PLAN], withRows: [PLAN] }),
    sql.readRows(SCHEMA, TABLE, new Set(TABLE.columns), false),
    sql.readSchema(SCHEMA, [TABLE.name]),
    records.findSuspects(SCHEMA, COMPARED, { hasAfter: true, hasUpto: true }, fold),
    records.countRows(SCHEMA, COMPARED, fold),
  ].join('\n');
  expect(statements).not.toMatch(/\bMERGE\b|CREATE OR ALTER|, INDEX\b|\bsys\.|TRIM\(/i);
  expect(statements).not.toMatch(/TRY_CONVERT|JSON_|DROP TABLE IF|applock|COMPRESSION/i);
});
