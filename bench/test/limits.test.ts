import { expect, it } from 'vitest';
import { limits, limitsTable } from '../limits.ts';

it('runs every case for every size to its end and agrees on the number of files', async () => {
  const results = await limits(['--files', '300,40', '--bytes', '600,20000', '--rounds', '1']);
  expect(results).toMatchObject([
    { files: 300, bytes: 600, rounds: 1 },
    { files: 40, bytes: 20_000, rounds: 1 },
  ]);
  for (const result of results) {
    for (const figure of [result.ofSlowerLeg, result.ofCpuBound, result.clientOfHttp])
      expect(figure).toBeGreaterThan(0);
    expect(limitsTable(result)).toMatch(/whole run {2,}\d/);
  }
});
