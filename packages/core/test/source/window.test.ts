import { expect, test } from 'vitest';
import { nextWindow, type Window, type WindowRule } from '../../src/source/window.ts';
import { fc } from '../property.ts';

const HOUR = 3_600_000;
const rules = fc
  .record({
    startMs: fc.integer({ min: 0, max: 2e12 }),
    spanMs: fc.integer({ min: -2 * HOUR, max: 400 * 24 * HOUR }),
    settleMs: fc.integer({ min: 0, max: HOUR }),
    lookbackMs: fc.integer({ min: 0, max: 48 * HOUR }),
    maxWindowMs: fc.integer({ min: 24 * HOUR, max: 60 * 24 * HOUR }),
  })
  .map(({ spanMs, ...rule }): WindowRule => {
    return { ...rule, watermarkMs: undefined, nowMs: rule.startMs + spanMs };
  });

function windowsOf(rule: WindowRule): readonly Window[] {
  const found: Window[] = [];
  let watermarkMs = rule.watermarkMs;
  for (let window = nextWindow(rule); window; window = nextWindow({ ...rule, watermarkMs })) {
    found.push(window);
    watermarkMs = window.toMs;
    if (found.length > 1000) throw new Error('no end');
  }
  return found;
}

test('windows cover all from the start to the settled past without a gap, and end', () => {
  fc.assert(
    fc.property(rules, (rule) => {
      const windows = windowsOf(rule);
      let reached = rule.startMs;
      for (const { fromMs, toMs } of windows) {
        expect(fromMs).toBeLessThanOrEqual(reached);
        expect(fromMs).toBeGreaterThanOrEqual(rule.startMs);
        expect(toMs).toBeGreaterThan(reached);
        expect(toMs).toBeLessThanOrEqual(rule.nowMs - rule.settleMs);
        expect(toMs - reached).toBeLessThanOrEqual(rule.maxWindowMs);
        reached = toMs;
      }
      expect(reached).toBe(Math.max(rule.startMs, rule.nowMs - rule.settleMs));
    }),
  );
});

test('a window begins the lookback before the watermark, but never before the start', () => {
  fc.assert(
    fc.property(rules, (rule) => {
      const [first, ...later] = windowsOf(rule);
      if (first !== undefined) expect(first.fromMs).toBe(rule.startMs);
      let before = first?.toMs ?? 0;
      for (const { fromMs, toMs } of later) {
        expect(fromMs).toBe(Math.max(before - rule.lookbackMs, rule.startMs));
        before = toMs;
      }
    }),
  );
});

test('without lookback, each window begins where the one before ended', () => {
  fc.assert(
    fc.property(rules, (rule) => {
      const windows = windowsOf({ ...rule, lookbackMs: 0 });
      for (const [index, { toMs }] of windows.slice(0, -1).entries())
        expect(windows[index + 1]?.fromMs).toBe(toMs);
    }),
  );
});

test('a clock that was set back opens no window, nor does a sync without a start', () => {
  const rule = {
    ...{ watermarkMs: 5 * HOUR, startMs: 0, nowMs: 4 * HOUR },
    ...{ settleMs: 60_000, lookbackMs: HOUR, maxWindowMs: HOUR },
  };
  expect(nextWindow(rule)).toBeUndefined();
  const startMs = Number.POSITIVE_INFINITY;
  expect(nextWindow({ ...rule, watermarkMs: undefined, startMs })).toBeUndefined();
});
