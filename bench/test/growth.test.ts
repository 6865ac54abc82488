import { expect, it } from 'vitest';
import { growth } from '../growth/measure.ts';
import { growthText } from '../growth/text.ts';

it('lives through every step at every size, and finds the files that it should', async () => {
  const result = await growth({
    sizes: [100, 200],
    shapes: ['rows'],
    added: 50,
    rounds: 1,
    memorySizes: [200],
    large: { mb: 2, counts: [2] },
  });
  expect(result.shapes).toHaveLength(1);
  for (const { points } of result.shapes) {
    const loaded = points.map(({ step, size, files }) => `${step} ${size}: ${files}`);
    expect(loaded).toEqual([
      'first 100: 100',
      'first 200: 200',
      'quiet 100: 0',
      'quiet 200: 0',
      'added 100: 50',
      'added 200: 50',
      'renewed 100: 1',
      'renewed 200: 2',
      'swept 100: 150',
      'swept 200: 250',
      'verified 100: 150',
      'verified 200: 250',
    ]);
    for (const { cpuMs, peakMiB, searches } of points)
      for (const figure of [cpuMs, peakMiB, searches]) expect(figure).toBeGreaterThan(0);
  }
  expect(result.memory.map(({ files }) => files)).toEqual([200, 2]);
  for (const { peakMiB } of result.memory) expect(peakMiB).toBeGreaterThan(0);
  expect(growthText(result)).toMatch(/quiet run {2,}\d/);
});
