import { expect, test } from 'vitest';
import { queueCases } from '../src/conformance/index.ts';
import { memoryHarness } from './memory-harness.ts';

const cases = queueCases(memoryHarness());

test.each(cases)('$name', ({ run }) => run());

test('every case has a name of its own', () => {
  const names = cases.map((one) => one.name);
  expect(new Set(names).size).toBe(names.length);
});
