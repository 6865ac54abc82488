import { describe, expect, test } from 'vitest';
import { queueCases } from '../src/conformance/index.ts';
import { broken, type Defect } from './broken/broken-queue.ts';
import { endDefects } from './broken/end-defects.ts';
import { keyDefects } from './broken/key-defects.ts';
import { leaveDefects } from './broken/leave-defects.ts';
import { lookDefects } from './broken/look-defects.ts';
import { takeDefects } from './broken/take-defects.ts';
import { valueDefects } from './broken/value-defects.ts';
import { memoryHarness } from './memory-harness.ts';

const defects: readonly Defect[] = [
  ...keyDefects,
  ...takeDefects,
  ...endDefects,
  ...leaveDefects,
  ...lookDefects,
  ...valueDefects,
];
const names = queueCases(memoryHarness()).map(({ name }) => name);

const right = broken({ name: 'nothing', caughtBy: 'none', faults: () => ({}) });

// What the wrong ones are made of is right where nothing is wrong.
test.each(queueCases(memoryHarness(right)))('unbroken: $name', ({ run }) => run());

describe('a queue that is wrong fails the case that names it', () => {
  test.concurrent.each(defects)('$name', async (defect) => {
    const cases = queueCases(memoryHarness(broken(defect), defect.dying), { patience: 0.01 });
    const one = cases.find(({ name }) => name === defect.caughtBy);
    expect(one, `there is no case "${defect.caughtBy}"`).toBeDefined();
    await expect(one?.run()).rejects.toThrow();
  });
});

test('each case names a wrong queue', () => {
  const naming = new Set(defects.map(({ caughtBy }) => caughtBy));
  expect(names.filter((name) => !naming.has(name))).toEqual([]);
});

test('every wrong queue has a name of its own', () => {
  expect(new Set(defects.map(({ name }) => name)).size).toBe(defects.length);
});
