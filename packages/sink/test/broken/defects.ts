import type { Hooks } from './hooks.ts';
import { ledgerDefects } from './ledger-defects.ts';
import { orderDefects } from './order-defects.ts';
import { readValueDefects } from './read-value-defects.ts';
import { readingDefects } from './reading-defects.ts';
import { recordDefects } from './record-defects.ts';
import { rowDefects } from './row-defects.ts';
import { schemaDefects } from './schema-defects.ts';
import { stateDefects } from './state-defects.ts';
import { tellingDefects } from './telling-defects.ts';
import { valueDefects } from './value-defects.ts';
import { weakDefects } from './weak-defects.ts';

/** One thing that an outsider may get wrong, and the case that must say so. */
export interface Defect {
  readonly name: string;
  /** The name of a case of the suite. */
  readonly caughtBy: string;
  readonly hooks: Hooks;
}

/** Sinks that are wrong in one thing each. */
export const defects: readonly Defect[] = [
  ...orderDefects,
  ...stateDefects,
  ...ledgerDefects,
  ...rowDefects,
  ...schemaDefects,
  ...valueDefects,
  ...readingDefects,
  ...readValueDefects,
  ...recordDefects,
  ...weakDefects,
  ...tellingDefects,
];
