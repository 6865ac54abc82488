import type { Table } from '@tdp-sync/sink';
import type { Place } from '../src/names.ts';
import { storedName } from '../src/names.ts';
import type { TablePlan } from '../src/plan.ts';
import { findDamages } from '../src/records.ts';
import * as sql from '../src/sql.ts';
import * as staging from '../src/staging-tables.ts';
import { sqlType } from '../src/values.ts';

export const PLACE: Place = { database: 'lab', schema: 'tdp', identifiers: 'upper' };
export const OPTIONS: sql.TableOptions = {
  timestamps: 'tz',
  valueLimit: '128MB',
  transient: false,
};
/** A name that tries to end its quotes, and the statement. */
const HOSTILE = 'it\'s "x\\"; --';

const TABLE: Table = {
  name: 'runs',
  columns: [
    { name: 'is_valid', type: 'boolean' },
    { name: 'count', type: 'int64' },
    { name: 'purity', type: 'float64' },
    { name: 'price', type: 'decimal' },
    { name: HOSTILE, type: 'string' },
    { name: 'day', type: 'date' },
    { name: 'created_at', type: 'timestamp' },
    { name: 'document', type: 'json' },
  ],
};

export const PLAN: TablePlan = {
  table: TABLE,
  index: 0,
  stored: 'RUNS',
  columns: TABLE.columns.map((column) => ({
    column,
    stored: storedName('upper', column.name),
    type: sqlType(column.type, OPTIONS),
  })),
};
const CLOCK: TablePlan = {
  ...PLAN,
  index: 1,
  stored: HOSTILE,
  columns: PLAN.columns.slice(6, 7).map((column) => ({ ...column, type: 'TIMESTAMP_NTZ(6)' })),
};
const SYNC = HOSTILE;

/** Every statement that the sink sends, by what it is for. */
export const STATEMENTS: Readonly<Record<string, string>> = {
  'create schema': sql.createSchema(PLACE),
  'create states': sql.createBookkeeping(PLACE, sql.STATES),
  'create ledger': sql.createBookkeeping(PLACE, sql.LEDGER),
  'create table': sql.createTable(PLACE, 'RUNS', TABLE.columns, OPTIONS),
  'create transient table': sql.createTable(PLACE, 'RUNS', TABLE.columns.slice(0, 1), {
    timestamps: 'ntz',
    valueLimit: '16MB',
    transient: true,
  }),
  'add column': sql.addColumn(PLACE, 'RUNS', { name: 'day', type: 'date' }, OPTIONS),
  'describe column':
    sql.describeColumns(PLACE, 'RUNS', [{ name: 'day', type: 'date', description: HOSTILE }])[0] ??
    '',
  'describe table': sql.describeTable(PLACE, HOSTILE),
  'find schema': sql.findSchema(PLACE),
  'read state': sql.readState(PLACE, SYNC),
  'read ledger': sql.readLines(PLACE, SYNC, undefined, false),
  'read failed lines': sql.readLines(PLACE, SYNC, 'failed', false),
  'read lines of documents': sql.readLines(PLACE, SYNC, 'failed', true),
  'read rows': sql.readRows(PLACE, 'RUNS', [...PLAN.columns, undefined]),
  'forget state': sql.forget(PLACE)[0] ?? '',
  'forget ledger': sql.forget(PLACE)[1] ?? '',
  'make row of state': sql.makeStateRow(PLACE),
  'put state': sql.moveState(PLACE, false),
  'move state': sql.moveState(PLACE, true),
  'find commit': sql.findCommit(PLACE),
  ...Object.fromEntries(
    staging.PREPARE_STAGING.map((statement, at) => [`staging table ${at}`, statement]),
  ),
  put: staging.putFile(3),
  copy: staging.COPY_LINES,
  'count lines': staging.COUNT_LINES,
  'count winners': staging.COUNT_WINNERS,
  'record rows': staging.recordRows([PLAN, CLOCK], 0),
  'pick winners': staging.pickWinners(PLACE, SYNC),
  'delete rows': staging.deleteRows(PLACE, PLAN),
  'insert rows': staging.insertRows(PLACE, PLAN),
  'insert clocks': staging.insertRows(PLACE, CLOCK),
  'update lines': staging.writeLines(PLACE, SYNC)[0] ?? '',
  'insert lines': staging.writeLines(PLACE, SYNC)[1] ?? '',
  'find damages': [
    findDamages(PLACE, SYNC, { stored: 'RUNS', found: PLAN.columns }, 0),
    findDamages(PLACE, SYNC, { stored: 'GONE', found: undefined }, 1),
  ].join(' UNION ALL '),
  begin: 'BEGIN TRANSACTION',
};
