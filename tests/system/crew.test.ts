import { describe, expect, test } from 'vitest';
import { Crew } from '../../apps/cli/src/serve/crew/crew.ts';
import { CREW_DEFECTS } from './defects/crews.ts';
import { wrongCrew } from './defects/wrong-engine.ts';
import { CREW_SCENARIOS } from './serve/crews.ts';

describe('replicas over one queue and one database:', () => {
  test.each(CREW_SCENARIOS)('$name', ({ run }) => run(Crew));
});

describe('a wrong crew is caught:', () => {
  test.each(CREW_DEFECTS)('$name', async (defect) => {
    const scenario = CREW_SCENARIOS.find(({ name }) => name === defect.caughtBy);
    const wrong = await wrongCrew(defect);
    await expect(scenario?.run(wrong)).rejects.toThrow();
  });

  test('and a copy of the right one is not', async () => {
    const copy = await wrongCrew({ name: 'nothing is wrong', edits: [] });
    for (const { name, run } of CREW_SCENARIOS) if (name === 'a replica is killed') await run(copy);
  });
});
