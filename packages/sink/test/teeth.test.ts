import { expect, test } from 'vitest';
import { sinkCases } from '../src/conformance/index.ts';
import { brokenSink } from './broken/broken-sink.ts';
import { defects } from './broken/defects.ts';
import { byCells, comparing } from './broken/shadow.ts';
import { memoryHarness } from './memory-harness.ts';

test.each(sinkCases(memoryHarness(brokenSink({}))))('unbroken: $name', ({ run }) => run());

// What the defects of weak-defects.ts are made of is right where nothing is left out.
const byCopies = sinkCases(memoryHarness(brokenSink(comparing(byCells()))));
test.each(byCopies)('unbroken, by copies: $name', ({ run }) => run());

test.each(defects)('a sink is caught: $name', async ({ caughtBy, hooks }) => {
  const found = sinkCases(memoryHarness(brokenSink(hooks))).find((one) => one.name === caughtBy);
  if (found === undefined) throw new Error(`no case is called "${caughtBy}"`);
  await expect(found.run()).rejects.toThrow();
});

test('every defect has a name of its own', () => {
  const names = defects.map((defect) => defect.name);
  expect(new Set(names).size).toBe(names.length);
});
