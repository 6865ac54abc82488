import type { SyncState } from '@tdp-sync/core';
import { expect, test } from 'vitest';
import type { Asked } from '../src/commands/ask-tdp.ts';
import { glance } from '../src/commands/glance.ts';
import { configSchema } from '../src/config/schema.ts';

const NOW = Date.parse('2026-03-01T08:00:00Z');
const config = configSchema.parse({ sink: { type: 'duckdb' }, syncs: { lab: {} } }).syncs['lab'];

function glanceAt(
  state: 'held' | 'forgotten',
  lastAgoMs: number | undefined,
  behindMs: number | null,
  failed = 0,
): string {
  if (config === undefined) throw new Error('There is no sync.');
  return glance({
    config,
    state: state === 'held' ? ({} as SyncState) : undefined,
    asked: { behindMs } as Asked,
    last:
      lastAgoMs === undefined
        ? null
        : { at: new Date(NOW - lastAgoMs).toISOString(), outcome: 'complete' },
    failed,
    nowMs: NOW,
  });
}

test.each<readonly [string, Parameters<typeof glanceAt>, string]>([
  ['nothing is missing', ['held', 60_000, 0], 'up-to-date'],
  ['files that came since the last run, within its cadences', ['held', 60_000, 1e7], 'up-to-date'],
  ['files that have waited for longer', ['held', 1e7, 1e7], 'catching-up'],
  ['failed files', ['held', 60_000, 0, 2], 'attention'],
  ['a reset after a run: what is forgotten is behind', ['forgotten', 60_000, 1e7], 'catching-up'],
  ['no run ever', ['forgotten', undefined, 1e7], 'starting'],
  ['TDP cannot be asked', ['held', 60_000, null], 'unknown'],
])('%s', (_, given, state) => {
  expect(glanceAt(...given)).toBe(state);
});
