import { expect, test } from 'vitest';
import { AdaptiveLimit } from '../src/limit.ts';
import { fc } from './property.ts';

test('the limit stays within its bounds whatever happens', () => {
  const bounds = fc.record({
    start: fc.integer({ min: 1, max: 100 }),
    min: fc.integer({ min: 1, max: 8 }),
    max: fc.integer({ min: 1, max: 64 }),
  });
  fc.assert(
    fc.property(bounds, fc.array(fc.boolean(), { maxLength: 400 }), (options, answers) => {
      const limit = new AdaptiveLimit(options);
      for (const good of answers) {
        if (good) limit.succeeded();
        else limit.overloaded();
        expect(limit.current).toBeGreaterThanOrEqual(options.min);
        expect(limit.current).toBeLessThanOrEqual(Math.max(options.max, options.min));
      }
    }),
  );
});

test('it grows by about one for a full round of successes', () => {
  const limit = new AdaptiveLimit({ start: 10 });
  for (let answer = 0; answer < 11; answer += 1) limit.succeeded();
  expect(limit.current).toBe(11);
});

test('one burst of overloads counts once, the next round again', () => {
  const limit = new AdaptiveLimit({ start: 20 });
  for (let answer = 0; answer < 20; answer += 1) limit.overloaded();
  expect(limit.current).toBe(14);
  limit.overloaded();
  expect(limit.current).toBe(14);
  limit.overloaded();
  expect(limit.current).toBe(9);
});
