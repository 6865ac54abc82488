import { expect, test } from 'vitest';
import { creating, reading, scripts } from './statements.ts';

test('the statements that create, as they are sent', () => {
  expect(creating).toMatchSnapshot();
});

test('the statements that read, as they are sent', () => {
  expect(reading).toMatchSnapshot();
});

test('the scripts, as they are sent', () => {
  expect(scripts).toMatchSnapshot();
});

test('a commit of many documents bounds them by literals, the first and the last', () => {
  const first = '0'.repeat(32);
  const last = (500).toString(16).padStart(32, '0');
  const bounds = scripts['first commit of many']?.match(/BETWEEN '\w+' AND '\w+'/g) ?? [];
  expect(new Set(bounds)).toEqual(new Set([`BETWEEN '${first}' AND '${last}'`]));
  // Each table that is deleted from, twice, and the ledger twice.
  expect(bounds.length).toBe(6);
});
