import * as core from '@tdp-sync/core';
import { expect, test } from 'vitest';
import { scenarioOf } from './sim/scenario.ts';
import { ALL, SHORT } from './sim/seeds.ts';
import { simulate } from './sim/simulation.ts';

test(`${ALL - SHORT} more random worlds than in short.test.ts`, async () => {
  for (let seed = SHORT + 1; seed <= ALL; seed += 1) {
    const { violation } = await simulate(scenarioOf(seed), core);
    expect(violation, `replay: npm run simulate -- --seed ${seed}`).toBeUndefined();
  }
});
