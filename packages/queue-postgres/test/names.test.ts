import { expect, test } from 'vitest';
import { original, queueName, storable } from '../src/names.ts';

test.each([
  '',
  'run',
  'a"b',
  '"run"',
  '"',
  '\0',
  'run\0',
  '\ud800',
  '\u{1f52c}',
  '\\u0000',
  '"\\"',
])('%j is found again after it was stored', (text) => {
  const stored = storable(text);
  expect(original(stored)).toBe(text);
  expect(stored.isWellFormed() && !stored.includes('\0')).toBe(true);
});

test('plain texts are stored as they are, for whoever looks into the tables', () => {
  expect(storable('empower/run: ä')).toBe('empower/run: ä');
});

test('queues have names that pg-boss takes, of two services never the same', () => {
  const services = [
    'lab',
    'Lab',
    'lab ',
    ' lab',
    'läb',
    'l/b',
    '☂'.repeat(200),
    `${'x'.repeat(199)}1`,
  ];
  const names = services.map(queueName);
  for (const name of names) expect(name).toMatch(/^[\w.-]{1,60}$/);
  expect(new Set(names).size).toBe(services.length);
  expect(queueName('lab')).toMatch(/^lab-/);
});
