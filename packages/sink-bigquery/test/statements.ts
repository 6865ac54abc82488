import type { Table } from '@tdp-sync/sink';
import { type CommitPlan, commit } from '../src/commit.ts';
import * as records from '../src/records.ts';
import * as sql from '../src/sql.ts';

/** Where the statements' tables are. */
export const PLACE = { project: 'lab-data', dataset: 'tdp' };

/** One column of each type, and names that need quotes. */
export const TABLE: Table = {
  name: 'runs of größe',
  columns: [
    { name: "na&m'e", type: 'string' },
    { name: 'select', type: 'boolean' },
    { name: '1st', type: 'int64' },
    { name: 'f', type: 'float64' },
    { name: 'd', type: 'decimal' },
    { name: 'day', type: 'date' },
    { name: 't', type: 'timestamp' },
    { name: 'j', type: 'json' },
  ],
};
export const OTHER: Table = { name: 'other', columns: [{ name: 'seq', type: 'int64' }] };
export const STAGE = '_tdp_sync_stage_0123';

const IDS = ['a', 'b', 'c'].map((letter) => letter.repeat(32));
const MANY = Array.from({ length: 501 }, (_, n) => n.toString(16).padStart(32, '0'));
const PLANS = [
  { table: TABLE, number: 1 },
  { table: OTHER, number: 2 },
];
const FULL: CommitPlan = {
  hasSince: true,
  stage: STAGE,
  named: PLANS,
  withRows: PLANS.slice(0, 1),
  ids: IDS,
  saysWhatItReplaces: false,
};

/** What creates tables and columns. */
export const creating: Readonly<Record<string, string>> = {
  states: sql.anchorStates(PLACE),
  columns: sql.addColumns(PLACE, TABLE.name, [
    { name: 'new', type: 'timestamp' },
    { name: 'größer', type: 'json' },
  ]),
  records: sql.addRecords(PLACE),
};

/** What reads. */
export const reading: Readonly<Record<string, string>> = {
  state: sql.readState(PLACE),
  lines: sql.readLines(PLACE, '', 10, false),
  'more lines': sql.readLines(PLACE, 'a'.repeat(32), 10, true),
  'lines of documents': sql.readLinesOf(PLACE, IDS, false),
  'lines of documents by status': sql.readLinesOf(PLACE, IDS, true),
  rows: sql.readRows(PLACE, TABLE, new Set(TABLE.columns), IDS),
  'rows without columns': sql.readRows(PLACE, TABLE, new Set(TABLE.columns.slice(0, 1)), IDS),
};

const COMPARED = { table: TABLE, found: new Set(TABLE.columns), place: 0 };

/** What compares. */
export const comparing: Readonly<Record<string, string>> = {
  'two tables, one of them without columns': records.findDamages(PLACE, [
    COMPARED,
    { table: OTHER, found: new Set(), place: 1 },
  ]),
  'a table that is not there': records.findDamages(PLACE, [
    { table: OTHER, found: undefined, place: 7 },
  ]),
};

/** The scripts. */
export const scripts: Readonly<Record<string, string>> = {
  commit: commit(PLACE, FULL),
  'commit against lines': commit(PLACE, { ...FULL, saysWhatItReplaces: true }),
  'first commit of many': commit(PLACE, { ...FULL, hasSince: false, ids: MANY }),
  'empty commit': commit(PLACE, { ...FULL, stage: undefined, named: [], withRows: [], ids: [] }),
  clear: sql.forget(PLACE),
};
