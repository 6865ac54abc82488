import type { RunLine } from '@tdp-sync/core';
import { expect, it } from 'vitest';
import { History } from '../src/serve/history.ts';

const MINUTE = 60_000;
const NOW = Date.UTC(2026, 10, 1, 12);

function run(minutesAgo: number, minutes: number, rest: Partial<RunLine> = {}): RunLine {
  const startedAtMs = NOW - minutesAgo * MINUTE;
  const endedAtMs = startedAtMs + minutes * MINUTE;
  const counts = { loaded: 30, refreshed: 0, bytes: 300, outcome: 'complete' };
  return { startedAtMs, endedAtMs, ...counts, ...rest } as RunLine;
}

it('knows from the journal what was done before the service began', () => {
  const history = new History();
  history.seed([run(10, 2), run(30, 0, { loaded: 4, outcome: 'failed' })], NOW);
  expect(
    history.points.map(({ at, files, lagSeconds }) => [at.slice(11, 16), files, lagSeconds]),
  ).toEqual([
    ['11:30', 4, null],
    ['11:50', 10, null],
    ['11:51', 10, null],
    ['11:52', 10, 0],
  ]);
});

it('goes no further back than it would by itself, nor does it count twice what it has seen', () => {
  const history = new History();
  history.seed([run(13 * 60, 90)], NOW);
  expect(history.points[0]?.at).toBe(new Date(NOW - 12 * 60 * MINUTE).toISOString());
  const before = history.points.length;
  history.seed([run(5, 0)], NOW);
  expect(history.points).toHaveLength(before);
});
