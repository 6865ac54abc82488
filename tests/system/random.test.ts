import * as core from '@tdp-sync/core';
import { describe, expect, test } from 'vitest';
import { scenarioOf } from './sim/scenario.ts';
import { ALL, SHORT, seeds } from './sim/seeds.ts';
import { simulate } from './sim/simulation.ts';

describe('more random worlds than in short.test.ts', () => {
  test.each(seeds(SHORT + 1, ALL))('seed %i', async (seed) => {
    const { violation } = await simulate(scenarioOf(seed), core);
    expect(violation, `replay: npm run simulate -- --seed ${seed}`).toBeUndefined();
  });
});
