import { sinkCases } from '@tdp-sync/sink/conformance';
import { describe, test } from 'vitest';
import { harness } from '../src/conformance.ts';

const VARIABLE = 'TDP_SYNC_TEST_BIGQUERY_PROJECT';
const project = process.env[VARIABLE] ?? '';
const skipped = project === '' ? ` [skipped: set ${VARIABLE}]` : '';

// A commit takes seconds here, and its pauses after a conflict as many.
const TIMEOUT_MS = 600_000;

// In Google's cloud, with application default credentials: each case creates a dataset and deletes it.
describe.skipIf(project === '')(`conformance in a project${skipped}`, () => {
  const given = {
    project: project || 'none',
    dataset: 'unused',
    labels: { tool: 'tdp-sync-test' },
  };
  test.each(sinkCases(harness(given)))('$name', ({ run }) => run(), TIMEOUT_MS);
});
