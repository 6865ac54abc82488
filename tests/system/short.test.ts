import * as core from '@tdp-sync/core';
import { describe, expect, test } from 'vitest';
import { scenarioOf } from './sim/scenario.ts';
import { SHORT, seeds } from './sim/seeds.ts';
import { simulate } from './sim/simulation.ts';
import { EVENTS, smallWith, systematic } from './sim/systematic.ts';

describe('random worlds: whatever happens, the database is TDP in the end and never lies on the way', () => {
  test.each(seeds(1, SHORT))('seed %i', async (seed) => {
    const { violation } = await simulate(scenarioOf(seed), core);
    expect(violation, `replay: npm run simulate -- --seed ${seed}`).toBeUndefined();
  });
});

test('the same seed is the same simulation, event by event', async () => {
  const [one, other] = [await simulate(scenarioOf(7), core), await simulate(scenarioOf(7), core)];
  expect(other.fingerprint).toBe(one.fingerprint);
  expect(other.counts).toEqual(one.counts);
});

describe('every event of the protocol, its first occurrence, every trouble once', () => {
  test.each(EVENTS)('%s', async (event) => {
    const planned = [...systematic(1)].filter((one) => one.event === event && one.nth === 1);
    expect(planned.length).toBeGreaterThan(0);
    for (const trouble of planned) {
      const { violation } = await simulate(smallWith(trouble), core);
      expect(violation, JSON.stringify(trouble)).toBeUndefined();
    }
  });
});
