import { expect, it } from 'vitest';
import { start, startText } from '../start.ts';

it('fills a database and runs over it without anything new', async () => {
  const result = await start(200, 1);
  expect(result).toMatchObject({ files: 200, rounds: 1, retrieves: 0 });
  const { durationMs, cpuMs, ofOpen, searches } = result;
  for (const figure of [
    ...Object.values(durationMs),
    ...Object.values(cpuMs),
    ofOpen.cpu,
    searches,
  ])
    expect(figure).toBeGreaterThan(0);
  expect(startText(result)).toMatch(/tdp-sync run, nothing new {2,}\d/);
});
