export { sinkCases } from './cases.ts';
export type { SinkCase, SinkHarness, TestDatabase } from './harness.ts';
