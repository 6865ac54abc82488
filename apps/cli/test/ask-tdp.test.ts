import { expect, test } from 'vitest';
import { behind } from '../src/commands/ask-tdp.ts';

const MINUTE = 60_000;
const NOW = 1_790_000_000_000;

test.each([
  ['nothing is missing', {}, NOW - MINUTE, 0],
  ['the newest file is later than the watermark', [-5, -3], NOW - 6 * MINUTE, 3 * MINUTE + 1],
  [
    'quiet runs have stored no watermark since, and a file has just come',
    [-0.5, -0.5],
    NOW - 40 * MINUTE,
    MINUTE / 2,
  ],
  ['there was no run yet', [-90, -2], 0, 90 * MINUTE],
])('how far a database is behind: %s', (_, between, watermarkMs, expected) => {
  const [oldest, newest] = Array.isArray(between) ? between : [];
  const shown = {
    oldestMs: oldest === undefined ? undefined : NOW + oldest * MINUTE,
    newestMs: newest === undefined ? undefined : NOW + newest * MINUTE,
  };
  expect(behind(shown, watermarkMs, NOW)).toBe(expected);
});
