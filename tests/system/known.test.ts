import * as core from '@tdp-sync/core';
import { expect, test } from 'vitest';
import { RIGHT } from './sim/clocks.ts';
import { HOUR, MINUTE, type Scenario, SECOND, scenarioOf } from './sim/scenario.ts';
import { simulate } from './sim/simulation.ts';
import { NO_TROUBLE } from './sim/troubles.ts';

/** The scenario of a seed as it was when the mistake was found: what the sync keeps besides changes what happens when. */
function asFound(seed: number): Scenario {
  const usual = scenarioOf(seed);
  return {
    ...usual,
    ...{ historyFlips: 0, backfills: 0 },
    settings: { ...usual.settings, history: false },
  };
}

/** Old versions come back to life, files fail, and all is read at once. */
function crowded(seed: number): Scenario {
  const usual = scenarioOf(seed);
  return {
    ...usual,
    ...{ historyFlips: 0, backfills: 0 },
    clocks: RIGHT,
    files: 20,
    labEveryMs: 8 * SECOND,
    lengthMs: HOUR,
    runEveryMs: 4 * MINUTE,
    verifies: 0,
    rates: { ...NO_TROUBLE, http: 0.2, sink: 0.01 },
    switches: { ...usual.switches, reindexRevives: true, duplicateFileIds: 0 },
    settings: {
      ...usual.settings,
      attempts: 1,
      batchDocuments: 1,
      concurrency: 6,
      consecutiveFailures: 100,
      ...{ deletes: 'mark', isFiltered: false, history: false },
    },
  };
}

// Seed 314 of the random scenarios has found it.
test('two versions of a file under way at once: the row names the version whose rows are there', async () => {
  for (let seed = 1; seed <= 120; seed += 1) {
    const { violation } = await simulate(crowded(seed), core);
    expect(violation, `crowded(${seed})`).toBeUndefined();
  }
});

test('deletes that are ignored are no differences to verify', async () => {
  for (let seed = 1; seed <= 10; seed += 1) {
    const usual = asFound(seed);
    const switches = { ...usual.switches, softDeleted: 'flag' } as const;
    const settings = { ...usual.settings, deletes: 'ignore' } as const;
    const { violation } = await simulate({ ...usual, switches, settings }, core);
    expect(violation, `seed ${seed}`).toBeUndefined();
  }
});

test.each([841, 5916])(
  'a file that moves, or leaves the filter, is settled: seed %i',
  async (seed) => {
    const { violation } = await simulate(asFound(seed), core);
    expect(violation).toBeUndefined();
  },
);
