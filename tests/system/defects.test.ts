import * as core from '@tdp-sync/core';
import { describe, expect, test } from 'vitest';
import { hunt, huntingGround } from './defects/hunt.ts';
import { DEFECTS } from './defects/index.ts';
import { wrongEngine } from './defects/wrong-engine.ts';
import { simulate } from './sim/simulation.ts';

const SEEDS = 40;

describe('a wrong engine is caught:', () => {
  test('there are many, and each has a name of its own', () => {
    expect(new Set(DEFECTS.map(({ name }) => name)).size).toBe(DEFECTS.length);
    expect(DEFECTS.length).toBeGreaterThan(20);
  });

  test.each(DEFECTS.map((defect) => [defect.name, defect] as const))('%s', async (_, defect) => {
    const found = await hunt(defect, await wrongEngine(defect), SEEDS);
    expect(found?.outcome.violation).toMatch(defect.caughtBy);
    // It is the defect that was caught: the true engine is right in the same world.
    const { violation } = await simulate(huntingGround(defect, found?.seed ?? 1), core);
    expect(violation).toBeUndefined();
  });
});
