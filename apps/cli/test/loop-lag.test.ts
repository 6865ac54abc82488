import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { LoopLag } from '../src/sync/loop-lag.ts';

test('a process that was busy has lagged', async () => {
  using lag = new LoopLag();
  expect(lag.currentMs).toBe(0);
  await sleep(50);
  const busyUntil = performance.now() + 700;
  while (performance.now() < busyUntil);
  // Until the timer that measures has had its turn.
  await sleep(20);
  expect(lag.currentMs).toBeGreaterThan(20);
});
