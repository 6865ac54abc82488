import { expect, test } from 'vitest';
import { checkRow, type Row, type Table, vouchFor } from '../src/index.ts';

const TABLE: Table = { name: 't', columns: [{ name: 'c', type: 'json' }] };

test('a row that is vouched for is not proven again, any other is', () => {
  const wrong: Row = ['{'];
  expect(() => checkRow(TABLE, wrong)).toThrow('does not fit');
  expect(() => checkRow(TABLE, vouchFor(['{']))).not.toThrow();
  expect(() => checkRow(TABLE, ['{'])).toThrow('does not fit');
});

test('vouching does not make a row as wide as its table', () => {
  expect(() => checkRow(TABLE, vouchFor(['{}', '{}']))).toThrow(
    '1 columns, but a row has 2 values',
  );
});
