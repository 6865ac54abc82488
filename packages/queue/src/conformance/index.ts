export { type CaseOptions, queueCases } from './cases.ts';
export type {
  MortalService,
  QueueCase,
  QueueHarness,
  TestService,
  TimedService,
} from './harness.ts';
