export { sinkCases } from './cases.ts';
export type { Damage, SinkCase, SinkHarness, TestDatabase } from './harness.ts';
