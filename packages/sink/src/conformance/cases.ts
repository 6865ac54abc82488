import { atomicCases, breakingCases } from './cases/atomic.ts';
import { conflictCases } from './cases/conflict.ts';
import { damageCases } from './cases/damage.ts';
import { damagesCases } from './cases/damages.ts';
import { invalidCases } from './cases/invalid.ts';
import { ledgerCases } from './cases/ledger.ts';
import { lifecycleCases } from './cases/lifecycle.ts';
import { nameCases } from './cases/names.ts';
import { oneLedgerCases } from './cases/one-ledger.ts';
import { orderCases } from './cases/order.ts';
import { readValueCases } from './cases/read-values.ts';
import { readingCases } from './cases/reading.ts';
import { replaceCases } from './cases/replace.ts';
import { replacesCases } from './cases/replaces.ts';
import { schemaCases } from './cases/schema.ts';
import { stagingCases } from './cases/staging.ts';
import { stateCases } from './cases/state.ts';
import { valueCases } from './cases/values.ts';
import type { SinkCase, SinkHarness, TestDatabase } from './harness.ts';
import { inWorld, type Scenario } from './world.ts';

const SCENARIOS: readonly Scenario[] = [
  ...stateCases,
  ...conflictCases,
  ...oneLedgerCases,
  ...replacesCases,
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

/** How the cases are run. */
export interface CaseOptions {
  /** A case that takes longer has failed: something hangs. Default 600,000. */
  readonly timeoutMs?: number;
}

/**
 * The contract as cases: a sink that passes all of them may be called one. They need no test runner;
 * each has a database of its own, and none sleeps or draws random numbers.
 */
export function sinkCases(
  harness: SinkHarness,
  { timeoutMs = 600_000 }: CaseOptions = {},
): readonly SinkCase[] {
  const { adapter, freshBreakable } = harness;
  const bound = <Database extends TestDatabase>(
    scenarios: readonly Scenario<Database>[],
    fresh: () => Promise<Database>,
  ): readonly SinkCase[] =>
    scenarios.map((scenario) => ({
      name: scenario.name,
      run: () => inTime(inWorld(adapter, fresh, scenario), timeoutMs),
    }));
  const breaking = freshBreakable === undefined ? [] : bound(breakingCases, freshBreakable);
  return [...bound(SCENARIOS, () => harness.fresh()), ...breaking];
}

/** Nobody can end what hangs: it goes on in the background, if it goes on at all. */
function inTime(work: Promise<void>, timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(
      () => reject(new Error(`It did not end within ${timeoutMs / 1000} s: something hangs.`)),
      timeoutMs,
    );
    work.then(resolve, reject).finally(() => clearTimeout(late));
  });
}
