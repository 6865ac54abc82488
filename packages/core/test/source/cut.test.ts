import { expect, test } from 'vitest';
import { cuts } from '../../src/source/cut.ts';
import { Lake } from '../lake.ts';
import { Dice } from '../sync/crew.ts';

const HOUR = 3_600_000;

/** How many files lie in each slice of a lake that has got so many, a while after one another. */
async function cut(
  files: number,
  slices: number,
  afterMs: (at: number) => number,
): Promise<readonly number[]> {
  const lake = new Lake();
  const fromMs = lake.nowMs;
  const stamps: number[] = [];
  for (let at = 0; at < files; at += 1) {
    lake.pass(afterMs(at));
    lake.put(`f${at}`);
    stamps.push(lake.nowMs);
  }
  const indexed = { fromMs, toMs: lake.nowMs + 1 };
  const found = await cuts(lake, { filter: [], indexed }, { files, slices });
  expect(found[0]).toBe(indexed.fromMs);
  expect(found.at(-1)).toBe(indexed.toMs);
  return found
    .slice(1)
    .map((toMs, at) => stamps.filter((ms) => ms >= (found[at] ?? toMs) && ms < toMs).length);
}

test('there are as many slices as asked for, and none is much larger than another', async () => {
  const dice = new Dice(1);
  const counts = [
    await cut(990, 8, () => 10_000),
    await cut(1000, 7, () => dice.below(HOUR)),
    // Much at once and then nothing, for weeks.
    await cut(800, 8, (at) => (at % 90 === 0 ? 700 * HOUR : 1100)),
  ];
  expect(counts.map(({ length }) => length)).toEqual([8, 7, 8]);
  for (const each of counts) expect(Math.max(...each) / Math.min(...each)).toBeLessThan(1.5);
});
