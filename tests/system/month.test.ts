import * as core from '@tdp-sync/core';
import { DEFAULT_SWITCHES, type Switches } from '@tdp-sync/emulator';
import { expect, test } from 'vitest';
import { inPairs } from './sim/pairs.ts';
import { CALM, DAY, HOUR, type Scenario, settled, UNKNOWNS } from './sim/scenario.ts';
import { simulate } from './sim/simulation.ts';

/** A month of an ordinary lab and an ordinary operator, with an ordinary amount of trouble. */
function month(seed: number, switches: Partial<Switches>): Scenario {
  const { duplicateFileIds } = switches;
  return {
    ...CALM,
    seed,
    switches: settled({ ...DEFAULT_SWITCHES, ...switches }),
    settings: {
      ...CALM.settings,
      batchDocuments: 20,
      pageMax: duplicateFileIds === 0 ? 25 : 400,
      concurrency: 4,
      attempts: 6,
      download: seed % 3 === 0 ? 'direct' : 'presigned',
      deletes: seed % 2 === 0 ? 'mark' : 'remove',
    },
    files: 20,
    lengthMs: 30 * DAY,
    labEveryMs: 2 * HOUR,
    runEveryMs: 4 * HOUR,
    sweeps: 0.2,
    rates: { http: 0.01, sink: 0.003, kill: 0.001, stop: 0.001, token: 0.002, slow: 0.002 },
  };
}

const CHOICES = inPairs(UNKNOWNS);

test.each(CHOICES.map((choice, at) => [at + 1, choice] as const))(
  'a month of operation, whatever is not known of TDP: combination %i',
  async (number, choice) => {
    const { violation } = await simulate(month(number, choice), core);
    expect(violation, JSON.stringify(choice)).toBeUndefined();
  },
);
