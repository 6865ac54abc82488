import type { RunReport } from '@tdp-sync/core';
import { describe, expect, it } from 'vitest';
import { glance } from '../src/commands/glance.ts';
import { summary } from '../src/render/summary.ts';

const NOW = Date.UTC(2026, 10, 30, 12);

function report(fields: Partial<RunReport>): Parameters<typeof summary>[0] {
  return {
    ...{ sync: 'lab', outcome: 'complete', seen: 1961, loaded: 1961, refreshed: 0, known: 0 },
    ...{ deleted: 0, failed: 0, failing: 0, bytes: 1000, commits: 3, schema: [] },
    ...{
      watermarkMs: undefined,
      slicesLeft: 0,
      behindMs: 1000,
      startMs: NOW - 1,
      durationMs: 1000,
    },
    pulledBack: undefined,
    clocks: {
      ...{ dateMs: NOW, localMs: NOW, nowMs: NOW, newestMs: NOW, future: undefined },
      ...{ isBarred: false, verdict: 'agree' },
    },
    ...{ failures: [], filesTable: 'lab_files' },
    ...fields,
  } as Parameters<typeof summary>[0];
}

describe('a run while slices of a backlog are open', () => {
  it('says how many are left, and not that TDP shows nothing', () => {
    const lines = summary(report({ slicesLeft: 9 })).join('\n');
    expect(lines).toMatch(/^lab: 1,961 files brought up to date/);
    expect(lines).toMatch(/9 slices left, which workers were at lately/);
    expect(lines).not.toMatch(/TDP shows no file/);
  });

  it('says nothing of slices where there are none', () => {
    expect(summary(report({ watermarkMs: NOW })).join('\n')).not.toMatch(/slice/);
  });
});

describe('status while slices of a backlog are open', () => {
  const asked = { behindMs: 3_600_000 };
  const last = { at: new Date(NOW).toISOString(), outcome: 'complete' };
  const seen = (slices: object | undefined) =>
    glance({
      config: { every: { everyMs: 300_000 }, settle: 60_000 },
      state: { slices, verification: undefined },
      ...{ asked, last, failed: 0, nowMs: NOW },
    } as unknown as Parameters<typeof glance>[0]);

  it('is behind TDP, though a worker has just come to the end of its share', () => {
    expect(seen({ id: 'a', first: 0, cuts: [1, 2], tailMs: 2 })).toBe('catching-up');
    expect(seen(undefined)).toBe('up-to-date');
  });
});
