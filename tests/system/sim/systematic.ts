import { CALM, MINUTE, type Scenario, SECOND } from './scenario.ts';
import {
  HTTP_EVENTS,
  type PlannedTrouble,
  type ProtocolEvent,
  SINK_EVENTS,
  troublesOf,
} from './troubles.ts';

export const EVENTS: readonly ProtocolEvent[] = [
  ...HTTP_EVENTS,
  ...SINK_EVENTS,
  'credentials',
  'sleep',
];

/** Makes the client wait now and then, so that there are waits to be disturbed. */
const WAITS: readonly PlannedTrouble[] = [
  { event: 'survey', nth: 2, trouble: '503' },
  { event: 'page', nth: 5, trouble: '503' },
  { event: 'retrieve', nth: 4, trouble: '429' },
];

/** A small world in which everything happens that a protocol has: files, sweeps, a delete that is settled. */
export const SMALL: Scenario = {
  ...CALM,
  seed: 4,
  lengthMs: 70 * MINUTE,
  labEveryMs: 45 * SECOND,
  runEveryMs: 4 * MINUTE,
  sweeps: 0.5,
  planned: WAITS,
};

/** One trouble, once or again and again, at one occurrence of one event. */
export function* systematic(occurrences: number): Generator<PlannedTrouble> {
  for (const event of EVENTS) {
    for (const trouble of troublesOf(event)) {
      for (let nth = 1; nth <= occurrences; nth += 1) yield { event, nth, trouble };
      // Longer than the client is patient.
      yield { event, nth: 2, trouble, times: 6 };
    }
  }
}

/** The small world with this trouble in it. */
export function smallWith(planned: PlannedTrouble): Scenario {
  return { ...SMALL, planned: [planned, ...WAITS] };
}
