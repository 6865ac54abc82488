import { atomicCases, breakingCases } from './cases/atomic.ts';
import { conflictCases } from './cases/conflict.ts';
import { damageCases } from './cases/damage.ts';
import { damagesCases } from './cases/damages.ts';
import { invalidCases } from './cases/invalid.ts';
import { ledgerCases } from './cases/ledger.ts';
import { lifecycleCases } from './cases/lifecycle.ts';
import { nameCases } from './cases/names.ts';
import { orderCases } from './cases/order.ts';
import { readValueCases } from './cases/read-values.ts';
import { readingCases } from './cases/reading.ts';
import { replaceCases } from './cases/replace.ts';
import { schemaCases } from './cases/schema.ts';
import { stagingCases } from './cases/staging.ts';
import { stateCases } from './cases/state.ts';
import { valueCases } from './cases/values.ts';
import type { SinkCase, SinkHarness } from './harness.ts';
import { inWorld, type Scenario } from './world.ts';

const SCENARIOS: readonly Scenario[] = [
  ...stateCases,
  ...conflictCases,
  ...atomicCases,
  ...replaceCases,
  ...orderCases,
  ...stagingCases,
  ...ledgerCases,
  ...lifecycleCases,
  ...schemaCases,
  ...nameCases,
  ...valueCases,
  ...invalidCases,
  ...readingCases,
  ...readValueCases,
  ...damagesCases,
  ...damageCases,
];

/**
 * The contract as cases: a sink that passes all of them may be called one. They need no test runner;
 * each has a database of its own, and none sleeps or draws random numbers.
 */
export function sinkCases(harness: SinkHarness): readonly SinkCase[] {
  const { adapter } = harness;
  const cases = SCENARIOS.map((scenario) => ({
    name: scenario.name,
    run: () => inWorld(adapter, () => harness.fresh(), scenario),
  }));
  const { freshBreakable } = harness;
  if (freshBreakable === undefined) return cases;
  const breaking = breakingCases.map((scenario) => ({
    name: scenario.name,
    run: () => inWorld(adapter, freshBreakable, scenario),
  }));
  return [...cases, ...breaking];
}
