import type { Table } from '@tdp-sync/sink';
import { expect, test } from 'vitest';
import { commit, createStagedRows, PREPARE_SESSION } from '../src/commit.ts';
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
const PLAN = { table: TABLE, index: 3 };
const OTHER = { table: { ...TABLE, name: 'other' }, index: 7 };

test('the statements that create, as they are sent', () => {
  expect([
    ...sql.bookkeeping(SCHEMA),
    sql.createTable(SCHEMA, TABLE),
    sql.addColumn(SCHEMA, TABLE.name, { name: `na"m]e's`, type: 'timestamp' }),
    PREPARE_SESSION,
    createStagedRows(PLAN),
  ]).toMatchSnapshot();
});

test('the statements that read, as they are sent', () => {
  expect([
    sql.IGNORES_CASE,
    sql.readSchema(SCHEMA, [TABLE.name]),
    sql.readSchema(SCHEMA, [TABLE.name, 'other']),
    sql.readState(SCHEMA),
    sql.readLines(SCHEMA, 10, false),
    sql.readLines(SCHEMA, 10, true),
    sql.readLinesOf(SCHEMA, false),
    sql.readLinesOf(SCHEMA, true),
    sql.readRows(SCHEMA, TABLE, new Set(TABLE.columns)),
    sql.readRows(SCHEMA, TABLE, new Set(TABLE.columns.slice(0, 1))),
  ]).toMatchSnapshot();
});

test('the commit and clear, as they are sent', () => {
  expect([
    commit(SCHEMA, { hasSince: true, named: [PLAN, OTHER], withRows: [PLAN] }),
    commit(SCHEMA, { hasSince: false, named: [], withRows: [] }),
    sql.forget(SCHEMA),
  ]).toMatchSnapshot();
});

test('nothing is sent that only some servers know', () => {
  const statements = [
    ...sql.bookkeeping(SCHEMA),
    sql.createTable(SCHEMA, TABLE),
    sql.addColumn(SCHEMA, TABLE.name, { name: 'x', type: 'json' }),
    PREPARE_SESSION,
    createStagedRows(PLAN),
    commit(SCHEMA, { hasSince: true, named: [PLAN], withRows: [PLAN] }),
    sql.readRows(SCHEMA, TABLE, new Set(TABLE.columns)),
    sql.readSchema(SCHEMA, [TABLE.name]),
  ].join('\n');
  expect(statements).not.toMatch(/\bMERGE\b|CREATE OR ALTER|\bINDEX\b|\bsys\.|STRING_AGG|TRIM\(/i);
  expect(statements).not.toMatch(/TRY_CONVERT|JSON_|DROP TABLE IF|applock/i);
});
