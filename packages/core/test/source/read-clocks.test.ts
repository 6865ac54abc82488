import { expect, test } from 'vitest';
import { type Clocks, isDoubted, readClocks } from '../../src/source/read-clocks.ts';
import type { FileQuery } from '../../src/source/source.ts';
import { Lake } from '../lake.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;

const RAW: FileQuery = { filter: [{ term: { category: 'RAW' } }] };

function lakeOf(...agesMs: readonly number[]): Lake {
  const lake = new Lake();
  for (const [index, ageMs] of agesMs.entries())
    lake.put(`file ${index}`, { indexedAtMs: lake.nowMs - ageMs, visibleAtMs: 0 });
  return lake;
}

function read(lake: Lake, query: FileQuery = { filter: [] }, localOffMs = 0) {
  return readClocks(lake, query, { clock: lake.clock(localOffMs), toleranceMs: 5 * MINUTE });
}

/** What the clocks say, from the lake's true time on. */
function off({ nowMs }: Lake, { clocks }: { readonly clocks: Clocks }) {
  const { dateMs, localMs, nowMs: byMs, verdict } = clocks;
  return { date: dateMs - nowMs, local: localMs - nowMs, now: byMs - nowMs, verdict };
}

test('where clocks agree, one question is enough', async () => {
  const lake = lakeOf(HOUR, 3 * HOUR);
  const { survey, clocks } = await read(lake);
  expect(lake.searches).toHaveLength(1);
  expect(survey).toMatchObject({ count: 2, newestMs: lake.nowMs - HOUR });
  expect(clocks).toMatchObject({ verdict: 'agree', jumpMs: 0, future: undefined, isBarred: false });
  expect(isDoubted(clocks)).toBe(false);
});

test.each([
  [2 * YEAR, 0],
  [-10 * YEAR, 0],
  [2 * YEAR, 1],
  [-10 * YEAR, 1],
])('one answer of three that is %i ms off, with %i before it, is outvoted', async (offMs, at) => {
  const lake = lakeOf(MINUTE);
  const dates = [0, 0, 0];
  dates[at] = offMs;
  // Another answer has to give reason to ask again, where the first one is right.
  const localOffMs = at === 0 ? 0 : -3 * HOUR;
  lake.date = () => lake.nowMs + (dates.shift() ?? 0);
  const { clocks } = await read(lake, undefined, localOffMs);
  expect(off(lake, { clocks })).toMatchObject({ date: 0, now: 0 });
  expect(clocks.jumpMs).toBe(Math.abs(offMs));
  expect(isDoubted(clocks)).toBe(true);
});

test('the time that a question was tried in vain is no difference of clocks', async () => {
  const lake = lakeOf(HOUR);
  lake.onSearch = () => lake.pass(HOUR);
  const { clocks } = await read(lake);
  expect(clocks).toMatchObject({ verdict: 'agree', dateMs: lake.nowMs, localMs: lake.nowMs });
  expect(lake.searches).toHaveLength(1);
});

test('the newest file of all speaks for a clock, whatever the filter', async () => {
  const lake = lakeOf(MINUTE);
  lake.put('old', { category: 'RAW', indexedAtMs: lake.nowMs - 9 * DAY });
  const answer = await read(lake, RAW, -3 * HOUR);
  expect(off(lake, answer)).toMatchObject({ now: 0, verdict: 'local-wrong' });
  expect(answer.survey).toMatchObject({ count: 1, newestMs: lake.nowMs - 9 * DAY });
  expect(answer.clocks.newestMs).toBe(lake.nowMs - MINUTE);
});

test('a file that is stamped in the future is left out and told of', async () => {
  const lake = lakeOf(HOUR, -2 * YEAR, -2 * YEAR - DAY);
  lake.put('unstamped', { indexedAtMs: Number.NaN, visibleAtMs: 0, fileId: 'f'.repeat(32) });
  const { survey, clocks } = await read(lake);
  expect(clocks).toMatchObject({ verdict: 'agree', nowMs: lake.nowMs, isBarred: false });
  expect(clocks.future).toEqual({
    files: 2,
    fromMs: lake.nowMs + 5 * MINUTE + 1,
    newestMs: lake.nowMs + 2 * YEAR + DAY,
  });
  expect(survey).toMatchObject({ count: 2, newestMs: lake.nowMs - HOUR });
  expect(isDoubted(clocks)).toBe(true);
});

test('a file that is stamped in the future speaks for no clock', async () => {
  const lake = lakeOf(-2 * YEAR, 9 * HOUR);
  lake.date = () => lake.nowMs - 2 * HOUR;
  expect(off(lake, await read(lake))).toMatchObject({ now: -2 * HOUR, verdict: 'unsure' });
});

test('files that a clock bars are told of', async () => {
  const lake = lakeOf(DAY);
  lake.date = () => lake.nowMs - 10 * YEAR;
  const { clocks } = await read(lake);
  expect(clocks).toMatchObject({ verdict: 'unsure', isBarred: true });
  expect(clocks.nowMs).toBe(lake.nowMs - 10 * YEAR);
});
