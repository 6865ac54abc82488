import * as core from '@tdp-sync/core';
import { describe, expect, test } from 'vitest';
import { Dice, type Engine, SCENARIOS } from '../../packages/core/test/sync/crew.ts';
import { WORKERS_DEFECTS } from './defects/workers.ts';
import { wrongEngine } from './defects/wrong-engine.ts';

describe('a wrong engine of several workers is caught:', () => {
  test.each(WORKERS_DEFECTS)('$name', async (defect) => {
    const found = await caught(await wrongEngine(defect), defect.caughtBy);
    expect(found).toMatch(defect.caughtBy);
  });
});

test('the right one is not', async () => {
  expect(await caught(core, /./)).toBeUndefined();
});

/** What does not hold of it, of the scenarios of these names. */
async function caught(engine: Engine, names: RegExp): Promise<string | undefined> {
  for (const { name, seeds, run } of SCENARIOS.filter(({ name }) => names.test(name))) {
    for (let seed = 0; seed < seeds; seed += 1) {
      try {
        await run(engine, new Dice(seed));
      } catch {
        return name;
      }
    }
  }
  return undefined;
}
