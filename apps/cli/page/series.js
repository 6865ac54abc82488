/** What the charts draw: the history in equal slots of time. Pure. */

/** @import { HistoryPoint } from '../src/serve/status.ts' */

/**
 * @typedef {object} Slot
 * @property {number} fromMs
 * @property {number | null} lagSeconds as of its end; as of the last time that TDP was asked
 * @property {number} filesPerMinute
 * @property {number} bytesPerMinute
 */

const MINUTE_MS = 60_000;
const MOST_SLOTS = 72;
/** An hour at least, so that the first minutes do not fill the chart. */
const LEAST_MINUTES = 60;
const STEPS = [1, 2, 5, 10, 15, 30, 60];

/**
 * The history until now in at most 72 slots. In minutes that are not in it nothing happened: no files, and the lag stays.
 *
 * @param {readonly HistoryPoint[]} history
 * @param {number} nowMs
 * @returns {readonly Slot[]}
 */
export function slotsOf(history, nowMs) {
  const points = history.map((point) => ({ ...point, minute: minuteOf(Date.parse(point.at)) }));
  const end = Math.max(minuteOf(nowMs), points.at(-1)?.minute ?? 0) + 1;
  const begin = Math.min(points[0]?.minute ?? end, end - LEAST_MINUTES);
  const step = STEPS.find((minutes) => (end - begin) / minutes < MOST_SLOTS) ?? 60;
  /** @type {Slot[]} */
  const slots = [];
  /** @type {number | null} */
  let lagSeconds = null;
  for (let from = begin - (begin % step); from < end; from += step) {
    const inside = points.filter(({ minute }) => minute >= from && minute < from + step);
    lagSeconds = inside.at(-1)?.lagSeconds ?? lagSeconds;
    const minutes = Math.min(step, end - from);
    slots.push({
      fromMs: from * MINUTE_MS,
      lagSeconds,
      filesPerMinute: sum(inside.map(({ files }) => files)) / minutes,
      bytesPerMinute: sum(inside.map(({ bytes }) => bytes)) / minutes,
    });
  }
  return slots;
}

/**
 * How high a lag is drawn, from 0 to 1: by orders of magnitude, so that the months of a first load leave something of the minutes of
 * every day.
 *
 * @param {number} seconds
 * @param {number} most
 */
export function lagHeight(seconds, most) {
  return most === 0 ? 0 : Math.log1p(seconds) / Math.log1p(most);
}

/** @param {number} timeMs */
function minuteOf(timeMs) {
  return Math.floor(timeMs / MINUTE_MS);
}

/** @param {readonly number[]} values */
function sum(values) {
  return values.reduce((total, value) => total + value, 0);
}
