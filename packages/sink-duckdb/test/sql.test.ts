import type { Table } from '@tdp-sync/sink';
import { expect, test } from 'vitest';
import * as records from '../src/records.ts';
import * as sql from '../src/sql.ts';

const PLACE = { database: 'tdp', schema: 'ma"in' };
const TABLE: Table = {
  name: 'ru"ns',
  columns: [
    { name: 'na"me', type: 'string' },
    { name: 'size', type: 'decimal' },
  ],
};

test('the statements, as they are sent', () => {
  expect({
    bookkeeping: sql.bookkeeping(PLACE),
    createTable: sql.createTable(PLACE, TABLE),
    addColumn: sql.addColumn(PLACE, TABLE.name, { name: 'na"me', type: 'timestamp' }),
    createStagedRows: sql.createStagedRows({ table: TABLE, index: 3 }),
    readState: sql.readState(PLACE),
    takeState: sql.takeState(PLACE),
    putState: sql.putState(PLACE),
    pickWinners: sql.pickWinners(PLACE),
    deleteRows: sql.deleteRows(PLACE, TABLE, [0, 2]),
    insertRows: sql.insertRows(PLACE, { table: TABLE, index: 3 }),
    addRecords: records.addRecords(PLACE),
    findHeld: records.findHeld(PLACE),
    deleteHeld: records.deleteHeld(PLACE),
    insertLines: [
      records.insertLines(PLACE, [{ table: TABLE, index: 3, isShort: true }]),
      records.insertLines(PLACE, []),
    ],
    recordedNames: records.recordedNames([['ru"ns', 'Files'], []]),
    findDamages: [
      records.findDamages(PLACE, {
        table: { ...TABLE, name: "Ru'ns" },
        at: 0,
        stored: { found: new Set(TABLE.columns), hidesRowid: false },
      }),
      records.findDamages(PLACE, { table: TABLE, at: 1, stored: undefined }),
    ],
    sortDamages: records.SORT_DAMAGES,
    readDamages: records.READ_DAMAGES,
    readLines: [
      sql.readLines(PLACE, { ids: false, status: false }),
      sql.readLines(PLACE, { ids: true, status: true }),
      sql.readLines(PLACE, { ids: false, status: true }),
    ],
    countRows: sql.countRows(PLACE, TABLE.name),
    readRows: [
      sql.readRows(
        PLACE,
        { table: TABLE, found: new Set(TABLE.columns), hidesRowid: false },
        'one',
      ),
      sql.readRows(PLACE, { table: TABLE, found: new Set(), hidesRowid: true }, 'many'),
    ],
    forget: sql.forget(PLACE),
  }).toMatchSnapshot();
});
