import type { RunReport } from '@tdp-sync/core';
import { expect, test } from 'vitest';
import type { WithFailures } from '../src/failures.ts';
import { backfillLines } from '../src/render/backfill.ts';
import { reloadLines } from '../src/render/reload.ts';

/** A run that has been stopped with far more hits read than files done. */
const STOPPED: WithFailures<RunReport> = {
  ...{ sync: 'docs', seen: 1000, schema: [], commits: 1, bytes: 10 },
  ...{
    loaded: 100,
    known: 40,
    refreshed: 8,
    deleted: 1,
    failed: 2,
    failing: 0,
    unredacted: undefined,
    slicesLeft: 0,
  },
  ...{ failures: [], filesTable: 'docs_files', behindMs: 0, durationMs: 1 },
  ...{ watermarkMs: undefined, startMs: undefined, pulledBack: undefined },
  clocks: { nowMs: 0 } as unknown as RunReport['clocks'],
  outcome: 'interrupted',
};

test('a stretch of time that was stopped says how many files it has come to an end with', () => {
  const window = { fromMs: 0, toMs: 1 };
  const report = { ...STOPPED, window, files: undefined };
  const [first] = backfillLines(report, { from: 0, to: 1 });
  expect(first).toContain('docs: stopped after 151 files; the same command goes on');
});

test('a reload that was stopped says how many of its files are done', () => {
  const report = { ...STOPPED, known: 0, refreshed: 0, deleted: 0, chosen: 300 };
  const [first] = reloadLines({ ...report, notShown: 0, notFound: [] });
  expect(first).toContain('docs: stopped after 102 of 300 files; the same command begins');
});
