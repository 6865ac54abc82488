import { expect, it } from 'vitest';
import { limits, limitsTable } from '../limits.ts';

it('runs every case to its end and agrees on the number of files', async () => {
  const result = await limits(['--files', '300', '--bytes', '600', '--rounds', '1']);
  expect(result).toMatchObject({ files: 300, bytes: 600, rounds: 1 });
  for (const figure of [result.ofSlowerLeg, result.ofCpuBound, result.filesPerSecond.whole])
    expect(figure).toBeGreaterThan(0);
  expect(limitsTable(result)).toMatch(/whole run {2,}\d/);
});
