import type { RunReport, SyncEvent } from '@tdp-sync/core';
import { beforeEach, expect, it } from 'vitest';
import { ProgressWatch } from '../src/serve/progress.ts';

const MINUTE = 60_000;
const EVERY = { everyMs: 10 * MINUTE };
const T0 = Date.UTC(2026, 0, 1);
let watch: ProgressWatch;
beforeEach(() => {
  watch = new ProgressWatch(T0);
});

const ok = (minutes: number): boolean => watch.judge(EVERY, 3, T0 + minutes * MINUTE).ok;
const on = (minutes: number, event: object): void =>
  watch.onEvent({ sync: 'a', ...event } as SyncEvent, T0 + minutes * MINUTE);
const started = (minutes: number, watermarkMs?: number, newestMs?: number): void =>
  on(minutes, { type: 'run-started', watermarkMs, newestMs, clocks: { isBarred: false } });
const committed = (minutes: number, more: object): void =>
  on(minutes, { type: 'committed', applied: 1, ...more });
const report = (more: Partial<RunReport>): RunReport =>
  ({ outcome: 'complete', behindMs: 0, ...more }) as RunReport;

it('has three cadences from the start', () => {
  expect([ok(0), ok(30), ok(31)]).toEqual([true, true, false]);
});

it('a watermark that moves is progress, one that stands still is none, though nothing fails', () => {
  started(20, 100, 900);
  on(20, { type: 'window-closed', window: { fromMs: 0, toMs: 500 } });
  expect([ok(50), ok(51)]).toEqual([true, false]);
  started(45, 500, 900);
  on(45, { type: 'window-closed', window: { fromMs: 0, toMs: 500 } });
  watch.ended(report({ behindMs: 400_000 }), MINUTE, T0 + 45 * MINUTE);
  expect(ok(51)).toBe(false);
  expect(watch.judge(EVERY, 3, T0 + 51 * MINUTE).reason).toMatch(
    /^no progress since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC: complete up to .*, newest file in TDP (not known|of \d{4}-.* UTC)$/,
  );
});

it('a run that begins and fails is none, however often', () => {
  for (let minutes = 0; minutes <= 60; minutes += 10) started(minutes, 100, 900);
  expect(ok(31)).toBe(false);
});

it('failed files that are tried again and again are none', () => {
  for (let minutes = 0; minutes <= 60; minutes += 10) {
    started(minutes, 100, 900);
    committed(minutes, { watermarkMs: 100, open: undefined });
  }
  expect(ok(31)).toBe(false);
});

it('a long window makes progress as it is read further, and none as it is read again', () => {
  const open = (after: string) => ({ watermarkMs: 100, open: { fromMs: 0, toMs: 900, after } });
  started(0, 100, 900);
  committed(25, open('b'));
  expect(ok(55)).toBe(true);
  committed(50, open('c'));
  expect(ok(80)).toBe(true);
  for (let minutes = 51; minutes < 200; minutes += 5) committed(minutes, open('a'));
  expect(ok(81)).toBe(false);
});

it('a rebuild makes progress while it makes rows', () => {
  started(0, 100, 900);
  on(1, { type: 'rebuild-started' });
  committed(25, { watermarkMs: 100, open: undefined });
  expect(ok(55)).toBe(true);
  on(26, { type: 'rebuild-ended' });
  committed(50, { watermarkMs: 100, open: undefined });
  expect(ok(56)).toBe(false);
});

it('nothing newer in TDP is as good, and a complete run that has all but the very newest', () => {
  started(40, 900, 899);
  expect(ok(70)).toBe(true);
  started(60, 900);
  expect(ok(90)).toBe(true);
  watch.ended(report({ behindMs: MINUTE }), MINUTE, T0 + 80 * MINUTE);
  expect(ok(110)).toBe(true);
  watch.ended(report({ outcome: 'interrupted' }), MINUTE, T0 + 100 * MINUTE);
  expect(ok(111)).toBe(false);
});

it('nothing newer is none where clocks keep it from being told', () => {
  const clocks = { isBarred: true };
  on(40, { type: 'run-started', watermarkMs: 900, newestMs: 899, clocks });
  expect(ok(31)).toBe(false);
});

it('does not take over a watermark from the database that is later than it can be', () => {
  watch.learn(2000, 1000);
  expect(watch.known.watermarkMs).toBeUndefined();
  watch.learn(1000, 1000);
  expect(watch.known.watermarkMs).toBe(1000);
});

it('knows the lag', () => {
  expect(watch.lagMs).toBeUndefined();
  started(0, undefined, 900);
  expect(watch.lagMs).toBeUndefined();
  on(1, { type: 'window-closed', window: { fromMs: 0, toMs: 500 } });
  expect(watch.lagMs).toBe(401);
  on(1, { type: 'window-closed', window: { fromMs: 0, toMs: 1000 } });
  expect(watch.lagMs).toBe(0);
});

it('what a quiet run has proven counts, though the next run begins from what is stored', () => {
  started(0, 100, 90);
  on(0, { type: 'window-closed', window: { fromMs: 100, toMs: 5000 } });
  started(10, 100, 5500);
  expect(watch.lagMs).toBe(501);
  // The window from what is stored on, in parts.
  on(10, { type: 'window-closed', window: { fromMs: 100, toMs: 2000 } });
  expect(watch.known.watermarkMs).toBe(5000);
  expect(ok(31)).toBe(false);
});

it('a position that is pulled back, or begins anew, takes that with it', () => {
  started(0, 5000, 90);
  on(0, { type: 'pulled-back', fromMs: 5000, toMs: 700 });
  expect(watch.known.watermarkMs).toBe(700);
  started(1, undefined, 90);
  expect(watch.known.watermarkMs).toBeUndefined();
});
