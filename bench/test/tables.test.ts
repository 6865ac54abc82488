import { expect, it } from 'vitest';
import { tables, tablesText } from '../tables.ts';

it('runs every case to its end, and all ways make the same rows', async () => {
  const result = await tables({
    rounds: 1,
    kinds: ['cell-counter'],
    extractBytes: 100_000,
    syncBytes: 100_000,
    memoryBytes: 200_000,
    axes: {
      ...{ columns: [1_000], tables: [3], layouts: [3] },
      ...{ wide: [9], apart: [3], untouched: [0, 3] },
    },
  });
  const [kind] = result.kinds;
  expect(kind?.cases.map(({ leg, shape }) => `${leg} ${shape}`)).toHaveLength(17);
  const rows = (shape: string) =>
    kind?.cases.filter((one) => one.shape === shape).map(({ rowsPerFile }) => rowsPerFile);
  expect(rows('document')).toEqual([1, 1, 1]);
  // A result, a sample, and the thirty sizes of its distribution.
  expect(rows('mapping')).toEqual([32, 32, 32]);
  for (const { ofParse, ofDocuments, cpuUsPerFile } of kind?.cases ?? [])
    for (const figure of [ofParse, ofDocuments, cpuUsPerFile]) expect(figure).toBeGreaterThan(0);
  expect(result.memory.map(({ shape }) => shape)).toEqual(['document', 'rows']);
  expect(result.growth).toHaveLength(7);
  for (const { sync } of result.growth) {
    expect(sync.ofFirst).toBeGreaterThan(0);
    expect(sync.commits).toBeGreaterThan(0);
  }
  expect(tablesText(result)).toMatch(/auto, cubes as rows {2,}40/);
});
