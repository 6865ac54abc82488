import { expect, test } from 'vitest';
import type { FailureGroup } from '../src/failures.ts';
import { failureLines } from '../src/render/failures.ts';

function groups(count: number): readonly FailureGroup[] {
  return Array.from({ length: count }, (_, at) => ({
    errorCode: 'TRANSFORM_FAILED',
    error: `reason ${at}`,
    files: 2,
    first: `/lab/${at}.json`,
  }));
}

test('a lab with twenty kinds of bad files is told every one of them', () => {
  const lines = failureLines('lab', groups(20));
  expect(lines.slice(0, -1)).toEqual(
    Array.from({ length: 20 }, (_, at) =>
      expect.stringContaining(`2 TRANSFORM_FAILED: reason ${at}, first: /lab/${at}.json`),
    ),
  );
  expect(lines.at(-1)).toMatch(/all: SELECT .* FROM lab_files/);
});

test('of more the largest are told, and the others counted', () => {
  const lines = failureLines('lab', groups(25));
  expect(lines).toHaveLength(22);
  expect(lines[20]?.trim()).toBe('10 for 5 other reasons');
});
