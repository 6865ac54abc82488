const DAY = 86_400_000;

function digits(count: number, below: number): readonly string[] {
  return Array.from({ length: below }, (_, number) => String(number).padStart(count, '0'));
}

const TWO = digits(2, 60);
const THREE = digits(3, 1000);
let day = Number.NaN;
let dayText = '';

/** The same as `toISOString`; far cheaper where many times lie in few days. */
export function isoTime(time: number): string {
  const whole = Math.trunc(time);
  const number = Math.floor(whole / DAY);
  if (number !== day) {
    dayText = new Date(number * DAY).toISOString().slice(0, -'00:00:00.000Z'.length);
    day = number;
  }
  const ms = whole - number * DAY;
  const seconds = Math.floor(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  return `${dayText}${TWO[Math.floor(minutes / 60)]}:${TWO[minutes % 60]}:${TWO[seconds % 60]}.${THREE[ms % 1000]}Z`;
}
