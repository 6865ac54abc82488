import * as core from '@tdp-sync/core';
import { expect, test } from 'vitest';
import { scenarioOf } from './sim/scenario.ts';
import { simulate } from './sim/simulation.ts';

const SEEDS = 200;

test(`${SEEDS} random worlds: whatever happens, the database is TDP in the end and never lies on the way`, async () => {
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const { violation } = await simulate(scenarioOf(seed), core);
    expect(violation, `replay: npm run simulate -- --seed ${seed}`).toBeUndefined();
  }
}, 120_000);

test('the same seed is the same simulation, event by event', async () => {
  const [one, other] = [await simulate(scenarioOf(7), core), await simulate(scenarioOf(7), core)];
  expect(other.fingerprint).toBe(one.fingerprint);
  expect(other.counts).toEqual(one.counts);
});
