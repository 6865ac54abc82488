import type { SyncState } from '@tdp-sync/core';
import { expect, it } from 'vitest';
import { sideMarksOf } from '../src/serve/snapshot.ts';

const swept = (atMs: number): SyncState =>
  ({ sweep: { atMs }, verification: undefined }) as unknown as SyncState;

it('tells when a sweep was', () => {
  expect(sideMarksOf(swept(100), 500)).toEqual({ hasSlices: false, sweptAtMs: 100 });
  expect(sideMarksOf(undefined, 500)).toEqual({ hasSlices: false });
});

it('a sweep that is yet to come was now, once: else none would ever be due', () => {
  expect(sideMarksOf(swept(900), 500)).toEqual({ hasSlices: false, sweptAtMs: 500 });
  expect(sideMarksOf(swept(900), 600, swept(900))).toEqual({ hasSlices: false });
  expect(sideMarksOf(swept(950), 600, swept(900))).toEqual({ hasSlices: false, sweptAtMs: 600 });
});
