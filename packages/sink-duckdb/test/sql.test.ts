import type { Table } from '@tdp-sync/sink';
import { expect, test } from 'vitest';
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
    deleteLines: sql.deleteLines(PLACE),
    insertLines: sql.insertLines(PLACE),
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
