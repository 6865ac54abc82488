import { expect, it } from 'vitest';
import { canStart, title } from '../../packages/sink-postgres/test/server.ts';
import { cost, costText } from '../workers/cost.ts';
import { rate, rateText, shared } from '../workers/rate.ts';
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

it.skipIf(!canStart)(
  title('two workers share what a rate gives', canStart),
  async () => {
    const files = { files: 80, latencyMs: 5, sliceFiles: 20, perSecond: 60 };
    const result = await rate({ ...files, workers: [1, 2] });
    expect(result.cases.map(({ workers }) => workers)).toEqual([1, 2]);
    for (const { rate } of result.cases) expect(rate).toBeGreaterThan(0);
    expect(rateText(result)).toMatch(/^2 {2,}\d/m);
  },
  120_000,
);

it('what clients were given is compared while all of them are at work', () => {
  const clients = [
    { token: 'a', givenMs: [0, 1000, 2000, 3000, 4000], refused: 1 },
    { token: 'b', givenMs: [2000, 4000, 9000], refused: 1 },
  ];
  expect(shared(clients)).toEqual({ rate: 2.5, refused: 0.2, least: 2 / 3 });
});

it.skipIf(!canStart)(
  title('what slices cost one worker is measured', canStart),
  async () => {
    const result = await cost({ files: 60, sliceFiles: 20, rounds: 1 });
    expect(costText(result)).toMatch(/by slices \/ uncut: \d\.\d+ of the time/);
  },
  120_000,
);
