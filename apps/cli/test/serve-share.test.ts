import type { FileHit, HistogramSource } from '@tdp-sync/core';
import { beforeEach, expect, it } from 'vitest';
import { type Share, Shares } from '../src/serve/share.ts';

/** Files asked for arrive when the test says so, and nothing else does. */
const asked: PromiseWithResolvers<Buffer>[] = [];
const source = {
  retrieve: () => {
    const file = Promise.withResolvers<Buffer>();
    asked.push(file);
    return file.promise;
  },
  presence: () => new Promise(() => undefined),
} as unknown as HistogramSource;

const limit = { current: 8 };
let shares: Shares;

beforeEach(() => {
  asked.length = 0;
  limit.current = 8;
  shares = new Shares(source, limit);
});

it('alone, a sync has the whole limit, whatever it becomes', () => {
  const share = shares.join();
  retrieve(share, 3);
  expect(share.concurrency()).toBe(8);
  limit.current = 12;
  expect(share.concurrency()).toBe(12);
});

it('several have equal parts, and one file at least', () => {
  limit.current = 64;
  const share = shares.join();
  const parts: number[] = [];
  for (let syncs = 2; syncs <= 65; syncs += 1) {
    shares.join();
    parts.push(share.concurrency());
  }
  expect([parts[0], parts[1], parts.at(-1)]).toEqual([32, 21, 1]);
});

it('what one has under way since it was alone is not there for the next', async () => {
  const first = shares.join();
  retrieve(first, 8);
  const second = shares.join();
  expect([first.concurrency(), second.concurrency()]).toEqual([4, 1]);
  retrieve(second, 1);
  await arrived(3, (file) => file.resolve(Buffer.alloc(0)));
  // Five of the first are still under way.
  expect([first.concurrency(), second.concurrency()]).toEqual([4, 3]);
  await arrived(5, (file) => file.reject(new Error('lost')));
  expect(second.concurrency()).toBe(4);
});

it('one that has ended leaves its part to the others', () => {
  const first = shares.join();
  const second = shares.join();
  expect(first.concurrency()).toBe(4);
  second[Symbol.dispose]();
  expect(first.concurrency()).toBe(8);
});

it('only files count: what else is asked takes nothing from the others', () => {
  const first = shares.join();
  const second = shares.join();
  for (let i = 0; i < 8; i += 1) void first.source.presence('a');
  expect(second.concurrency()).toBe(4);
});

function retrieve(share: Share, files: number): void {
  for (let i = 0; i < files; i += 1)
    share.source.retrieve({ fileId: 'a' } as FileHit).catch(() => undefined);
}

async function arrived(
  files: number,
  how: (file: PromiseWithResolvers<Buffer>) => void,
): Promise<void> {
  for (const file of asked.splice(0, files)) how(file);
  await new Promise(setImmediate);
}
