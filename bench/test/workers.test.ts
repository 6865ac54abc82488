import { expect, it } from 'vitest';
import { canStart, title } from '../../packages/sink-postgres/test/server.ts';
import { workers, workersText } from '../workers.ts';

it.skipIf(!canStart)(
  title('one run and two workers bring in every file', canStart),
  async () => {
    const files = { files: 60, latencyMs: 5, concurrency: 8, sliceFiles: 15 };
    const result = await workers({ ...files, workers: [1, 2] });
    expect(result.cases.map(({ workers }) => workers)).toEqual(['run', 1, 2]);
    for (const { durationMs, cpuUs } of result.cases)
      expect(Math.min(durationMs, cpuUs)).toBeGreaterThan(0);
    expect(workersText(result)).toMatch(/^2 {2,}\d/m);
  },
  120_000,
);
