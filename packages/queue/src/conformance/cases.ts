import { deathCases } from './cases/death.ts';
import { doneCases } from './cases/done.ts';
import { keyCases } from './cases/keys.ts';
import { leaveCases } from './cases/leave.ts';
import { lookCases } from './cases/look.ts';
import { noteCases } from './cases/notes.ts';
import { serviceCases } from './cases/services.ts';
import { stopCases } from './cases/stop.ts';
import { takeCases } from './cases/take.ts';
import { timeCases } from './cases/time.ts';
import { valueCases } from './cases/values.ts';
import type { QueueCase, QueueHarness, TestService } from './harness.ts';
import { inTime, inWorld, type Scenario } from './world.ts';

const SCENARIOS: readonly Scenario[] = [
  ...keyCases,
  ...takeCases,
  ...doneCases,
  ...stopCases,
  ...leaveCases,
  ...lookCases,
  ...noteCases,
  ...valueCases,
  ...serviceCases,
];

/** How the cases are run. */
export interface CaseOptions {
  /**
   * For how long a case waits for what must come, as a share of what the contract allows: 1. For a queue in memory, which does at once whatever it
   * does at all, a hundredth is enough to see what it does not.
   */
  readonly patience?: number;
}

/**
 * The contract as cases: a queue that passes all of them may be called one. They need no test runner. Each has a queue of its own, so that they
 * may run beside each other: where replicas can be killed, some take minutes, and do nothing but wait.
 */
export function queueCases(
  harness: QueueHarness,
  { patience = 1 }: CaseOptions = {},
): readonly QueueCase[] {
  const bound = <Service extends TestService>(
    scenarios: readonly Scenario<Service>[],
    fresh: (() => Promise<Service>) | undefined,
  ): readonly QueueCase[] =>
    fresh === undefined
      ? []
      : scenarios.map((scenario) => ({
          name: scenario.name,
          run: () => inTime(patience, () => inWorld(fresh, scenario)),
        }));
  return [
    ...bound(SCENARIOS, () => harness.fresh()),
    ...bound(deathCases, harness.freshMortal?.bind(harness)),
    ...bound(timeCases, harness.freshTimed?.bind(harness)),
  ];
}
