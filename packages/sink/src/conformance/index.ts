export { breakableLine } from './breakable-line.ts';
export { type CaseOptions, sinkCases } from './cases.ts';
export type {
  BreakableDatabase,
  BrokenLine,
  Damage,
  SinkCase,
  SinkHarness,
  TestDatabase,
} from './harness.ts';
