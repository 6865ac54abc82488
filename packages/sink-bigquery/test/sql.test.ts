import { expect, test } from 'vitest';
import { commit } from '../src/commit.ts';
import { comparing, creating, PLACE, reading, STAGE, scripts } from './statements.ts';

test('the statements that create, as they are sent', () => {
  expect(creating).toMatchSnapshot();
});

test('the statements that read, as they are sent', () => {
  expect(reading).toMatchSnapshot();
});

test('the statements that compare, as they are sent', () => {
  expect(comparing).toMatchSnapshot();
});

test('the scripts, as they are sent', () => {
  expect(scripts).toMatchSnapshot();
});

test('a commit of many documents bounds them by literals, the first and the last', () => {
  const first = '0'.repeat(32);
  const last = (500).toString(16).padStart(32, '0');
  const bounds = scripts['first commit of many']?.match(/BETWEEN '\w+' AND '\w+'/g) ?? [];
  expect(new Set(bounds)).toEqual(new Set([`BETWEEN '${first}' AND '${last}'`]));
  // Each table that is deleted from, twice, and the ledger three times.
  expect(bounds.length).toBe(7);
});

test('a commit of more than BigQuery takes at once is refused', () => {
  const plans = (tables: number, columns: number) =>
    Array.from({ length: tables }, (_, n) => ({
      table: {
        name: `t${n}`,
        columns: Array.from({ length: columns }, (_, at) => ({
          name: `column_${at}`,
          type: 'timestamp' as const,
        })),
      },
      number: n + 1,
    }));
  const commitOf = (tables: number, columns: number) => {
    const named = plans(tables, columns);
    const plan = { hasSince: true, saysWhatItReplaces: true, stage: STAGE, ids: ['a'] };
    return commit(PLACE, { ...plan, named, withRows: named });
  };
  expect(() => commitOf(96, 50)).not.toThrow();
  expect(() => commitOf(97, 1)).toThrow(/97 tables/);
  expect(() => commitOf(10, 2_000)).toThrow(/characters/);
});
