import { expect, test } from 'vitest';
import { type Level, LoadDetector } from '../../src/source/load-detector.ts';

const level = (limit: number, isStarting = false): Level => ({
  limit,
  isStarting,
  ceiling: undefined,
});

/** Every `every`th of so many answers is a refusal. What the last one says. */
function answers(refusals: LoadDetector, limit: number, count: number, every: number): unknown {
  let verdict: unknown;
  for (let answer = 1; answer <= count && verdict === undefined; answer += 1)
    verdict = refusals.count(answer % every === 0, limit, false);
  return verdict;
}

/** One twentieth is refused by chance, and it knows. */
function knowing(): LoadDetector {
  const refusals = new LoadDetector();
  answers(refusals, 100, 20, 20);
  refusals.cameDown(level(100));
  answers(refusals, 85, 60, 20);
  return refusals;
}

test('the first refusal is load', () => {
  const refusals = new LoadDetector();
  expect(answers(refusals, 16, 50, 51)).toBeUndefined();
  expect(refusals.count(true, 16, false)).toBe('load');
});

test('where a lower limit is refused as much, it goes back to where it was', () => {
  const refusals = new LoadDetector();
  expect(answers(refusals, 100, 20, 20)).toBe('load');
  refusals.cameDown(level(100, true));
  expect(answers(refusals, 85, 59, 20)).toBeUndefined();
  expect(refusals.count(true, 85, false)).toEqual(level(100, true));
});

test('where a lower limit is refused clearly less, it was load', () => {
  const refusals = new LoadDetector();
  expect(answers(refusals, 100, 20, 20)).toBe('load');
  refusals.cameDown(level(100));
  for (let answer = 1; answer <= 100; answer += 1) refusals.count(answer % 5 === 0, 100, true);
  expect(answers(refusals, 85, 60, 20)).toBe('load');
});

test('what came just before is compared with, too', () => {
  const refusals = knowing();
  expect(answers(refusals, 100, 60, 4)).toBe('load');
  refusals.cameDown(level(100));
  expect(answers(refusals, 85, 60, 20)).toBe('load');
});

test('a large share is load, however little it falls', () => {
  const refusals = new LoadDetector();
  expect(answers(refusals, 100, 5, 5)).toBe('load');
  refusals.cameDown(level(100));
  expect(answers(refusals, 85, 15, 5)).toBe('load');
});

test('with few under way each refusal is load', () => {
  const refusals = new LoadDetector();
  expect(answers(refusals, 8, 20, 20)).toBe('load');
  refusals.cameDown(level(8));
  expect(answers(refusals, 7, 20, 20)).toBe('load');
  refusals.cameDown(level(7));
  expect(answers(refusals, 6, 20, 20)).toBe('load');
});

test('what is load down to a few under way puts in doubt what was taken for chance', () => {
  const refusals = knowing();
  refusals.cameDown(level(10));
  expect(refusals.count(true, 8, false)).toBe('load');
  refusals.cameDown(level(8));
  expect(refusals.count(true, 100, false)).toBe('load');
});

test('what is known to fail by chance brings nothing down, and twice as much soon does', () => {
  expect(answers(knowing(), 100, 2000, 20)).toBeUndefined();
  expect(answers(knowing(), 100, 60, 4)).toBe('load');
  expect(answers(knowing(), 100, 5, 1)).toBe('load');
});

test('of what does not fail any more it expects less', () => {
  const refusals = knowing();
  answers(refusals, 100, 2000, 2001);
  expect(refusals.count(true, 100, false)).toBe('load');
});

test('too few at the lower limit count on when the limit has grown back', () => {
  const refusals = new LoadDetector();
  expect(answers(refusals, 20, 200, 200)).toBe('load');
  refusals.cameDown(level(20, true));
  expect(answers(refusals, 17, 200, 100)).toBeUndefined();
  expect(refusals.count(true, 19.5, false)).toBe('load');
  refusals.cameDown(level(19.5));
  expect(answers(refusals, 17, 100, 100)).toEqual(level(20, true));
});
