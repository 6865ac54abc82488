import { expect, test } from 'vitest';
import { sinkCases } from '../src/conformance/index.ts';
import { memorySink } from '../src/memory/index.ts';
import { memoryHarness } from './memory-harness.ts';

const cases = sinkCases(memoryHarness(memorySink));

test.each(cases)('$name', ({ run }) => run());

test('every case has a name of its own', () => {
  const names = cases.map((one) => one.name);
  expect(new Set(names).size).toBe(names.length);
});
