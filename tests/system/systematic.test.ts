import * as core from '@tdp-sync/core';
import { describe, expect, test } from 'vitest';
import { simulate } from './sim/simulation.ts';
import { EVENTS, SMALL, smallWith, systematic } from './sim/systematic.ts';

const OCCURRENCES = 3;

describe('every event of the protocol, its first occurrences, every trouble', () => {
  test('all of them happen in the small world', async () => {
    const { violation, events } = await simulate(SMALL, core);
    expect(violation).toBeUndefined();
    for (const event of EVENTS) expect(events[event], event).toBeGreaterThanOrEqual(OCCURRENCES);
  });

  test.each(EVENTS)('%s', async (event) => {
    for (const planned of systematic(OCCURRENCES)) {
      if (planned.event !== event) continue;
      const { violation } = await simulate(smallWith(planned), core);
      expect(violation, JSON.stringify(planned)).toBeUndefined();
    }
  });
});
