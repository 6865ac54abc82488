import { RIGHT } from '../sim/clocks.ts';
import type { Engine } from '../sim/engine.ts';
import { type Scenario, scenarioOf } from '../sim/scenario.ts';
import { type Outcome, simulate } from '../sim/simulation.ts';
import type { Defect } from './defect.ts';

/** The scenario in which a defect is looked for with a seed. */
export function huntingGround({ world = {} }: Defect, seed: number): Scenario {
  const usual = scenarioOf(seed);
  return {
    ...usual,
    // What is about these asks for them: elsewhere they would catch a defect by another mistake than it stands for.
    ...{ clocks: RIGHT, goingBack: 0, refilters: 0, refused: 0, outages: 0 },
    ...{ historyFlips: 0, backfills: 0 },
    ...{ picky: 0, mostDocuments: Number.POSITIVE_INFINITY, stubborn: 0, kinds: 0 },
    ...world,
    switches: { ...usual.switches, ...world.switches },
    settings: { ...usual.settings, isFiltered: false, history: false, ...world.settings },
  };
}

/** The first seed that catches the engine, if one of so many does. */
export async function hunt(
  defect: Defect,
  engine: Engine,
  seeds: number,
): Promise<{ readonly seed: number; readonly outcome: Outcome } | undefined> {
  for (let seed = 1; seed <= seeds; seed += 1) {
    const outcome = await simulate(huntingGround(defect, seed), engine);
    if (outcome.violation !== undefined) return { seed, outcome };
  }
  return undefined;
}
