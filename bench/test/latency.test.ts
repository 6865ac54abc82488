import { expect, it } from 'vitest';
import { latency, latencyText } from '../latency.ts';

it('runs every case to its end, at a latency and at kinds of server', async () => {
  const result = await latency({
    latencies: [5],
    models: ['direct'],
    against: { rounds: 1, files: 300, fixedFiles: 200, oneByOne: 5, cap: 600 },
    found: { rounds: 1, numbers: [25], share: 0.05 },
    chances: [{ rounds: 1, shares: [0.05], files: 300, model: 'near' }],
  });
  const [{ cases = [], ofBound = 0 } = {}] = result.against;
  // Those in Python are left out where it cannot be had, and named.
  expect(cases).toHaveLength(6 - Object.keys(result.skipped).length);
  for (const { filesPerSecond, times } of cases) {
    expect(filesPerSecond).toBeGreaterThan(0);
    expect(times).toBeGreaterThan(0);
  }
  expect(cases.at(-1)).toMatchObject({ label: 'tdp-sync, default settings', times: 1 });
  expect(ofBound).toBeGreaterThan(0);
  expect(result.found.map(({ files }) => files)).toEqual([30]);
  for (const { ofBest } of result.found) expect(ofBest).toBeGreaterThan(0);
  expect(result.chances).toMatchObject([{ files: 300, chances: [{ share: 0.05 }] }]);
  for (const { ofFaultless } of result.chances.flatMap(({ chances }) => chances))
    expect(ofFaultless).toBeGreaterThan(0);
  expect(latencyText(result)).toMatch(/as published, direct.* {2,}\d/);
  expect(latencyText(result)).toMatch(/ {2}5\.0% .* \d/);
});
