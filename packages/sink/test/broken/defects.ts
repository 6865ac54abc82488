import { atomicDefects } from './atomic-defects.ts';
import type { Defect } from './hooks.ts';
import { ledgerDefects } from './ledger-defects.ts';
import { oneLedgerDefects } from './one-ledger-defects.ts';
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

/** Sinks that are wrong in one thing each. */
export const defects: readonly Defect[] = [
  ...atomicDefects,
  ...orderDefects,
  ...stateDefects,
  ...oneLedgerDefects,
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
