/** How numbers, sizes, spans and moments read. All pure. */

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const SIZES = ['B', 'KB', 'MB', 'GB', 'TB'];

/**
 * `12,345`
 *
 * @param {number} value
 */
export function count(value) {
  return Math.round(value).toLocaleString('en-US');
}

/**
 * `1 file`, `2,000 files`
 *
 * @param {number} value
 * @param {string} noun
 */
export function counted(value, noun) {
  return `${count(value)} ${noun}${value === 1 ? '' : 's'}`;
}

/**
 * `1.4 MB`, powers of 1,024
 *
 * @param {number} bytes
 */
export function size(bytes) {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < SIZES.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value >= 100 || unit === 0 ? Math.round(value) : value.toFixed(1)} ${SIZES[unit]}`;
}

/**
 * A rate: whole numbers from ten on, else one digit more.
 *
 * @param {number} value
 */
export function rate(value) {
  return value === 0 || value >= 10 ? count(value) : value.toFixed(1);
}

/**
 * A span in its two largest units: `2 d 4 h`, `1 min 5 s`, `12 s`
 *
 * @param {number} seconds
 */
export function span(seconds) {
  const whole = Math.round(seconds);
  if (whole < MINUTE) return `${seconds > 0 && whole === 0 ? '<1' : whole} s`;
  if (whole < HOUR) return two(whole, MINUTE, 'min', 1, 's');
  if (whole < DAY) return two(whole, HOUR, 'h', MINUTE, 'min');
  return two(whole, DAY, 'd', HOUR, 'h');
}

/**
 * @param {number} seconds
 * @param {number} large
 * @param {string} largeName
 * @param {number} small
 * @param {string} smallName
 */
function two(seconds, large, largeName, small, smallName) {
  const rest = Math.floor((seconds % large) / small);
  const first = `${count(Math.floor(seconds / large))} ${largeName}`;
  return rest === 0 ? first : `${first} ${rest} ${smallName}`;
}

/**
 * A span as it is said, in its largest unit alone: `about 3 h`
 *
 * @param {number} seconds
 */
export function roughly(seconds) {
  if (seconds < MINUTE) return 'under a minute';
  if (seconds < 1.5 * HOUR) return `about ${Math.round(seconds / MINUTE)} min`;
  if (seconds < 1.5 * DAY) return `about ${Math.round(seconds / HOUR)} h`;
  return `about ${Math.round(seconds / DAY)} d`;
}

/**
 * How long ago, or how far ahead: `5 min ago`, `in 3 h`
 *
 * @param {number} timeMs
 * @param {number} nowMs
 */
export function relative(timeMs, nowMs) {
  const seconds = Math.round((nowMs - timeMs) / 1000);
  const distance = Math.abs(seconds);
  if (distance < 2) return 'now';
  const text =
    distance < MINUTE
      ? `${distance} s`
      : distance < HOUR
        ? `${Math.floor(distance / MINUTE)} min`
        : distance < 2 * DAY
          ? span(distance - (distance % MINUTE))
          : `${count(Math.floor(distance / DAY))} d`;
  return seconds > 0 ? `${text} ago` : `in ${text}`;
}

const CLOCK = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });
const DAY_AND_CLOCK = new Intl.DateTimeFormat('en-GB', {
  ...{ day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', second: '2-digit' },
});
const DATE_AND_CLOCK = new Intl.DateTimeFormat('en-GB', {
  ...{ day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit' },
});

/**
 * A moment in the reader's time zone, as much of it as is needed: `12:03:04`, `21 Nov, 12:03:04`, `21 Nov 2025, 12:03`
 *
 * @param {number} timeMs
 * @param {number} nowMs
 */
export function moment(timeMs, nowMs) {
  const [time, now] = [new Date(timeMs), new Date(nowMs)];
  if (time.getFullYear() !== now.getFullYear()) return DATE_AND_CLOCK.format(time);
  return (time.toDateString() === now.toDateString() ? CLOCK : DAY_AND_CLOCK).format(time);
}

/**
 * The same moment in UTC, as logs and SQL have it: `2026-11-23 00:03:04 UTC`
 *
 * @param {number} timeMs
 */
export function utc(timeMs) {
  return `${new Date(timeMs).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
