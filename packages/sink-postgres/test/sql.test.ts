import type { Table } from '@tdp-sync/sink';
import { expect, test } from 'vitest';
import { commitRows } from '../src/commit.ts';
import type { TablePlan } from '../src/plan.ts';
import * as records from '../src/records.ts';
import * as sql from '../src/sql.ts';
import * as staging from '../src/staging-tables.ts';
import { sqlType } from '../src/values.ts';

const SCHEMA = `la"b's`;
const TABLE: Table = {
  name: `ru"n's`,
  columns: [
    { name: `na"me's`, type: 'string' },
    { name: 'b', type: 'boolean' },
    { name: 'i', type: 'int64' },
    { name: 'f', type: 'float64' },
    { name: 'd', type: 'decimal' },
    { name: 'day', type: 'date' },
    { name: 't', type: 'timestamp' },
    { name: 'j', type: 'json' },
  ],
};
const LONG: Table = { name: `${'x'.repeat(70)}'`, columns: [{ name: 'ctid', type: 'json' }] };

function plan(table: Table, index: number, isIndexed = true): TablePlan {
  const columns = table.columns.map((column) => ({
    column,
    stored: column.name,
    type: sqlType(column.type, 'jsonb'),
  }));
  return { table, index, stored: table.name, columns, isIndexed };
}

const PLAN = plan(TABLE, 3);
const OTHER = plan({ ...TABLE, name: 'other' }, 7, false);
const COMPARED = { stored: TABLE.name, found: PLAN.columns };

test('the statements that create, as they are sent', () => {
  expect([
    sql.createSchema(SCHEMA),
    sql.createBookkeeping(SCHEMA, sql.STATES),
    sql.createBookkeeping(SCHEMA, sql.LEDGER),
    sql.createTable(SCHEMA, TABLE, 'jsonb'),
    sql.createTable(SCHEMA, LONG, 'json'),
    sql.addColumns(SCHEMA, TABLE.name, [...LONG.columns, ...TABLE.columns.slice(0, 1)], 'jsonb'),
    sql.addColumns(
      SCHEMA,
      TABLE.name,
      ['b', 'xmin'].map((name) => ({ name, type: 'json', description: "it's \\ so" })),
      'jsonb',
    ),
    staging.PREPARE_STAGING,
    staging.createStagedRows(PLAN),
  ]).toMatchSnapshot();
});

test('the statements that read, as they are sent', () => {
  expect([
    sql.READ_SERVER,
    sql.READ_SCHEMA,
    sql.FIND_SCHEMA,
    sql.readState(SCHEMA),
    sql.readLines(SCHEMA, 10, false),
    sql.readLines(SCHEMA, 10, true),
    sql.readLinesOf(SCHEMA, false),
    sql.readLinesOf(SCHEMA, true),
    sql.readRows(SCHEMA, TABLE.name, [PLAN.columns[0], undefined]),
  ]).toMatchSnapshot();
});

test('the statements that compare, as they are sent', () => {
  expect([
    records.nextRange(SCHEMA, 10),
    records.findDamages(SCHEMA, COMPARED, { hasAfter: false, hasUpto: true }),
    records.findDamages(SCHEMA, { ...COMPARED, found: [] }, { hasAfter: true, hasUpto: false }),
    records.findDamages(
      SCHEMA,
      { ...COMPARED, found: undefined },
      { hasAfter: true, hasUpto: true },
    ),
  ]).toMatchSnapshot();
});

test('the commit and clear, as they are sent', () => {
  expect([
    staging.pickNewest([[PLAN, OTHER], [OTHER], []], [PLAN, OTHER]),
    staging.pickNewest([[]], []),
    sql.putState(SCHEMA),
    sql.moveState(SCHEMA),
    staging.writeLines(SCHEMA),
    commitRows(SCHEMA, [[PLAN, OTHER], [OTHER], []], [PLAN]),
    sql.lockLedger(SCHEMA),
    staging.countOutdated(SCHEMA),
    ...sql.forget(SCHEMA),
  ]).toMatchSnapshot();
});
