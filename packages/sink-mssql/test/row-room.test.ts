import type { ColumnType, Table } from '@tdp-sync/sink';
import { expect, test } from 'vitest';
import { ROW_ROOM, widthCheck } from '../src/row-room.ts';
import { createTable } from '../src/sql.ts';
import { failure, openOn } from './tds/lab.ts';

function tableOf(type: ColumnType, count: number): Table {
  return {
    name: 'wide',
    columns: Array.from({ length: count }, (_, at) => ({ name: `c${at}`, type })),
  };
}

test('of 12 characters or more a text takes 24 bytes and an offset: 304 of them and the columns that have none fit', () => {
  expect(Math.floor(ROW_ROOM.total / ROW_ROOM.of.string)).toBe(285);
  const check = widthCheck(tableOf('string', 700));
  const texts = (count: number, text: string) =>
    Array.from({ length: 700 }, (_, at) => (at < count ? text : null));
  expect(() => check?.(texts(700, 'a'))).not.toThrow();
  expect(() => check?.(texts(304, 'x'.repeat(10_000)))).not.toThrow();
  expect(() => check?.(texts(305, 'x'.repeat(12)))).toThrow('8060');
});

test('nothing is counted where whatever comes fits', () => {
  expect(widthCheck(tableOf('string', 285))).toBeUndefined();
  expect(widthCheck(tableOf('decimal', 285))).toBeUndefined();
});

test('a table is compressed if any row of it fits with what compression adds', () => {
  for (const [columns, isCompressed] of [
    [285, true],
    [286, false],
  ] as const)
    expect(createTable('s', tableOf('string', columns), true).includes('COMPRESSION')).toBe(
      isCompressed,
    );
});

test('a row that does not fit is refused before it is sent, and its document is named', async () => {
  await using world = await openOn();
  const wide = tableOf('string', 700);
  const document = (n: number, text: string) => ({
    ...{ id: n.toString(16).padStart(32, '0'), order: 'a', status: 'loaded' as const },
    rows: new Map([['wide', [wide.columns.map(() => text)]]]),
  });
  await using load = await world.sink.begin({ sync: 'lab', tables: [wide], since: undefined });
  const error = await failure(load.stage([document(1, 'a'), document(2, 'seventeen letters')]));
  expect(error).toMatchObject({ code: 'INVALID_VALUE', documentId: document(2, '').id });
  expect(error.message).not.toContain('seventeen');
  await using again = await world.sink.begin({ sync: 'lab', tables: [wide], since: undefined });
  await again.stage([document(1, 'a')]);
  expect(await again.commit('s1')).toEqual({ applied: 1, leftAlone: 0 });
});

test('a row that only the server finds too wide is refused as a value, and nothing is committed', async () => {
  await using world = await openOn();
  // Decimals travel as texts, which take more than they do in the table.
  const wide = tableOf('decimal', 400);
  const row = wide.columns.map(() => '-99999999999999999999999999999.999999999');
  await using load = await world.sink.begin({ sync: 'lab', tables: [wide], since: undefined });
  const documents = [
    { id: '1'.repeat(32), order: 'a', status: 'loaded', rows: new Map([['wide', [row]]]) },
  ] as const;
  await load.stage(documents);
  expect(await failure(load.commit('s1'))).toMatchObject({
    code: 'INVALID_VALUE',
    retryable: false,
  });
  expect(await world.sink.readState('lab')).toBeUndefined();
});
